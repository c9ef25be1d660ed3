import { Note } from '../../components/notes.tsx';
import { Facts, Panel } from '../../components/page.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { DriftNote } from '../diff/drift-note.tsx';
import type { TreeItem } from '../tree/tree-model.ts';
import { toLine } from '../words/plain-text.ts';
import { EventList } from './event-list.tsx';

/** An object at a glance: how it is, why, and what it is made of. */
export function ObjectSummary({ item }: { readonly item: TreeItem }) {
  const { ref, version, health, problem, createdAt, images, restarts, info, events, drift } = item;
  return (
    <>
      {health.message === undefined ? null : (
        <Note tone={health.status === 'Degraded' || health.status === 'Missing' ? 'bad' : 'wait'}>{toLine(health.message)}</Note>
      )}
      {problem === undefined ? null : <Note tone="bad">{toLine(problem)}</Note>}
      {drift === undefined ? null : <DriftNote drift={drift} />}
      <Facts
        facts={[
          ['Kind', ref.kind],
          ['API', `${ref.group === '' ? '' : `${ref.group}/`}${version}`],
          ['Namespace', ref.namespace === '' ? 'none: it belongs to the cluster' : ref.namespace],
          ['Name', ref.name],
          ...(createdAt === undefined ? [] : [['Created', <RelativeTime key="created" time={createdAt} />] as const]),
          ...(restarts > 0 ? [['Restarts', String(restarts)] as const] : []),
          ...(info.length > 0 ? [['State', info.map(toLine).join(', ')] as const] : []),
          ['Comes from', item.isOwn ? 'Git' : 'another object of this App'],
        ]}
      />
      {images.length === 0 ? null : (
        <Panel title="Images">
          <ul>
            {images.map((image) => (
              <li key={image}>
                <code>{toLine(image)}</code>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {events.length === 0 ? null : (
        <Panel title="Newest warnings">
          <EventList events={events} />
        </Panel>
      )}
    </>
  );
}
