import { describe, expect, it } from 'vitest';
import type {
  ApiFailure,
  ClusterApi,
  KindInfo,
  ListOptions,
  ListPage,
  LiveObject,
  WatchEnd,
  WatchOptions,
} from '../../../agent/cluster/cluster-api.ts';
import { createObserver } from '../../../agent/observe/observer.ts';
import type { Clock } from '../../../agent/platform/clock.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';

const KIND: KindInfo = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

const liveOf = (name: string, resourceVersion: string): LiveObject => ({
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } },
  uid: `u-${name}`,
  resourceVersion,
});
const page = (names: readonly string[], resourceVersion: string, next?: string): Result<ListPage, ApiFailure> =>
  ok({ items: names.map((name) => liveOf(name, resourceVersion)), resourceVersion, ...(next === undefined ? {} : { next }) });
const failed = (status: number, retryAfterMs?: number): ApiFailure => ({
  status,
  problem: problem('apply.unavailable', `answered ${status}`),
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** Runs an observer on scripted lists and watches until both are used up; gives everything that it did, in its order. */
async function follow(
  lists: Result<ListPage, ApiFailure>[],
  watches: ((options: WatchOptions) => WatchEnd)[],
  tell: { readonly limits: boolean } = { limits: false },
): Promise<string[]> {
  const did: string[] = [];
  const stop = new AbortController();
  const finished = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  const api = {
    kindOfRef: () => KIND,
    list: async (_: KindInfo, options: ListOptions) => {
      const limit = tell.limits ? `limit=${options.limit}` : '';
      did.push(['list', options.next, limit].filter((word) => word !== undefined && word !== '').join(' '));
      const next = lists.shift();
      if (next === undefined) stop.abort();
      return next ?? err(failed(0));
    },
    watch: async (_: KindInfo, options: WatchOptions): Promise<WatchEnd> => {
      did.push(`watch ${options.resourceVersion}`);
      const next = watches.shift();
      if (next === undefined) stop.abort();
      return next?.(options) ?? { reason: 'aborted' };
    },
  } as unknown as ClusterApi; // the observer uses these three only
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after: () => () => {},
    sleep: async (ms) => void did.push(`sleep ${ms}`),
  };
  const observer = createObserver({
    api,
    clock,
    chance: () => 1,
    signal: stop.signal,
    events: {
      onLive: (ref, live) => void did.push(`live ${ref.namespace}/${ref.name} ${live.resourceVersion}`),
      onDeleted: (ref) => void did.push(`deleted ${ref.name}`),
      onListing: () => (resourceVersion) => void did.push(`listed ${resourceVersion}`),
      onProblem: (_, found) => void (found === undefined ? undefined : did.push(`problem ${found.message}`)),
    },
  });
  observer.ensure(['/ConfigMap']);
  observer.ensure(['/ConfigMap']);
  await finished;
  return did;
}

describe('an observer', () => {
  it('lists page by page, then watches from there, then from the last event or bookmark', async () => {
    const did = await follow(
      [page(['a'], '5', 'more'), page(['b'], '5')],
      [
        (options) => {
          options.onEvent({ type: 'changed', live: liveOf('a', '6') });
          options.onEvent({ type: 'deleted', live: liveOf('b', '7') });
          options.onEvent({ type: 'bookmark', resourceVersion: '20' });
          return { reason: 'closed' };
        },
      ],
    );
    expect(did).toEqual([
      'list',
      'live shop/a 5',
      'list more',
      'live shop/b 5',
      'listed 5',
      'watch 5',
      'live shop/a 6',
      'deleted b',
      'watch 20',
    ]);
  });

  it('F07: lists again when the server forgot the version, also in the middle of a list', async () => {
    const did = await follow([page(['a'], '5', 'more'), err(failed(410)), page(['a'], '9')], [() => ({ reason: 'expired' })]);
    expect(did.filter((what) => /^(list|watch)/.test(what))).toEqual([
      'list',
      'list more',
      'list',
      'listed 9',
      'watch 9',
      'list',
    ]);
  });

  it('F07: lists without pages once its pages were forgotten twice, and with pages again the next time', async () => {
    const did = await follow(
      [
        page(['a'], '5', 'more'),
        err(failed(410)),
        page(['a'], '7', 'more'),
        err(failed(410)),
        page(['a', 'b'], '9'),
        page(['a', 'b'], '11'),
      ],
      [() => ({ reason: 'expired' }), () => ({ reason: 'aborted' })],
      { limits: true },
    );
    expect(did.filter((what) => what.startsWith('list '))).toEqual([
      'list limit=500',
      'list more limit=500',
      'list limit=500',
      'list more limit=500',
      'list limit=0',
      'list limit=500',
    ]);
  });

  it('F06: a list that broke off says nothing about what it did not show', async () => {
    const did = await follow([page(['a'], '5', 'more'), err(failed(500))], []);
    expect(did.some((what) => what.startsWith('listed'))).toBe(false);
  });

  it('F08: watches on from the last version when a watch stalled', async () => {
    const did = await follow([page([], '5')], [() => ({ reason: 'stalled' }), () => ({ reason: 'stalled' })]);
    expect(did).toEqual(['list', 'listed 5', 'watch 5', 'watch 5', 'watch 5']);
  });

  it('F09: lists again after every third watch, in case an event was lost', async () => {
    const closed = (): WatchEnd => ({ reason: 'closed' });
    const did = await follow([page([], '5')], [closed, closed, closed]);
    expect(did.filter((what) => !what.startsWith('sleep'))).toEqual([
      'list',
      'listed 5',
      'watch 5',
      'watch 5',
      'watch 5',
      'list',
    ]);
  });

  it('F10: waits as long as the server asks, otherwise ever longer', async () => {
    const did = await follow([err(failed(503)), err(failed(503)), err(failed(429, 7_000)), page([], '5')], []);
    expect(did.filter((what) => what.startsWith('sleep'))).toEqual(['sleep 200', 'sleep 400', 'sleep 7000']);
  });
});
