import type { PublicKey } from '../protocol/messages.ts';
import type { Verify } from '../protocol/signing.ts';
import { type GitType, objectId, parseTree, type TreeEntry } from './git-object.ts';
import type { ChangeTrailers } from './trailers.ts';
import type { Finding } from './verify-findings.ts';

/** What the verification (verify.ts) reads from. Nothing that it gives is believed: objects are checked against their ids. */
export interface LedgerReader {
  /** Any object by its id; undefined when it is missing. */
  read(oid: string): Promise<{ readonly type: string; readonly data: Uint8Array } | undefined>;
}

export interface LedgerTrust {
  /** Keys that may sign commits, old ones too. */
  readonly signers: readonly PublicKey[];
  /** Keys of the cluster's agents, old ones too. */
  readonly agents: readonly PublicKey[];
  readonly verify: Verify;
}

/** From this generation on an App was to run this bundle, or, without one, to be gone. */
export interface Decision {
  readonly generation: number;
  readonly bundle: string | undefined;
}

/** What is known from the commits before. */
export interface LedgerState {
  /** Per App, oldest first. */
  readonly decided: Map<string, Decision[]>;
  readonly snapshots: Map<number, readonly string[]>;
  /** `blob digest` of manifests that were proven already. */
  readonly proven: Set<string>;
}

/** The two folders of a tree, name → oid. */
export interface Root {
  readonly apps: ReadonlyMap<string, string>;
  readonly receipts: ReadonlyMap<string, string>;
}

/** One commit under examination. */
export interface Step {
  readonly reader: LedgerReader;
  readonly trust: LedgerTrust;
  readonly state: LedgerState;
  readonly changes: readonly ChangeTrailers[];
  readonly before: Root;
  readonly after: Root;
  readonly add: (finding: Omit<Finding, 'commit'>) => void;
}

/** The bytes of an object of a type; undefined when it is missing, of another type, or not what its id names. */
export async function readProven(reader: LedgerReader, oid: string, type: GitType): Promise<Uint8Array | undefined> {
  const object = await reader.read(oid);
  return object !== undefined && object.type === type && objectId(type, object.data) === oid ? object.data : undefined;
}

/** The entries of a tree; undefined when it is missing, changed or not a tree. */
export async function readEntries(reader: LedgerReader, oid: string): Promise<readonly TreeEntry[] | undefined> {
  const data = await readProven(reader, oid, 'tree');
  try {
    return data === undefined ? undefined : parseTree(data);
  } catch {
    // parseTree throws for what is not a tree; here that is somebody else's data.
    return undefined;
  }
}

/** Names whose object differs between two folders. */
export function changedNames(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const changed = [...after].filter(([name, oid]) => before.get(name) !== oid).map(([name]) => name);
  return [...changed, ...[...before.keys()].filter((name) => !after.has(name))];
}
