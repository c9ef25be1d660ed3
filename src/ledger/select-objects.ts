import type { FetchRequest } from './fetch-request.ts';
import { rootTree } from './find-path.ts';
import { createTreeReader, type TreeReader } from './object-store.ts';
import type { EntryRow, LedgerTables } from './tables.ts';

/**
 * Which objects a client needs.
 *
 * The history is one line, and the objects of an entry are inserted together, so for a client with whole history the answer is a range of
 * ids: behind those of the newest commit that both have, up to those of the one that it wants. Nothing is walked, whatever the size, and
 * entries that are added meanwhile lie outside the range.
 *
 * A shallow client may lack an object although it has a later commit (it was there before its history begins, went, and came back),
 * so for it the trees of the commits that it gets are walked, leaving out those of commits that it certainly has.
 */
export type Selection =
  | { readonly kind: 'range'; readonly after: number; readonly through: number }
  /** Ids in ascending order. */
  | { readonly kind: 'set'; readonly ids: readonly number[] };

export interface Answer {
  readonly selection: Selection;
  /** What the client must remember about where its history ends; undefined when it asked for no depth. */
  readonly boundary: { readonly shallow: readonly string[]; readonly unshallow: readonly string[] } | undefined;
}

/** Beyond this a walk would take too much memory; a clone without --depth is a range. */
const MAX_WALKED = 500_000;

/** What is sent for a request whose wants and haves were looked up; a sentence when that is not possible. */
export function selectObjects(
  tables: LedgerTables,
  request: FetchRequest,
  known: { readonly wants: readonly EntryRow[]; readonly haves: readonly EntryRow[] },
): Answer | string {
  const want = newest(known.wants);
  const have = newest(known.haves);
  if (want === undefined) return { selection: { kind: 'range', after: 0, through: 0 }, boundary: undefined };
  const ends = request.shallows.flatMap((oid) => tables.entryByOid(oid) ?? []);
  if (request.depth === undefined && ends.length === 0) {
    const after = have?.last_object ?? 0;
    return { selection: { kind: 'range', after, through: Math.max(after, want.last_object) }, boundary: undefined };
  }
  const floor = lowestSeq(request, want, ends);
  const boundary = request.depth === undefined ? undefined : boundaryAt(tables, floor, ends);
  if (floor === 1 && have === undefined && ends.length === 0) {
    return { selection: { kind: 'range', after: 0, through: want.last_object }, boundary };
  }
  const held = known.haves.map((entry) => ({ from: endBelow(ends, entry)?.seq ?? 1, to: entry.seq }));
  const ids = walk(tables, { floor, to: want.seq, held });
  return typeof ids === 'string' ? ids : { selection: { kind: 'set', ids }, boundary };
}

function newest(entries: readonly EntryRow[]): EntryRow | undefined {
  return entries.reduce<EntryRow | undefined>(
    (best, entry) => (best === undefined || entry.seq > best.seq ? entry : best),
    undefined,
  );
}

/** Where the client's history ends below one of its commits; undefined when it goes down to the first. */
function endBelow(ends: readonly EntryRow[], entry: EntryRow): EntryRow | undefined {
  return newest(ends.filter((end) => end.seq <= entry.seq));
}

/** The oldest commit that the client shall have after the fetch. */
function lowestSeq(request: FetchRequest, want: EntryRow, ends: readonly EntryRow[]): number {
  const end = endBelow(ends, want);
  if (request.depth === undefined) return end?.seq ?? 1;
  return Math.max(1, request.relative && end !== undefined ? end.seq - request.depth : want.seq - request.depth + 1);
}

function boundaryAt(tables: LedgerTables, floor: number, ends: readonly EntryRow[]): Answer['boundary'] {
  const cut = floor > 1 ? tables.entryBySeq(floor) : undefined;
  return {
    shallow: cut === undefined || ends.some((end) => end.seq === floor) ? [] : [cut.oid],
    unshallow: ends.filter((end) => end.seq > floor).map((end) => end.oid),
  };
}

interface Held {
  readonly from: number;
  readonly to: number;
}

function walk(
  tables: LedgerTables,
  span: { readonly floor: number; readonly to: number; readonly held: readonly Held[] },
): number[] | string {
  const seen = new Set<string>();
  const readTree = createTreeReader(tables);
  const visit = (seq: number): readonly string[] => {
    const entry = tables.entryBySeq(seq);
    const tree = entry === undefined ? undefined : rootTree(tables, entry.oid);
    return entry === undefined || tree === undefined ? [] : [entry.oid, ...newBelow(readTree, tree, seen)];
  };
  for (const { from, to } of span.held) for (const seq of new Set([from, to])) visit(seq);
  const ids: number[] = [];
  for (let seq = span.floor; seq <= span.to; seq++) {
    if (span.held.some(({ from, to }) => seq >= from && seq <= to)) continue;
    for (const oid of visit(seq)) {
      const id = tables.idOf(oid);
      if (id !== undefined) ids.push(id);
    }
    if (seen.size > MAX_WALKED) return 'this depth is too much for one request; clone without --depth';
  }
  return ids.sort((a, b) => a - b);
}

/** A tree and everything below it that was not seen before. */
function newBelow(readTree: TreeReader, root: string, seen: Set<string>): string[] {
  const found: string[] = [];
  const open = seen.has(root) ? [] : [root];
  for (let tree = open.pop(); tree !== undefined; tree = open.pop()) {
    seen.add(tree);
    found.push(tree);
    for (const entry of readTree(tree)) {
      if (seen.has(entry.oid)) continue;
      if (entry.mode === '40000') open.push(entry.oid);
      else found.push(entry.oid);
      seen.add(entry.oid);
    }
  }
  return found;
}
