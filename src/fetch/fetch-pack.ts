/**
 * Asking for a pack: the newest commits (`want`) without their history (`deepen 1`), as a difference to what is here
 * (`have`, `thin-pack`). Everything is said in one request that ends with `done`, so there is no negotiation; a server
 * that does not know what we have sends everything. Our own commits have no parents here, which `shallow` tells.
 * https://git-scm.com/docs/protocol-v2#_fetch, https://git-scm.com/docs/pack-protocol
 */
import type { Advertisement } from './advertisement.ts';
import type { ByteReader, NextBytes } from './byte-reader.ts';
import { refuse } from './failure.ts';
import { encodePackets, type Line, type Packet, packetText, readPacket, refuseRemote } from './pkt-line.ts';

export interface PackQuestion {
  readonly wants: readonly string[];
  /** Commits whose trees are complete here. */
  readonly haves: readonly string[];
}

/** The body of the request, in the server's protocol. */
export function encodePackQuestion(server: Advertisement, question: PackQuestion): Uint8Array {
  return server.version === 2 ? encodeVersion2(server.fetch, question) : encodeVersion0(server.capabilities, question);
}

function encodeVersion2(features: readonly string[], { wants, haves }: PackQuestion): Uint8Array {
  return encodePackets([
    'command=fetch',
    'agent=plumbline',
    'object-format=sha1',
    'delimiter',
    ...(haves.length > 0 ? ['thin-pack'] : []),
    'no-progress',
    'ofs-delta',
    ...wants.map((oid) => `want ${oid}`),
    ...(features.includes('shallow') ? [...haves.map((oid) => `shallow ${oid}`), 'deepen 1'] : []),
    ...haves.map((oid) => `have ${oid}`),
    'done',
    'flush',
  ]);
}

function encodeVersion0(offered: readonly string[], { wants, haves }: PackQuestion): Uint8Array {
  const band =
    offered.find((capability) => capability === 'side-band-64k') ?? offered.find((capability) => capability === 'side-band');
  if (band === undefined) return refuse('git.protocol', 'the Git server is too old: it offers no side-band');
  const useful = ['multi_ack_detailed', 'no-progress', 'ofs-delta', ...(haves.length > 0 ? ['thin-pack'] : [])];
  const capabilities = [band, ...useful.filter((capability) => offered.includes(capability)), 'agent=plumbline'];
  const shallow: Line[] = offered.includes('shallow') ? [...haves.map((oid) => `shallow ${oid}`), 'deepen 1'] : [];
  return encodePackets([
    ...wants.map((oid, i) => (i === 0 ? `want ${oid} ${capabilities.join(' ')}` : `want ${oid}`)),
    ...shallow,
    'flush',
    ...haves.map((oid) => `have ${oid}`),
    'done',
  ]);
}

/**
 * Skips to the pack in an answer and gives its bytes. Fails with git.ref_missing when the server does not have what was
 * wanted, git.protocol, or git.unavailable when the answer is cut.
 */
export async function openPack(server: Advertisement, reader: ByteReader): Promise<NextBytes> {
  const first = server.version === 2 ? await skipToPackfile(reader) : await skipAcknowledgements(reader);
  return readBands(reader, first);
}

const tooEarly = (): never => refuse('git.unavailable', 'the answer of the Git server ended too early');

/** Protocol 2 names its sections; the pack is the last one. */
async function skipToPackfile(reader: ByteReader): Promise<undefined> {
  for (;;) {
    const packet = (await readPacket(reader)) ?? tooEarly();
    if (packet.kind === 'flush') return refuse('git.protocol', 'the Git server sent no pack');
    if (packet.kind === 'data' && packetText(packet.payload) === 'packfile') return undefined;
  }
}

/** The older protocols send shallow lines up to a flush, acknowledgements, and then the pack's first packet, which is given. */
async function skipAcknowledgements(reader: ByteReader): Promise<Packet> {
  for (;;) {
    const packet = (await readPacket(reader)) ?? tooEarly();
    if (packet.kind !== 'data') continue;
    // A band is 1, 2 or 3; lines begin with a letter.
    if ((packet.payload[0] ?? 0) <= 3) return packet;
  }
}

/** The side-band: band 1 is the pack, band 2 progress, band 3 why the server gave up. */
function readBands(reader: ByteReader, first: Packet | undefined): NextBytes {
  let ahead = first;
  let isOver = false;
  return async () => {
    while (!isOver) {
      const packet = ahead ?? (await readPacket(reader)) ?? tooEarly();
      ahead = undefined;
      if (packet.kind !== 'data') {
        isOver = true;
        continue;
      }
      const band = packet.payload[0];
      if (band === 1 && packet.payload.length > 1) return packet.payload.subarray(1);
      if (band === 3) refuseRemote(packet.payload.subarray(1));
      if (band === undefined || band > 3) refuse('git.protocol', 'the Git server sent a pack that is not framed');
    }
    return undefined;
  };
}
