import { Link } from 'wouter';
import type { ActivityEvent } from '../../core/api/activity.ts';
import { RelativeTime } from '../components/relative-time.tsx';
import type { Tone } from '../components/tone.ts';
import { appPath, clusterPath, ledgerPath } from '../shell/paths.ts';
import styles from './event-list.module.css';

const BAD = new Set(['sync-failed', 'health-degraded', 'agent-silent', 'signature-refused', 'deletion-held']);
const GOOD = new Set(['sync-succeeded', 'health-recovered', 'drift-healed', 'agent-back']);

/** How an event should look: by what it would be told as. */
function eventTone({ notice, kind }: ActivityEvent): Tone {
  if (notice !== undefined) return BAD.has(notice) ? 'bad' : GOOD.has(notice) ? 'good' : 'wait';
  return kind === 'held' || kind === 'drift' ? 'wait' : 'info';
}

export function eventKey({ cluster, seq }: ActivityEvent): string {
  return `${cluster}#${seq}`;
}

/** What happened, newest first. All of it is text, whatever it says. */
export function EventList({ events }: { readonly events: readonly ActivityEvent[] }) {
  return (
    <ol className={styles.list}>
      {events.map((event) => (
        <li key={eventKey(event)} className={styles.event} data-tone={eventTone(event)}>
          <span className={styles.when}>
            <RelativeTime time={event.time} />
          </span>
          <span className={styles.kind}>{event.kind}</span>
          <span className={styles.what}>
            {event.app === '' ? (
              event.cluster === '' ? (
                <strong>Installation</strong>
              ) : (
                <Link href={clusterPath(event.cluster)}>{event.cluster}</Link>
              )
            ) : (
              <Link href={appPath(event)}>
                {event.app}
                <span className={styles.quiet}> on {event.cluster}</span>
              </Link>
            )}
            <span>{event.text}</span>
            {event.actor === undefined && event.reason === undefined && event.ledger === undefined ? null : (
              <span className={styles.quiet}>
                {event.actor === undefined ? '' : `by ${event.actor}`}
                {event.reason === undefined ? '' : `: ${event.reason}`}
                {event.ledger === undefined || event.cluster === '' ? null : (
                  <>
                    {' '}
                    <Link href={ledgerPath(event.cluster, event.ledger)} aria-label={`Ledger entry ${event.ledger.slice(0, 7)}`}>
                      {event.ledger.slice(0, 7)}
                    </Link>
                  </>
                )}
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
