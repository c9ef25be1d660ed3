import { ChevronDown, ChevronRight, CircleAlert, Hourglass, Info, PauseCircle, Pin } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';
import type { AppRow } from '../../core/api/board.ts';
import { rowKey } from '../board/board-state.ts';
import { HealthBadge, SyncBadge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { appPath } from '../shell/paths.ts';
import type { FleetItem } from './fleet-groups.ts';
import styles from './fleet-list.module.css';

const WHY_ICON = { bad: CircleAlert, wait: Hourglass, info: Info } as const;
const SHORT = 7;

/** One App. The whole line leads to it; the link is its name, so that it can be opened elsewhere and read aloud. */
export const FleetRow = memo(function FleetRow({
  row,
  onFocus,
}: {
  readonly row: AppRow;
  readonly onFocus: (key: string) => void;
}) {
  const Why = row.why === undefined ? undefined : WHY_ICON[row.why.severity];
  return (
    <div className={styles.row}>
      <div className={styles.app}>
        <Link href={appPath(row)} className={styles.name ?? ''} onFocus={() => onFocus(rowKey(row))}>
          {row.app}
        </Link>
        {row.isPinned ? <Mark icon={Pin} text="Pinned" /> : null}
        {row.isSuspended ? <Mark icon={PauseCircle} text="Suspended" /> : null}
        <span className={styles.second}>
          {row.why === undefined || Why === undefined ? (
            `${row.project} · ${row.namespace === '' ? row.kind : row.namespace}`
          ) : (
            <span className={styles.why} data-severity={row.why.severity}>
              <Why size={13} aria-hidden /> {row.why.text}
            </span>
          )}
        </span>
      </div>
      <span className={styles.cluster}>{row.cluster}</span>
      <span className={styles.sync}>
        <SyncBadge status={row.sync} isSyncing={row.isSyncing} />
      </span>
      <span className={styles.health}>
        <HealthBadge status={row.health} />
      </span>
      <span className={styles.revision}>
        <code>{row.revision === '' ? '–' : row.revision.slice(0, SHORT)}</code> {row.subject}
        <span className={styles.second}>{row.author}</span>
      </span>
      <span className={styles.since}>
        <RelativeTime time={row.since} />
      </span>
    </div>
  );
});

function Mark({ icon: Icon, text }: { readonly icon: typeof Pin; readonly text: string }) {
  return (
    <span className={styles.mark} role="img" aria-label={text} title={text}>
      <Icon size={13} aria-hidden />
    </span>
  );
}

export function GroupHead({
  item,
  onFold,
}: {
  readonly item: Extract<FleetItem, { kind: 'group' }>;
  readonly onFold: (name: string) => void;
}) {
  const { name, counts, isFolded } = item;
  const Icon = isFolded ? ChevronRight : ChevronDown;
  return (
    <div className={styles.group}>
      <Button tone="quiet" small aria-expanded={!isFolded} onClick={() => onFold(name)}>
        <Icon size={16} aria-hidden />
        {name === '' ? 'without it' : name}
      </Button>
      <span className={styles.counts}>
        {counts.total} {counts.total === 1 ? 'App' : 'Apps'}, {counts.health.Healthy ?? 0} healthy
        {counts.problems === 0 ? '' : `, ${counts.problems} to look at`}
      </span>
    </div>
  );
}
