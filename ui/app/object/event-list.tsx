import type { TreeEvent } from '../../../core/api/tree.ts';
import { Badge } from '../../components/badge.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { toPlain } from '../words/plain-text.ts';
import styles from './object.module.css';

/** Kubernetes events, newest first. */
export function EventList({ events }: { readonly events: readonly TreeEvent[] }) {
  const sorted = events.toSorted((a, b) => Date.parse(b.last) - Date.parse(a.last));
  return (
    <ul className={styles.events}>
      {sorted.map((event) => (
        <li key={`${event.reason} ${event.message} ${event.last}`}>
          <p>
            <Badge tone={event.type === 'Warning' ? 'bad' : 'quiet'}>{toPlain(event.reason)}</Badge>{' '}
            <RelativeTime time={event.last} />
            {event.count > 1 ? `, ${event.count} times` : ''}
          </p>
          <p>{toPlain(event.message)}</p>
        </li>
      ))}
    </ul>
  );
}
