import { type GitType, objectId } from '../../core/ledger/git-object.ts';
import { treeDelta } from '../../core/ledger/tree-delta.ts';
import { compress } from './compress.ts';
import { type StoredObject, storedBytes } from './object-store.ts';
import type { LedgerTables } from './tables.ts';

/** Below this, compressing costs more time than the bytes are worth. */
const COMPRESS_FROM = 4096;
/** A tree below this is stored whole; a delta that is not at least so many times smaller than its tree begins a new base. */
const DELTA_FROM = 1024;
const DELTA_GAIN = 6;

/** Objects of an entry in the making: named and known, but not yet in the ledger. */
export interface Stage {
  /** Adds a commit or a file; gives its oid. What the ledger already holds is not added again. */
  add(type: GitType, data: Uint8Array): string;
  /** Adds a tree that replaces `before` at its place: they are alike, so it is stored as their difference. */
  addTree(data: Uint8Array, before: string | undefined): string;
  /** What was added, in order, large files compressed. */
  objects(): Promise<StoredObject[]>;
}

/** Begins with nothing; reads the tables, writes nothing. */
export function createStage(tables: LedgerTables): Stage {
  const staged = new Map<string, StoredObject>();
  const put = (type: GitType, data: Uint8Array, form: () => Pick<StoredObject, 'form' | 'base' | 'data'>): string => {
    const oid = objectId(type, data);
    if (!staged.has(oid) && tables.idOf(oid) === undefined) staged.set(oid, { oid, type, size: data.length, ...form() });
    return oid;
  };
  return {
    add: (type, data) => put(type, data, () => ({ form: 'raw', data })),
    addTree: (data, before) => put('tree', data, () => treeForm(tables, data, before)),
    objects: () => Promise.all([...staged.values()].map(shrink)),
  };
}

/**
 * A tree is stored against the last whole one at its place, never against another delta: two rows are read for any tree. The difference
 * grows with every entry until it is no gain any more; then the tree is stored whole, and the next ones refer to it.
 */
function treeForm(
  tables: LedgerTables,
  data: Uint8Array,
  before: string | undefined,
): Pick<StoredObject, 'form' | 'base' | 'data'> {
  const whole = { form: 'raw', data } as const;
  const row = before === undefined || data.length < DELTA_FROM ? undefined : tables.objectByOid(before);
  if (row === undefined) return whole;
  const base = row.base === null ? row : tables.objectById(row.base);
  if (base === undefined || base.form !== 'raw') return whole;
  const delta = treeDelta(storedBytes(tables, base), data);
  return delta.length * DELTA_GAIN > data.length ? whole : { form: 'delta', base: base.id, data: delta };
}

async function shrink(object: StoredObject): Promise<StoredObject> {
  if (object.type !== 'blob' || object.size < COMPRESS_FROM) return object;
  const data = await compress(object.data);
  return data.length < object.size ? { ...object, form: 'zlib', data } : object;
}
