import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { AppRow } from '../../core/api/board.ts';
import { useBoard } from '../board/use-board.tsx';
import { Button } from '../components/button.tsx';
import { EmptyState, ErrorNote, Skeleton } from '../components/notes.tsx';
import { Page } from '../components/page.tsx';
import { FilterBar } from './filter-bar.tsx';
import { FirstSteps } from './first-steps.tsx';
import { EVERYTHING, type FleetFilter, filterRows, parseFilter, toSearchParams } from './fleet-filter.ts';
import { countRows, toItems } from './fleet-groups.ts';
import { FleetList } from './fleet-list.tsx';
import { KeyHelp } from './key-help.tsx';
import { SummaryBar } from './summary-bar.tsx';
import { SyncPrompt } from './sync-prompt.tsx';
import { useFleetKeys } from './use-fleet-keys.ts';

const NOTHING: readonly AppRow[] = [];

/** Every App of every cluster. What is shown is in the address. */
export function FleetPage() {
  const { state, problem } = useBoard();
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => parseFilter(params), [params]);
  const change = useCallback(
    (changes: Partial<FleetFilter>) =>
      setParams((before) => toSearchParams({ ...parseFilter(before), ...changes }), { replace: true }),
    [setParams],
  );
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [syncing, setSyncing] = useState<AppRow>();
  const [isHelpOpen, setHelpOpen] = useState(false);

  const rows = state?.rows ?? NOTHING;
  // Typing stays quick: the list follows when there is time.
  const settled = useDeferredValue(filter);
  const shown = useMemo(() => filterRows(rows, settled), [rows, settled]);
  const items = useMemo(() => toItems(shown, settled.group, folded), [shown, settled.group, folded]);
  const counts = useMemo(() => countRows(rows), [rows]);
  const fold = useCallback(
    (name: string) =>
      setFolded((before) => {
        const after = new Set(before);
        if (!after.delete(name)) after.add(name);
        return after;
      }),
    [],
  );
  const keys = useFleetKeys({ items, onSync: setSyncing, onHelp: () => setHelpOpen(true) });

  if (state === undefined)
    return <Page title="Fleet">{problem === undefined ? <Skeleton lines={8} /> : <ErrorNote error={problem} />}</Page>;
  return (
    <Page
      title="Fleet"
      actions={
        <Button tone="quiet" small onClick={() => setHelpOpen(true)}>
          Keys <kbd>?</kbd>
        </Button>
      }
    >
      {rows.length === 0 ? (
        <FirstSteps clusters={state.clusters} />
      ) : (
        <>
          <SummaryBar counts={counts} filter={filter} onChange={change} />
          <FilterBar
            rows={rows}
            clusters={state.clusters}
            filter={filter}
            onChange={change}
            searchRef={keys.searchRef}
            shown={shown.length}
          />
          {items.length === 0 ? (
            <EmptyState title="No App is like that">
              <p>
                <Button onClick={() => setParams(toSearchParams(EVERYTHING), { replace: true })}>
                  Show all {rows.length} Apps
                </Button>
              </p>
            </EmptyState>
          ) : (
            <FleetList items={items} total={shown.length} onFold={fold} target={keys.target} onFocusRow={keys.onFocusRow} />
          )}
        </>
      )}
      <SyncPrompt row={syncing} onClose={() => setSyncing(undefined)} />
      <KeyHelp isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </Page>
  );
}
