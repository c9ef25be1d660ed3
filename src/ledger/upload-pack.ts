import { type FetchRequest, parseFetchV0, parseFetchV2 } from './fetch-request.ts';
import { packPieces } from './pack-stream.ts';
import { DELIMITER, FLUSH, joinPackets, MAX_PAYLOAD, parsePackets, writeBand, writeLine } from './pkt-line.ts';
import { type Answer, type Selection, selectObjects } from './select-objects.ts';
import type { EntryRow, LedgerTables } from './tables.ts';

/**
 * Git's upload-pack over HTTP: each request stands for itself and says again what the client wants and has (gitprotocol-v2,
 * gitprotocol-pack, gitprotocol-http). One branch, main, which only grows; any commit on it may be wanted, because it may have been the newest
 * when the client asked.
 */
export const BRANCH = 'refs/heads/main';
const AGENT = 'agent=plumbline';
const V0_CAPABILITIES = `multi_ack multi_ack_detailed no-done side-band side-band-64k thin-pack shallow deepen-relative no-progress ofs-delta include-tag symref=HEAD:${BRANCH} object-format=sha1 ${AGENT}`;
const NO_OBJECT = '0'.repeat(40);

/** What is answered: bytes, and a pack behind them. */
export interface UploadAnswer {
  readonly head: Uint8Array;
  readonly pack?: { readonly pieces: Generator<Uint8Array>; readonly band: 'none' | 'small' | 'large' };
}

/** The first answer to a client: which refs there are (version 0), or what the server can do (version 2). */
export function advertise(tables: LedgerTables, version: 0 | 2): Uint8Array {
  if (version === 2) {
    const lines = ['version 2', AGENT, 'ls-refs=unborn', 'fetch=shallow', 'object-format=sha1'];
    return joinPackets([...lines.map(writeLine), FLUSH]);
  }
  const head = tables.head()?.oid;
  const refs =
    head === undefined
      ? [`${NO_OBJECT} capabilities^{}\0${V0_CAPABILITIES}`]
      : [`${head} HEAD\0${V0_CAPABILITIES}`, `${head} ${BRANCH}`];
  return joinPackets([writeLine('# service=git-upload-pack'), FLUSH, ...refs.map(writeLine), FLUSH]);
}

/** Answers a request of either version. What a client gets wrong is told in a way that stock Git shows ("remote error: …"). */
export function answerUploadPack(tables: LedgerTables, version: 0 | 2, body: Uint8Array): UploadAnswer {
  const packets = parsePackets(body);
  if (packets === undefined) return refuse('the request is not framed as pkt-lines');
  if (version === 0)
    return packets.length === 1 && packets[0]?.kind === 'flush'
      ? { head: new Uint8Array(0) }
      : fetchV0(tables, parseFetchV0(packets));
  const lines = packets.flatMap((packet) => (packet.kind === 'line' ? [packet.text] : []));
  const start = packets.findIndex((packet) => packet.kind === 'delimiter');
  const args = start === -1 ? [] : packets.slice(start).flatMap((packet) => (packet.kind === 'line' ? [packet.text] : []));
  if (lines.includes('command=ls-refs')) return { head: listRefs(tables, args) };
  if (lines.includes('command=fetch')) return fetchV2(tables, parseFetchV2(args));
  return refuse('only ls-refs and fetch are known here');
}

function refuse(reason: string): UploadAnswer {
  return { head: writeLine(`ERR upload-pack: ${reason}`) };
}

function listRefs(tables: LedgerTables, args: readonly string[]): Uint8Array {
  const head = tables.head()?.oid;
  const prefixes = args.flatMap((arg) => (arg.startsWith('ref-prefix ') ? [arg.slice('ref-prefix '.length)] : []));
  const target = args.includes('symrefs') ? ` symref-target:${BRANCH}` : '';
  const unborn = args.includes('unborn') ? [`unborn HEAD${target}`] : [];
  const refs =
    head === undefined
      ? unborn
      : ['HEAD', BRANCH]
          .filter((ref) => prefixes.length === 0 || prefixes.some((prefix) => ref.startsWith(prefix)))
          .map((ref) => `${head} ${ref}${ref === 'HEAD' ? target : ''}`);
  return joinPackets([...refs.map(writeLine), FLUSH]);
}

interface Known {
  readonly wants: readonly EntryRow[];
  /** Commits that both sides have, in the client's order. */
  readonly haves: readonly EntryRow[];
}

function lookUp(tables: LedgerTables, request: FetchRequest): Known | string {
  const wants: EntryRow[] = [];
  for (const oid of request.wants) {
    const entry = tables.entryByOid(oid);
    if (entry === undefined) return `not our ref ${oid}`;
    wants.push(entry);
  }
  return { wants, haves: request.haves.flatMap((oid) => tables.entryByOid(oid) ?? []) };
}

/**
 * Version 2. Without `done` the client is told which of its commits are known; the history being one line, a single one of them is
 * enough to go ahead ("ready"), and the pack follows at once.
 */
function fetchV2(tables: LedgerTables, request: FetchRequest | string): UploadAnswer {
  if (typeof request === 'string') return refuse(request);
  const known = lookUp(tables, request);
  if (typeof known === 'string') return refuse(known);
  const sections: Uint8Array[] = [];
  if (!request.done) {
    sections.push(writeLine('acknowledgments'));
    if (known.haves.length === 0) return { head: joinPackets([...sections, writeLine('NAK'), FLUSH]) };
    sections.push(...known.haves.map((entry) => writeLine(`ACK ${entry.oid}`)), writeLine('ready'), DELIMITER);
  }
  const answer = selectObjects(tables, request, known);
  if (typeof answer === 'string') return refuse(answer);
  if (answer.boundary !== undefined) sections.push(writeLine('shallow-info'), ...boundaryLines(answer.boundary), DELIMITER);
  sections.push(writeLine('packfile'));
  return withPack(tables, { request, selection: answer.selection, band: 'large' }, sections);
}

function boundaryLines({ shallow, unshallow }: NonNullable<Answer['boundary']>): Uint8Array[] {
  return [...shallow.map((oid) => writeLine(`shallow ${oid}`)), ...unshallow.map((oid) => writeLine(`unshallow ${oid}`))];
}

/** Version 0, with the three ways of acknowledging that it has (gitprotocol-pack, "Packfile Negotiation"). */
function fetchV0(tables: LedgerTables, request: FetchRequest | string): UploadAnswer {
  if (typeof request === 'string') return refuse(request);
  const known = lookUp(tables, request);
  if (typeof known === 'string') return refuse(known);
  const answer = selectObjects(tables, request, known);
  if (typeof answer === 'string') return refuse(answer);
  const { capabilities } = request;
  const boundary = answer.boundary === undefined ? [] : [...boundaryLines(answer.boundary), FLUSH];
  const last = known.haves.at(-1);
  // With nothing behind the wants, a client asks only where its history is to end.
  if (!request.negotiates) return { head: joinPackets(boundary) };
  const ending = request.done || (capabilities.has('no-done') && last !== undefined);
  const sections = [...boundary, ...acknowledge(request, known)];
  if (!ending) return { head: joinPackets(sections) };
  const band = capabilities.has('side-band-64k') ? 'large' : capabilities.has('side-band') ? 'small' : 'none';
  return withPack(tables, { request, selection: answer.selection, band }, sections);
}

function acknowledge({ capabilities, done }: FetchRequest, { haves }: Known): Uint8Array[] {
  const detailed = capabilities.has('multi_ack_detailed');
  const several = detailed || capabilities.has('multi_ack');
  const [first] = haves;
  const last = haves.at(-1);
  if (first === undefined || last === undefined) return [writeLine('NAK')];
  if (!several) return [writeLine(`ACK ${first.oid}`)];
  const each = haves.map((entry) => writeLine(`ACK ${entry.oid} ${detailed ? 'common' : 'continue'}`));
  const final = writeLine(`ACK ${last.oid}`);
  if (done) return [...each, final];
  if (detailed) each.push(writeLine(`ACK ${last.oid} ready`));
  return [...each, writeLine('NAK'), ...(capabilities.has('no-done') ? [final] : [])];
}

function withPack(
  tables: LedgerTables,
  what: { readonly request: FetchRequest; readonly selection: Selection; readonly band: 'none' | 'small' | 'large' },
  sections: readonly Uint8Array[],
): UploadAnswer {
  const pieces = packPieces({ tables, selection: what.selection, thin: what.request.capabilities.has('thin-pack') });
  return { head: joinPackets(sections), pack: { pieces, band: what.band } };
}

/** A side band takes one byte of a packet; the small one ends at 1000 bytes in all. */
const BAND_BYTES = { small: 995, large: MAX_PAYLOAD - 1 } as const;
const PIECE_BYTES = MAX_PAYLOAD - 1;

/** The answer as a stream, made only as fast as it is read. */
export function streamAnswer({ head, pack }: UploadAnswer): ReadableStream<Uint8Array> {
  const chunks = pack === undefined ? [head][Symbol.iterator]() : answerChunks(head, pack);
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const next = chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
    },
    { highWaterMark: 0 },
  );
}

function* answerChunks(head: Uint8Array, { pieces, band }: NonNullable<UploadAnswer['pack']>): Generator<Uint8Array> {
  yield head;
  if (band === 'none') {
    yield* regroup(pieces, PIECE_BYTES);
    return;
  }
  for (const chunk of regroup(pieces, BAND_BYTES[band])) yield writeBand(1, chunk);
  yield FLUSH;
}

/** Cuts and joins pieces into chunks of exactly `size` bytes; the last may be shorter. */
function* regroup(pieces: Iterable<Uint8Array>, size: number): Generator<Uint8Array> {
  let chunk = new Uint8Array(size);
  let filled = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + size - filled);
      chunk.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === size) {
        yield chunk;
        chunk = new Uint8Array(size);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
