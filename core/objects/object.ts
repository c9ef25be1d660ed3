/** A value that JSON can hold; `undefined` in an object means that the key is absent. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json | undefined };

/** A Kubernetes object as it stands in a manifest: identified, everything else as written. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [key: string]: string };
    readonly annotations?: { readonly [key: string]: string };
    readonly [key: string]: Json | undefined;
  };
  readonly [key: string]: Json | undefined;
}

/** Which object: what stays the same when its version or content changes. */
export interface ObjectRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** `group/Kind/namespace/name`, empty parts kept: the key of an object in maps, inventories and the protocol. */
export type ObjectKey = string;

/** The API group of an apiVersion: `apps/v1` → `apps`, `v1` → the empty string. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

/** The reference of a manifest; a manifest without a namespace gives the empty string there. */
export function refOf(manifest: Manifest): ObjectRef {
  return {
    group: groupOf(manifest.apiVersion),
    kind: manifest.kind,
    namespace: manifest.metadata.namespace ?? '',
    name: manifest.metadata.name,
  };
}

/** The key of a reference; none of the parts can hold a slash, so it reads back without doubt. */
export function keyOf(ref: ObjectRef): ObjectKey {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** Reads a key back; undefined when it has not exactly four parts. */
export function refOfKey(key: ObjectKey): ObjectRef | undefined {
  const parts = key.split('/');
  const [group, kind, namespace, name] = parts;
  if (parts.length !== 4 || group === undefined || kind === undefined || namespace === undefined || name === undefined)
    return undefined;
  return { group, kind, namespace, name };
}

/** How people are shown an object: `Deployment shop/web`. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === '' ? '' : `${ref.namespace}/`}${ref.name}`;
}

/** How people are shown an object of which only the key is known; what is no key is shown as it is. */
export function describeKey(key: ObjectKey): string {
  const ref = refOfKey(key);
  return ref === undefined ? key : describeRef(ref);
}
