import type { TreeDelta, TreeNode } from '../../core/api/tree.ts';
import type { Health } from '../../core/app/status.ts';
import { type JsonObject, keyOf, type ObjectKey, type ObjectRef, refOfKey } from '../../core/objects/object.ts';
import { nodeFactsOf } from '../../core/tree/node-facts.ts';
import { isLeftOut, ownerKeysOf } from '../../core/tree/owners.ts';
import { visibleNodes } from '../../core/tree/visible-nodes.ts';
import type { KindInfo, LiveObject } from '../cluster/cluster-api.ts';
import { TreeEvents } from './tree-events.ts';

/**
 * The resource trees: of each App its own objects, which agent/apply knows, and below them what they own.
 *
 *   node      an App's own object or one that an owner in a tree owns: the few fields that a tree shows, never the object
 *   stranger  an object whose owner is in no tree: only the two keys, so that it can be fetched when its owner gets into one
 *
 * Owners are found by key, not by uid: Git's objects are known by their keys before they exist. What is told of an App is what has changed since it was
 * told last; the whole after a start, and when the Worker asks for it.
 */
export interface TreeSource {
  /** The App that owns an object of Git's. */
  readonly appOf: (key: ObjectKey) => string | undefined;
  /** The App whose hook this is. */
  readonly hookAppOf: (live: JsonObject, ref: ObjectRef) => string | undefined;
  /** An App's own objects; undefined for an App that no snapshot names. */
  readonly rootsOf: (app: string) => Iterable<TreeRoot> | undefined;
  readonly healthOf: (live: JsonObject, app: string, full: boolean) => Health | Promise<Health> | undefined;
  /** Undefined while the kind is not known. */
  readonly isNamespaced: (ref: ObjectRef) => boolean | undefined;
  /** Reads one object; undefined when it cannot be had. */
  readonly fetch: (ref: ObjectRef) => Promise<LiveObject | undefined>;
  readonly hash: (text: string) => string;
  readonly now: () => number;
  /** There is something to tell of an App. */
  readonly changed: (app: string) => void;
}

export interface TreeRoot {
  readonly key: ObjectKey;
  readonly health: Health;
  /** False until it is known whether it is there. */
  readonly isKnown: boolean;
}

type Node = Omit<TreeNode, 'events'> & { readonly resourceVersion: string };

const NOBODY: ReadonlySet<ObjectKey> = new Set();
const MAX_DEPTH = 16;

export class TreeKeeper {
  readonly #source: TreeSource;
  readonly #nodes = new Map<ObjectKey, Node>();
  readonly #children = new Map<ObjectKey, Set<ObjectKey>>();
  readonly #strangers = new Map<ObjectKey, Set<ObjectKey>>();
  readonly #hooks = new Map<string, Set<ObjectKey>>();
  readonly #events = new TreeEvents((key) => this.appOf(key) !== undefined);
  /** What was told of each App: a digest for each node, and what else is said of the tree. */
  readonly #told = new Map<string, { readonly nodes: ReadonlyMap<ObjectKey, string>; readonly rest: string }>();
  readonly #unread = new Set<string>();
  /** How nodes were shown last, and the digests of that: of a large tree little changes at a time. */
  readonly #shown = new WeakMap<Node, TreeNode>();
  readonly #marks = new WeakMap<TreeNode, string>();
  /** Apps of which nothing was told because not all of it was seen yet; undefined when nothing is held back any more. */
  #held: Set<string> | undefined = new Set();
  #areChildrenListed = true;

  constructor(source: TreeSource) {
    this.#source = source;
  }

  /** Whether the first lists of what others own have ended: before, a tree that was just begun says less than the one before a restart. */
  onListed(areChildrenListed: boolean): void {
    this.#areChildrenListed = areChildrenListed;
    if (areChildrenListed) for (const app of this.#held ?? []) this.#source.changed(app);
  }

  /** The agent has run for a while: what is not seen by now is told without it. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const app of held) this.#source.changed(app);
  }

  #holds(app: string): boolean {
    if (this.#held === undefined || this.#told.has(app)) return false;
    const roots = [...(this.#source.rootsOf(app) ?? [])];
    const isWhole = this.#areChildrenListed && roots.every(({ key, isKnown }) => isKnown || this.#nodes.has(key));
    if (isWhole) this.#held.delete(app);
    else this.#held.add(app);
    return !isWhole;
  }

  /** The App in whose tree an object is. */
  appOf(key: ObjectKey): string | undefined {
    let at: ObjectKey | undefined = key;
    for (let depth = 0; at !== undefined && depth < MAX_DEPTH; depth++) {
      const app = this.#source.appOf(at);
      if (app !== undefined) return app;
      const node: Node | undefined = this.#nodes.get(at);
      if (node === undefined) return undefined;
      if (node.parent === undefined) return this.#hookApp(at);
      at = node.parent;
    }
    return undefined;
  }

  #hookApp(key: ObjectKey): string | undefined {
    for (const [app, keys] of this.#hooks) if (keys.has(key)) return app;
    return undefined;
  }

  /** Something of a followed kind was listed or changed; `full` is false when only its metadata is known. */
  onLive(ref: ObjectRef, live: LiveObject, full: boolean): void {
    const key = keyOf(ref);
    const own = this.#source.appOf(key);
    if (own === undefined && isLeftOut(live.object, ref)) {
      this.#forget(key);
      return;
    }
    const owners = own === undefined ? this.#ownersOf(live.object, ref) : [];
    const parent = owners.find((owner) => this.appOf(owner) !== undefined);
    const app = own ?? (parent === undefined ? this.#source.hookAppOf(live.object, ref) : this.appOf(parent));
    if (app === undefined) {
      this.#forget(key);
      for (const owner of owners) add(this.#strangers, owner, key);
      return;
    }
    if (own === undefined && parent === undefined) add(this.#hooks, app, key);
    this.#take(key, live, { app, parent, full });
  }

  #take(
    key: ObjectKey,
    live: LiveObject,
    { app, parent, full }: { readonly app: string; readonly parent: ObjectKey | undefined; readonly full: boolean },
  ): void {
    const before = this.#nodes.get(key);
    if (before?.parent !== undefined && before.parent !== parent) this.#children.get(before.parent)?.delete(key);
    if (parent !== undefined) add(this.#children, parent, key);
    const health = this.#source.healthOf(live.object, app, full);
    const known = before?.uid === live.uid ? before.health : undefined;
    const node: Node = {
      key,
      ...nodeFactsOf(live.object),
      ...(parent === undefined ? {} : { parent }),
      health: health === undefined || health instanceof Promise ? (known ?? { status: 'Unknown' }) : health,
      resourceVersion: live.resourceVersion,
    };
    this.#nodes.set(key, node);
    this.#events.adopt(key);
    if (health instanceof Promise) void health.then((judged) => this.#judged(node, judged, app));
    this.#source.changed(app);
    this.#welcome(key);
  }

  #judged(node: Node, health: Health, app: string): void {
    if (this.#nodes.get(node.key) !== node) return;
    this.#nodes.set(node.key, { ...node, health });
    this.#source.changed(app);
  }

  /** What was seen of this owner's before it was in a tree is read again. */
  #welcome(owner: ObjectKey): void {
    const keys = this.#strangers.get(owner);
    if (keys === undefined) return;
    this.#strangers.delete(owner);
    for (const key of keys) {
      const ref = refOfKey(key);
      if (ref === undefined) continue;
      void this.#source.fetch(ref).then((live) => {
        if (live !== undefined && !this.#nodes.has(key)) this.onLive(ref, live, true);
      });
    }
  }

  #ownersOf(object: JsonObject, ref: ObjectRef): ObjectKey[] {
    return ownerKeysOf(object, ref).filter((key) => {
      const owner = refOfKey(key);
      return owner !== undefined && (this.#source.isNamespaced(owner) ?? true) === (owner.namespace !== '');
    });
  }

  /** It was deleted. */
  onDeleted(ref: ObjectRef, live: LiveObject): void {
    const key = keyOf(ref);
    for (const owner of ownerKeysOf(live.object, ref)) {
      const keys = this.#strangers.get(owner);
      keys?.delete(key);
      if (keys?.size === 0) this.#strangers.delete(owner);
    }
    const node = this.#nodes.get(key);
    if (node !== undefined && node.uid === live.uid) this.#forget(key);
  }

  #forget(key: ObjectKey): void {
    const node = this.#nodes.get(key);
    if (node === undefined) return;
    const app = this.appOf(key);
    this.#nodes.delete(key);
    this.#events.forget(key);
    if (node.parent !== undefined) {
      const siblings = this.#children.get(node.parent);
      siblings?.delete(key);
      if (siblings?.size === 0) this.#children.delete(node.parent);
    }
    for (const [of, keys] of this.#hooks) if (keys.delete(key) && keys.size === 0) this.#hooks.delete(of);
    if (app !== undefined) this.#source.changed(app);
  }

  /** A list of a kind begins; what it has not shown by its end is gone, unless it was made after the list. */
  onListing(kind: KindInfo): (resourceVersion: string) => void {
    const prefix = `${kind.group}/${kind.kind}/`;
    const before = new Map([...this.#nodes].filter(([key]) => key.startsWith(prefix)));
    return (resourceVersion) => {
      for (const [key, node] of before)
        if (this.#nodes.get(key) === node && !(Number(node.resourceVersion) > Number(resourceVersion))) this.#forget(key);
    };
  }

  /** A warning about some object, or that it is over. */
  onEvent(event: JsonObject, isGone: boolean): void {
    const key = this.#events.take(event, isGone);
    const app = key === undefined ? undefined : this.appOf(key);
    if (app !== undefined) this.#source.changed(app);
  }

  /** Whether a kind can be read; undefined apps are told again when that changes. */
  onReadable(kind: string, isReadable: boolean): void {
    if (isReadable ? !this.#unread.delete(kind) : this.#unread.has(kind)) return;
    if (!isReadable) this.#unread.add(kind);
    for (const app of this.#told.keys()) this.#source.changed(app);
  }

  /** The Worker does not have what the last delta supposed. */
  resend(app: string): void {
    this.#told.delete(app);
    this.#source.changed(app);
  }

  /** What has changed in an App's tree since this was asked last; undefined when nothing has. */
  delta(app: string): TreeDelta | undefined {
    if (this.#holds(app)) return undefined;
    const all = this.#treeOf(app);
    if (all === undefined) {
      this.#told.delete(app);
      return undefined;
    }
    const visible = visibleNodes(all);
    const before = this.#told.get(app);
    const told = new Map<ObjectKey, string>();
    const changed: TreeNode[] = [];
    for (const [key, node] of visible) {
      const mark = this.#markOf(node);
      told.set(key, mark);
      if (before?.nodes.get(key) !== mark) changed.push(node);
    }
    const gone = [...(before?.nodes.keys() ?? [])].filter((key) => !told.has(key));
    const rest = JSON.stringify([all.size - visible.size, [...this.#unread]]);
    const isNews = before === undefined || changed.length > 0 || gone.length > 0 || before.rest !== rest;
    this.#told.set(app, { nodes: told, rest });
    if (!isNews) return undefined;
    return {
      app,
      full: before === undefined,
      changed,
      gone,
      more: all.size - visible.size,
      ...(this.#unread.size === 0 ? {} : { unread: [...this.#unread].sort() }),
      observedAt: this.#source.now(),
    };
  }

  #treeOf(app: string): Map<ObjectKey, TreeNode> | undefined {
    const roots = this.#source.rootsOf(app);
    if (roots === undefined) return undefined;
    const tree = new Map<ObjectKey, TreeNode>();
    for (const { key, health } of roots) this.#add(tree, this.#nodes.get(key) ?? unseen(key), health);
    for (const key of this.#hooks.get(app) ?? NOBODY) {
      const node = this.#nodes.get(key);
      if (node !== undefined && !tree.has(key)) this.#add(tree, node, node.health);
    }
    // A Map goes on to what is added while it is walked: children come after their parents, at any depth.
    for (const key of tree.keys()) {
      if (this.#strangers.has(key)) this.#welcome(key);
      for (const child of this.#children.get(key) ?? NOBODY) {
        const node = this.#nodes.get(child);
        if (node !== undefined && !tree.has(child)) this.#add(tree, node, node.health);
      }
    }
    return tree;
  }

  #add(tree: Map<ObjectKey, TreeNode>, node: Node, health: Health): void {
    const events = this.#events.of(node.key);
    const known = this.#shown.get(node);
    if (known !== undefined && known.health === health && known.events === events) {
      tree.set(node.key, known);
      return;
    }
    const { resourceVersion: _version, ...facts } = node;
    const shown: TreeNode = { ...facts, health, ...(events === undefined ? {} : { events }) };
    this.#shown.set(node, shown);
    tree.set(node.key, shown);
  }

  #markOf(node: TreeNode): string {
    const known = this.#marks.get(node);
    if (known !== undefined) return known;
    const mark = this.#source.hash(JSON.stringify(node));
    this.#marks.set(node, mark);
    return mark;
  }
}

/** An object of Git's that is not there, or not seen yet. */
function unseen(key: ObjectKey): Node {
  return { key, version: '', uid: '', createdAt: '', health: { status: 'Missing' }, resourceVersion: '' };
}

function add<K>(map: Map<K, Set<ObjectKey>>, at: K, key: ObjectKey): void {
  const keys = map.get(at);
  if (keys === undefined) map.set(at, new Set([key]));
  else keys.add(key);
}
