import { type QueryClient, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { ServerEvent } from '../../../core/api/event-parser.ts';
import type { AppTree, TreeDelta } from '../../../core/api/tree.ts';
import type { AppView } from '../../../core/api/views.ts';
import type { AppStatus } from '../../../core/app/status.ts';
import { ApiProblem } from '../../api/api-problem.ts';
import { answer, client, param } from '../../api/client.ts';
import type { StreamState } from '../../api/event-stream.ts';
import { useEventStream } from '../../api/use-event-stream.ts';
import { applyDelta, EMPTY_TREE } from '../tree/tree-model.ts';
import { type AppAddress, appKeys, streamPath } from './app-address.ts';

/** Routes of one App; every call takes its address as `param`. */
export const appApi = client.apps[':cluster'][':app'];

/** Without a stream the page asks this often. */
const POLL_MS = 3_000;
/** A status says less than a view (reasons, decisions, requests): after one the view is asked for again, at most this often. */
const VIEW_MS = 700;

export interface LiveApp {
  readonly view: UseQueryResult<AppView>;
  readonly tree: AppTree;
  readonly stream: StreamState;
}

/** An App as it is, and as it becomes: asked for once and then kept up by the stream; where there is no stream, by asking again. */
export function useApp(address: AppAddress): LiveApp {
  const queries = useQueryClient();
  const soon = useSoon(() => void queries.invalidateQueries({ queryKey: appKeys.view(address) }), VIEW_MS);
  const stream = useEventStream(streamPath(address), {
    path: () => streamPath(address),
    onEvent: (event) => take(queries, address, { event, soon }),
  });
  const isLive = stream.state === 'open';
  const view = useQuery({
    queryKey: appKeys.view(address),
    queryFn: () => answer(appApi.$get({ param: param(address) })),
    // The refresh keeps reasons true that depend on the time, such as an agent's silence.
    refetchInterval: isLive ? 10 * POLL_MS : POLL_MS,
  });
  const tree = useQuery({
    queryKey: appKeys.tree(address),
    queryFn: () => readTree(address),
    refetchInterval: isLive ? false : POLL_MS,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { view, tree: tree.data ?? EMPTY_TREE, stream: stream.state };
}

/** A Worker or an agent that knows no trees is no error: the App's own objects are known from its status. */
async function readTree(address: AppAddress): Promise<AppTree> {
  try {
    return await answer(appApi.tree.$get({ param: param(address) }));
  } catch (error) {
    if (error instanceof ApiProblem && (error.status === 404 || error.status === 501)) return EMPTY_TREE;
    throw error;
  }
}

function take(
  queries: QueryClient,
  address: AppAddress,
  { event, soon }: { readonly event: ServerEvent; readonly soon: () => void },
): void {
  if (event.event === 'status') {
    const status = parse<AppStatus>(event.data);
    if (status === undefined) return;
    queries.setQueryData<AppView>(appKeys.view(address), (view) => (view === undefined ? view : { ...view, status }));
    soon();
  } else if (event.event === 'tree') {
    const delta = parse<TreeDelta>(event.data);
    if (delta === undefined) return;
    queries.setQueryData<AppTree>(appKeys.tree(address), (tree) => applyDelta(tree ?? EMPTY_TREE, delta));
  } else if (event.event === 'view') soon();
}

/** JSON of our own Worker, typed by the API's contract; undefined when it is none. */
function parse<T>(data: string): T | undefined {
  try {
    return JSON.parse(data) as T; // what core/api/tree.ts says of each event
  } catch {
    return undefined;
  }
}

/** Calls `work` some time after it was wanted, once for all wishes in between. */
function useSoon(work: () => void, ms: number): () => void {
  const latest = useRef(work);
  latest.current = work;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, ms);
  };
}
