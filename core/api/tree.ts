import type { AppStatus, Health } from '../app/status.ts';
import type { JsonObject, ObjectKey } from '../objects/object.ts';

/**
 * The live resource tree of an App: its own objects and everything that they own (ReplicaSets, Pods, Jobs, EndpointSlices …), as the agent
 * sees them. No values of any field are in it besides the few below: nothing of a Secret but its name.
 */
export interface TreeNode {
  readonly key: ObjectKey;
  /** API version without the group: `v1`. */
  readonly version: string;
  readonly uid: string;
  /** Key of the owner in this tree; undefined for the App's own objects. */
  readonly parent?: ObjectKey;
  readonly health: Health;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly images?: readonly string[];
  readonly restarts?: number;
  /** A few words for people: `2/3 ready`, `node-1`, `10.0.0.3`. */
  readonly info?: readonly string[];
  /** The newest warnings about it, at most three. */
  readonly events?: readonly TreeEvent[];
}

export interface TreeEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** RFC 3339. */
  readonly last: string;
}

/** GET /api/apps/<cluster>/<app>/tree. */
export interface AppTree {
  readonly nodes: readonly TreeNode[];
  /** How many more there are than are told of. */
  readonly more: number;
  /** Kinds (`group/Kind`) that belong into trees and that the agent may not read: what is of them is not shown. */
  readonly unread?: readonly string[];
  /** Milliseconds since the epoch, agent's clock; undefined while the agent has not spoken of it. */
  readonly observedAt?: number;
}

/** What a report says of one App's tree: the whole, or what changed since the report before. */
export interface TreeDelta {
  readonly app: string;
  readonly full: boolean;
  readonly changed: readonly TreeNode[];
  readonly gone: readonly ObjectKey[];
  readonly more: number;
  readonly unread?: readonly string[];
  readonly observedAt: number;
}

/**
 * GET /api/apps/<cluster>/<app>/stream (server-sent events): `status` and `tree` messages; the first of each is the whole. `view` says that something
 * else of the App is new, such as a decision of people or a commit that waits: whoever shows it asks for its view again.
 */
export type AppStreamMessage =
  | { readonly event: 'view'; readonly data: { readonly [none: string]: never } }
  | { readonly event: 'status'; readonly data: AppStatus }
  | { readonly event: 'tree'; readonly data: TreeDelta };

/** GET /api/apps/<cluster>/<app>/object?key=…: an object as Git wants it and as it lives, masked, and who owns its fields. */
export interface ObjectView {
  readonly key: ObjectKey;
  /** YAML; undefined when Git does not have the object (it is owned by one that Git has). */
  readonly desired?: string;
  /** YAML without managedFields; undefined when it is not in the cluster. */
  readonly live?: string;
  /** Paths (JSON pointers) that differ, with the manager of the live field where managedFields name one. */
  readonly differences: readonly { readonly path: string; readonly manager?: string; readonly time?: string }[];
  readonly events: readonly TreeEvent[];
}

/** GET /api/apps/<cluster>/<app>/logs?pod=<key>&container=…&tail=…&follow=1 (server-sent events). */
export type LogMessage =
  | { readonly event: 'lines'; readonly data: { readonly lines: readonly string[] } }
  | { readonly event: 'end'; readonly data: { readonly reason: string } };

/** GET /api/apps/<cluster>/<app>/actions?key=…: what can be done to an object. */
export interface ResourceAction {
  /** Argo CD's word: `restart`, `scale`, `pause`, `resume`, `retry`, `create-job`, … */
  readonly name: string;
  readonly title: string;
  /** Why it is not possible right now. */
  readonly disabled?: string;
  readonly parameters?: readonly { readonly name: string; readonly type: 'integer' | 'text'; readonly default?: string }[];
}

/** POST /api/apps/<cluster>/<app>/actions. */
export interface ActionInput {
  readonly key: ObjectKey;
  readonly action: string;
  readonly parameters?: JsonObject;
  readonly reason?: string;
}
