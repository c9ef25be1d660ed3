import { lazy, Suspense, useDeferredValue, useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { AppTree } from '../../../core/api/tree.ts';
import type { AppView } from '../../../core/api/views.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState, Note, Skeleton } from '../../components/notes.tsx';
import type { AppAddress } from '../data/app-address.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { FilterBar } from './filter-bar.tsx';
import { filterItems, isFiltering, parseTreeFilter, type TreeFilter, writeTreeFilter } from './tree-filter.ts';
import { foldItems } from './tree-fold.ts';
import { TreeList } from './tree-list.tsx';
import { buildItems } from './tree-model.ts';

const TreeGraph = lazy(async () => ({ default: (await import('./tree-graph.tsx')).TreeGraph }));

/** More nodes than this are no picture any more. */
const MOST_NODES = 300;

export interface ResourcesTabProps {
  readonly address: AppAddress;
  readonly view: AppView;
  readonly tree: AppTree;
  readonly shape: 'graph' | 'list';
}

/** The objects of the App and what they own, as a graph or a list, with the same filter. Choosing one opens its panel. */
export function ResourcesTab({ address, view, tree, shape }: ResourcesTabProps) {
  const { status } = view;
  const [query, setQuery] = useSearchParams();
  const [, setObject] = useQueryState('object');
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const filter = parseTreeFilter(query.toString());
  const wanted = useDeferredValue(writeTreeFilter(filter));
  const items = useMemo(
    () => buildItems({ tree, resources: status?.resources ?? [], drift: status?.drift ?? [] }),
    [tree, status],
  );
  const entries = useMemo(() => {
    const found = filterItems(items, parseTreeFilter(wanted));
    // What a filter found is shown, not folded away.
    return foldItems(found, wanted === '' ? opened : new Set(foldItems(found, new Set()).map(({ id }) => id)));
  }, [items, wanted, opened]);

  if (items.length === 0) return <NoObjects view={view} />;
  const setFilter = (next: TreeFilter) =>
    setQuery(() => withFilter(new URLSearchParams(window.location.search), next), { replace: true });
  const toggle = (id: string) => setOpened((before) => toggled(before, id));
  const open = (key: string) => setObject(key);
  const isTooBig = entries.length > MOST_NODES;
  return (
    <>
      <FilterBar filter={filter} items={items} shown={entries.length} onChange={setFilter} />
      {tree.more > 0 ? <Note>{tree.more} more objects are not shown: the agent reports the unhealthiest first.</Note> : null}
      {entries.length === 0 ? (
        <EmptyState title="Nothing matches the filter">
          <p>
            <Button onClick={() => setFilter(parseTreeFilter(''))}>Show everything</Button>
          </p>
        </EmptyState>
      ) : shape === 'graph' && !isTooBig ? (
        <Suspense fallback={<Skeleton lines={8} label="Loading the graph" />}>
          <TreeGraph
            view={view}
            app={address.app}
            entries={entries}
            onOpen={open}
            onToggle={toggle}
            isOpened={(id) => opened.has(id)}
          />
        </Suspense>
      ) : (
        <>
          {shape === 'graph' ? (
            <Note>{entries.length} objects are too many for a graph: this is the list. A filter brings the graph back.</Note>
          ) : null}
          <TreeList entries={entries} onOpen={open} onToggle={toggle} isOpened={(id) => isFiltering(filter) || opened.has(id)} />
        </>
      )}
    </>
  );
}

function withFilter(before: URLSearchParams, filter: TreeFilter): URLSearchParams {
  const next = new URLSearchParams(before);
  for (const name of ['q', 'kind', 'health', 'sync']) next.delete(name);
  for (const [name, value] of new URLSearchParams(writeTreeFilter(filter))) next.append(name, value);
  return next;
}

function toggled(before: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(id)) next.add(id);
  return next;
}

function NoObjects({ view }: { readonly view: AppView }) {
  if (view.status === undefined)
    return (
      <EmptyState title="The agent has not spoken of it yet">
        <p>
          Its objects appear with the first report of the cluster’s agent. If that takes longer than a minute, look at the
          cluster.
        </p>
      </EmptyState>
    );
  return (
    <EmptyState title="It has no objects">
      <p>
        <code>{view.definition.source.path === '' ? '/' : view.definition.source.path}</code> renders nothing. Add manifests
        there, or look at the path and the revision of the definition.
      </p>
    </EmptyState>
  );
}
