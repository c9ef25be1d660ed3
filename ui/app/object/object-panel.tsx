import type { AppTree } from '../../../core/api/tree.ts';
import type { AppView } from '../../../core/api/views.ts';
import { describeKey } from '../../../core/objects/object.ts';
import { HealthBadge, SyncBadge } from '../../components/badge.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/notes.tsx';
import type { AppAddress } from '../data/app-address.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { LogView } from '../logs/log-view.tsx';
import { buildItems, type TreeItem } from '../tree/tree-model.ts';
import { EventList } from './event-list.tsx';
import styles from './object.module.css';
import { ObjectActions } from './object-actions.tsx';
import { ObjectDiff } from './object-diff.tsx';
import { ObjectSummary } from './object-summary.tsx';
import { ObjectYaml } from './object-yaml.tsx';
import { useObject } from './use-object.ts';

const VIEWS = [
  { id: 'summary', title: 'Summary' },
  { id: 'live', title: 'Live' },
  { id: 'desired', title: 'Desired' },
  { id: 'diff', title: 'Diff' },
  { id: 'events', title: 'Events' },
  { id: 'logs', title: 'Logs' },
  { id: 'actions', title: 'Actions' },
] as const;
type View = (typeof VIEWS)[number]['id'];

export interface ObjectPanelProps {
  readonly address: AppAddress;
  readonly view: AppView;
  readonly tree: AppTree;
}

/** One object beside the page: `?object=<key>&view=<part>` is its address. */
export function ObjectPanel({ address, view, tree }: ObjectPanelProps) {
  const [key = '', setKey] = useQueryState('object');
  const [wanted, setWanted] = useQueryState('view');
  const items = buildItems({ tree, resources: view.status?.resources ?? [], drift: view.status?.drift ?? [] });
  const item = items.find((one) => one.key === key);
  const close = () => {
    setKey(undefined);
    setWanted(undefined, true);
  };
  const views = VIEWS.filter(({ id }) => isOffered(id, item));
  const current = views.find(({ id }) => id === wanted)?.id ?? 'summary';
  return (
    <Dialog title={describeKey(key)} shape="side" isOpen onClose={close}>
      {item === undefined ? (
        <EmptyState title="The App has no such object">
          <p>It may have been deleted in the meantime, or the agent has not told of it.</p>
        </EmptyState>
      ) : (
        <>
          <div className={styles.badges}>
            <HealthBadge status={item.health.status} />
            {item.sync === undefined ? null : <SyncBadge status={item.sync} />}
          </div>
          <nav className={styles.views} aria-label="Parts of this object">
            {views.map(({ id, title }) => (
              <button
                key={id}
                type="button"
                aria-current={id === current ? 'true' : undefined}
                onClick={() => setWanted(id, true)}
              >
                {title}
              </button>
            ))}
          </nav>
          <Part key={`${key} ${current}`} part={current} address={address} item={item} />
        </>
      )}
    </Dialog>
  );
}

/** Git has no manifest of what another object made; only Pods have logs. */
function isOffered(id: View, item: TreeItem | undefined): boolean {
  if (id === 'desired' || id === 'diff') return item?.isOwn === true;
  if (id === 'logs') return item !== undefined && item.ref.kind === 'Pod' && item.ref.group === '';
  return true;
}

interface PartProps {
  readonly part: View;
  readonly address: AppAddress;
  readonly item: TreeItem;
}

function Part({ part, address, item }: PartProps) {
  switch (part) {
    case 'summary':
      return <ObjectSummary item={item} />;
    case 'live':
    case 'desired':
      return <ObjectYaml address={address} item={item} side={part} />;
    case 'diff':
      return <ObjectDiff address={address} item={item} />;
    case 'events':
      return <ObjectEvents address={address} item={item} />;
    case 'logs':
      return <LogView address={address} pod={item.key} />;
    case 'actions':
      return <ObjectActions address={address} item={item} />;
  }
}

function ObjectEvents({ address, item }: { readonly address: AppAddress; readonly item: TreeItem }) {
  const { data } = useObject(address, item.key);
  const events = data?.events ?? item.events;
  if (events.length === 0)
    return <EmptyState title="No events of it are known">{<p>Kubernetes forgets them after an hour.</p>}</EmptyState>;
  return <EventList events={events} />;
}
