import { isJsonObject } from '../../core/objects/json-object.ts';
import type { ObjectRef } from '../../core/objects/object.ts';
import { backoffMs } from '../../core/plan/backoff.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { ClusterApi, KindInfo, LiveObject } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';

/**
 * Follows the kinds that Apps use, each by one list and one watch of the whole cluster, and hands on what it sees. It remembers nothing but
 * resourceVersions: lists come in pages, and kinds whose content nobody looks at come as metadata only (Secret values stay where they are).
 *
 *   list ─► watch ─► (closed, stalled: watch on) (expired: list) (failed: wait, watch on) (kind gone: stop)
 *
 * Every third watch that the server ends by itself (about half an hour) is followed by a list, in case an event was lost on the way (threat F09).
 */
export interface ObserverEvents {
  /** `full` is false when only metadata was asked for. */
  readonly onLive: (ref: ObjectRef, live: LiveObject, full: boolean) => void;
  readonly onDeleted: (ref: ObjectRef, live: LiveObject) => void;
  /** A list begins; what it returns is called at its end, with the version of the list. */
  readonly onListing: (kind: KindInfo) => (resourceVersion: string) => void;
  readonly onProblem: (kind: string, problem: Problem | undefined) => void;
}

export interface ObserverOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly chance: () => number;
  readonly events: ObserverEvents;
  readonly signal: AbortSignal;
  /** Objects in a page of a list (default 500): fewer for kinds whose objects are large. */
  readonly page?: number;
  /** Of some kinds (`group/Kind`), only the objects whose fields are so. */
  readonly selectors?: { readonly [kind: string]: string };
}

export interface Observer {
  /** Begins to follow kinds (`group/Kind`) that are not followed yet; kinds that are not served are left for a later call. */
  readonly ensure: (kinds: Iterable<string>) => void;
}

const PAGE = 500;
/** Everything in one page: for a server that forgets its pages faster than they can be read (threat F07). */
const ONE_PAGE = 0;
const LIST_AFTER_WATCHES = 3;

/** Kinds without a status that matters: their metadata tells that they changed, and the comparison asks for the rest. */
const METADATA_ONLY: ReadonlySet<string> = new Set([
  '/ConfigMap',
  '/Secret',
  '/ServiceAccount',
  '/LimitRange',
  '/ResourceQuota',
  '/Namespace',
  'networking.k8s.io/NetworkPolicy',
  'networking.k8s.io/IngressClass',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/StorageClass',
  'node.k8s.io/RuntimeClass',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
]);

/** Makes an observer that follows nothing yet. */
export function createObserver(options: ObserverOptions): Observer {
  const followed = new Set<string>();
  return {
    ensure(kinds) {
      for (const name of kinds) {
        if (followed.has(name)) continue;
        const slash = name.indexOf('/');
        const kind = options.api.kindOfRef({ group: name.slice(0, slash), kind: name.slice(slash + 1) });
        if (kind === undefined) continue;
        followed.add(name);
        void follow(kind, options, !METADATA_ONLY.has(name)).finally(() => followed.delete(name));
      }
    },
  };
}

/** Follows one kind until the signal is aborted or the kind is not served any more. */
async function follow(kind: KindInfo, options: ObserverOptions, full: boolean): Promise<void> {
  const { api, clock, chance, events, signal } = options;
  const name = `${kind.group}/${kind.kind}`;
  let resourceVersion: string | undefined;
  let failures = 0;
  let watches = 0;
  const usual = options.page ?? PAGE;
  const selector = options.selectors?.[name];
  const only = selector === undefined ? {} : { fieldSelector: selector };
  let limit = usual;
  const pause = (retryAfterMs?: number): Promise<void> =>
    clock.sleep(retryAfterMs ?? backoffMs(failures++, { base: 200, factor: 2, max: 30_000, chance: chance() }), signal);
  while (!signal.aborted) {
    if (resourceVersion === undefined || watches >= LIST_AFTER_WATCHES) {
      const listed = await listAll(kind, options, { full, limit, only });
      if (!listed.ok) {
        // 404: the kind is gone. 410 in the middle of a paged list: begin again, the second time without pages, so that it comes to an end.
        if (listed.status === 404 && failures > 0) return;
        if (listed.status === 410) limit = failures === 0 ? usual : ONE_PAGE;
        events.onProblem(name, listed.problem);
        await pause(listed.retryAfterMs);
        continue;
      }
      resourceVersion = listed.resourceVersion;
      watches = 0;
      failures = 0;
      limit = usual;
      events.onProblem(name, undefined);
    }
    const end = await api.watch(kind, {
      resourceVersion,
      metadataOnly: !full,
      ...only,
      signal,
      onEvent: (event) => {
        failures = 0;
        if (event.type === 'bookmark') {
          resourceVersion = event.resourceVersion;
          return;
        }
        resourceVersion = event.live.resourceVersion;
        if (event.type === 'deleted') events.onDeleted(refOfLive(event.live, kind), event.live);
        else events.onLive(refOfLive(event.live, kind), event.live, full);
      },
    });
    if (end.reason === 'expired') resourceVersion = undefined;
    if (end.reason === 'closed') watches++;
    if (end.reason === 'closed' || end.reason === 'expired') {
      // A server that ends or refuses every watch at once must not be asked in a tight loop.
      if (failures++ > 2) await pause();
    }
    if (end.reason === 'failed') {
      if (end.failure.status === 404) resourceVersion = undefined;
      events.onProblem(name, end.failure.problem);
      await pause(end.failure.retryAfterMs);
    }
  }
}

type Listed =
  | { readonly ok: true; readonly resourceVersion: string }
  | { readonly ok: false; readonly status: number; readonly problem: Problem; readonly retryAfterMs?: number };

async function listAll(
  kind: KindInfo,
  { api, events }: ObserverOptions,
  { full, limit, only }: { readonly full: boolean; readonly limit: number; readonly only: { readonly fieldSelector?: string } },
): Promise<Listed> {
  const done = events.onListing(kind);
  let next: string | undefined;
  for (;;) {
    const page = await api.list(kind, { limit, metadataOnly: !full, ...only, ...(next === undefined ? {} : { next }) });
    if (!page.ok) return { ok: false, ...page.error };
    for (const live of page.value.items) events.onLive(refOfLive(live, kind), live, full);
    next = page.value.next;
    if (next === undefined) {
      done(page.value.resourceVersion);
      return { ok: true, resourceVersion: page.value.resourceVersion };
    }
  }
}

function refOfLive(live: LiveObject, kind: KindInfo): ObjectRef {
  const metadata = live.object['metadata'];
  const text = (field: string): string => {
    const value = isJsonObject(metadata) ? metadata[field] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { group: kind.group, kind: kind.kind, namespace: text('namespace'), name: text('name') };
}
