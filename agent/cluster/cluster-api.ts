import type { JsonObject, ObjectRef } from '../../core/objects/object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';

/** How the API server serves a kind. */
export interface KindInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Last part of its path: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** One object at the API server. */
export interface Target {
  readonly kind: KindInfo;
  readonly namespace: string;
  readonly name: string;
}

/** An object as the API server gave it. */
export interface LiveObject {
  readonly object: JsonObject;
  readonly uid: string;
  /** Empty for the answer of a dry-run that would create the object. */
  readonly resourceVersion: string;
}

/** A call that did not do what it should; `status` is 0 when no answer came. */
export interface ApiFailure {
  readonly status: number;
  readonly problem: Problem;
  readonly retryAfterMs?: number;
  /** The object was refused for nothing but these fields, which its kind does not have: `.spec.containers[name="web"].foo`. */
  readonly unknownFields?: readonly string[];
  /** The fields that are wrong (`apply.invalid`) or cannot be changed in place (`apply.immutable`), where the server names them: `spec.selector`. */
  readonly fields?: readonly string[];
}

/** One page of a list. */
export interface ListPage {
  readonly items: readonly LiveObject[];
  readonly resourceVersion: string;
  /** Undefined on the last page. */
  readonly next?: string;
}

export type WatchEvent =
  | { readonly type: 'changed' | 'deleted'; readonly live: LiveObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

/** Why a watch ended: `expired` wants a new list, everything else goes on from the last resourceVersion. */
export type WatchEnd =
  | { readonly reason: 'closed' | 'stalled' | 'expired' | 'aborted' }
  | { readonly reason: 'failed'; readonly failure: ApiFailure };

export interface WriteOptions {
  /** Messages about this object may quote its values: they are replaced. */
  readonly secret: boolean;
}

export interface PatchOptions extends WriteOptions {
  /** Another field manager than `plumbline`: what a person asked for is not what Git says. */
  readonly manager?: string;
  readonly subresource?: 'status';
}

/** Which lines of a container's log. */
export interface LogOptions {
  readonly container?: string;
  readonly tailLines: number;
  readonly sinceSeconds?: number;
  readonly previous: boolean;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** A log as it arrives; `close` ends it. */
export interface LogStream {
  readonly chunks: AsyncIterable<Buffer>;
  readonly close: () => void;
}

export interface ApplyOptions extends WriteOptions {
  readonly dryRun: boolean;
}

/** What a DELETE led to; the object as it was left, for `going`. */
export interface Removed {
  readonly state: 'gone' | 'going' | 'absent';
  readonly object: JsonObject;
}

export interface DeleteOptions {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly propagation: 'Background' | 'Foreground' | 'Orphan';
}

export interface ListOptions {
  /** Objects a page; 0 for all in one. */
  readonly limit: number;
  readonly next?: string;
  /** Only metadata: cheap, and Secret values stay where they are. */
  readonly metadataOnly: boolean;
  /** Only objects whose fields are so: `type=Warning`. */
  readonly fieldSelector?: string;
}

export interface WatchOptions {
  readonly resourceVersion: string;
  readonly metadataOnly: boolean;
  readonly fieldSelector?: string;
  readonly onEvent: (event: WatchEvent) => void;
  readonly signal: AbortSignal;
}

/** What the agent does with a Kubernetes API server, and nothing else. */
export interface ClusterApi {
  /** How a kind is served, by what is known now; undefined when it is not. */
  readonly kindOf: (apiVersion: string, kind: string) => KindInfo | undefined;
  /** The same for a reference, in the version that the server prefers. */
  readonly kindOfRef: (ref: Pick<ObjectRef, 'group' | 'kind'>) => KindInfo | undefined;
  /** True when the server cannot tell now which kinds the group has: its own server does not answer. */
  readonly isGroupStale: (group: string) => boolean;
  /** Asks the server again which kinds it serves. */
  readonly discover: () => Promise<Result<true, ApiFailure>>;
  readonly get: (
    target: Target,
    options?: { readonly metadataOnly: boolean },
  ) => Promise<Result<LiveObject | undefined, ApiFailure>>;
  /** Server-side apply of a JSON body as field manager `plumbline`, forced. */
  readonly apply: (target: Target, body: string, options: ApplyOptions) => Promise<Result<LiveObject, ApiFailure>>;
  /** PUT of the whole object as field manager `plumbline`. */
  readonly replace: (target: Target, body: string, options: WriteOptions) => Promise<Result<LiveObject, ApiFailure>>;
  /** JSON merge patch (RFC 7386) as field manager `plumbline`; gives the metadata only. */
  readonly patch: (target: Target, body: string, options: PatchOptions) => Promise<Result<LiveObject, ApiFailure>>;
  /** POST of a new object, for what a person asked for; 409 when there is one of the name. */
  readonly create: (target: Target, body: string, options: PatchOptions) => Promise<Result<LiveObject, ApiFailure>>;
  /** `going` when finalizers keep the object for now. */
  readonly remove: (target: Target, options: DeleteOptions) => Promise<Result<Removed, ApiFailure>>;
  readonly list: (kind: KindInfo, options: ListOptions) => Promise<Result<ListPage, ApiFailure>>;
  /** The log of a Pod. */
  readonly logs: (target: Target, options: LogOptions) => Promise<Result<LogStream, ApiFailure>>;
  /** Follows a kind until something ends it. */
  readonly watch: (kind: KindInfo, options: WatchOptions) => Promise<WatchEnd>;
  readonly serverVersion: () => Promise<Result<string, ApiFailure>>;
}
