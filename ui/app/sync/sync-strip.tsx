import type { AppView } from '../../../core/api/views.ts';
import type { Receipt } from '../../../core/protocol/messages.ts';
import { describeDuration } from '../../components/age.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { useNow } from '../../platform/use-now.ts';
import type { AppAddress } from '../data/app-address.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { toLine } from '../words/plain-text.ts';
import styles from './sync.module.css';
import { useReceipt } from './use-receipt.ts';

const DONE: { readonly [outcome in Receipt['outcome']]: string } = {
  synced: 'Sync done',
  failed: 'Sync failed',
  held: 'Sync held',
  removed: 'Removed',
  acted: 'Done',
};

/** One line about the sync that runs or waits, and what people have asked for that no receipt has answered. */
export function SyncStrip({ address, view }: { readonly address: AppAddress; readonly view: AppView }) {
  const [, setAsked] = useQueryState('do');
  const [following, setFollowing] = useQueryState('request');
  const { receipt } = useReceipt(address, following);
  const now = useNow(1_000);
  const progress = view.status?.progress;
  const waiting = view.requests.filter(({ kind }) => kind === 'sync' || kind === 'action');
  if (progress === undefined && waiting.length === 0 && following === undefined) return null;
  const { retry } = progress ?? {};
  return (
    <section className={styles.strip} aria-label="Sync">
      {progress === undefined ? null : (
        <>
          <Badge tone={progress.state === 'running' ? 'info' : 'wait'}>
            {progress.state === 'running' ? 'Syncing' : 'Waiting'}
            {progress.phase === undefined ? '' : ` · ${progress.phase}`}
            {progress.wave === undefined ? '' : ` · wave ${progress.wave}`}
          </Badge>
          <span>{toLine(progress.message)}</span>
          {retry === undefined ? null : (
            <span className={styles.quiet}>
              try {retry.attempt}
              {retry.limit < 0 ? '' : ` of ${retry.limit}`}
              {retry.at === undefined || retry.at <= now ? '' : `, next in ${describeDuration(retry.at - now)}`}
            </span>
          )}
        </>
      )}
      {progress === undefined && waiting.length > 0 ? (
        <span>
          {waiting.length} {waiting.length === 1 ? 'request waits' : 'requests wait'} for the agent.
        </span>
      ) : null}
      {following === undefined ? null : (
        <>
          {receipt === undefined ? null : (
            <Badge tone={receipt.outcome === 'failed' ? 'bad' : receipt.outcome === 'held' ? 'wait' : 'good'}>
              {DONE[receipt.outcome]}
            </Badge>
          )}
          <Button small onClick={() => setAsked('sync')}>
            Show sync
          </Button>
          {receipt === undefined ? null : (
            <Button small tone="quiet" onClick={() => setFollowing(undefined, true)}>
              Dismiss
            </Button>
          )}
        </>
      )}
    </section>
  );
}
