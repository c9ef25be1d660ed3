/**
 * pkt-line, the framing of Git's wire protocol, from the server's side (gitprotocol-common): four hexadecimal digits of length, which count
 * themselves, then the payload. Lengths 0, 1 and 2 are marks without a payload, 3 is invalid.
 */
export type Packet = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'flush' | 'delimiter' | 'end' };

const MARKS = ['flush', 'delimiter', 'end'] as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const FLUSH: Uint8Array = encoder.encode('0000');
export const DELIMITER: Uint8Array = encoder.encode('0001');

/** The most that one packet carries. */
export const MAX_PAYLOAD = 65_516;

/** Reads all packets of a request; line feeds at the end of a line are dropped. undefined when the framing is broken. */
export function parsePackets(bytes: Uint8Array): Packet[] | undefined {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; ) {
    const digits = decoder.decode(bytes.subarray(at, at + 4));
    const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : 3;
    if (length === 3 || at + length > bytes.length) return undefined;
    const mark = MARKS[length];
    if (mark === undefined)
      packets.push({ kind: 'line', text: decoder.decode(bytes.subarray(at + 4, at + length)).replace(/\n$/, '') });
    else packets.push({ kind: mark });
    at += Math.max(length, 4);
  }
  return packets;
}

/** Frames one line, a line feed added. */
export function writeLine(text: string): Uint8Array {
  const payload = encoder.encode(`${text}\n`);
  return frame([payload]);
}

/** Frames bytes for a side band: 1 is data, 3 an error that ends everything. */
export function writeBand(band: 1 | 3, payload: Uint8Array): Uint8Array {
  return frame([Uint8Array.of(band), payload]);
}

function frame(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  const bytes = new Uint8Array(length);
  bytes.set(encoder.encode(length.toString(16).padStart(4, '0')));
  let at = 4;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Puts packets one behind the other. */
export function joinPackets(packets: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + packet.length, 0));
  let at = 0;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  return bytes;
}
