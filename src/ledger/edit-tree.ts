import { type TreeEntry, writeTree } from '../../core/ledger/git-object.ts';
import type { TreeReader } from './object-store.ts';
import type { Stage } from './stage.ts';

/** What becomes of one name in a folder. */
export type Edit =
  | { readonly kind: 'file'; readonly oid: string }
  /** The folder's other names stay. */
  | { readonly kind: 'change'; readonly edits: Edits }
  /** The folder holds these names and no others. */
  | { readonly kind: 'replace'; readonly edits: Edits }
  | { readonly kind: 'remove' };

export type Edits = ReadonlyMap<string, Edit>;

export interface EditPorts {
  readonly stage: Stage;
  readonly readTree: TreeReader;
}

/** What a folder was: `base` is what the edits change, `like` only resembles the result. */
interface Before {
  readonly base: string | undefined;
  readonly like: string | undefined;
}

/**
 * Makes the tree that differs from the base by the edits, staging the new trees; only folders on the way to an edit are read.
 * Gives its oid, or undefined when nothing is left in it: Git knows no empty folders.
 */
export function editTree(ports: EditPorts, { base, like }: Before, edits: Edits): string | undefined {
  const entries = new Map(base === undefined ? [] : ports.readTree(base).map((entry) => [entry.name, entry]));
  for (const [name, edit] of edits) {
    const entry = editEntry(ports, entries.get(name), { name, edit });
    if (entry === undefined) entries.delete(name);
    else entries.set(name, entry);
  }
  return entries.size === 0 ? undefined : ports.stage.addTree(writeTree([...entries.values()]), like);
}

function editEntry(
  ports: EditPorts,
  before: TreeEntry | undefined,
  { name, edit }: { readonly name: string; readonly edit: Edit },
): TreeEntry | undefined {
  if (edit.kind === 'remove') return undefined;
  if (edit.kind === 'file') return { mode: '100644', name, oid: edit.oid };
  const like = before?.mode === '40000' ? before.oid : undefined;
  const oid = editTree(ports, { base: edit.kind === 'change' ? like : undefined, like }, edit.edits);
  return oid === undefined ? undefined : { mode: '40000', name, oid };
}
