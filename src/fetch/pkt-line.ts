/**
 * pkt-line, the framing of Git's wire protocol: four hexadecimal digits of length, which count themselves, then the
 * payload. Lengths 0, 1 and 2 carry nothing and are marks: flush, delimiter, end of response; 3 is invalid.
 * https://git-scm.com/docs/protocol-common#_pkt_line_format
 */
import type { ByteReader } from './byte-reader.ts';
import { refuse } from './failure.ts';

export type Packet =
  | { readonly kind: 'data'; readonly payload: Uint8Array }
  | { readonly kind: 'flush' }
  | { readonly kind: 'delimiter' }
  | { readonly kind: 'end' };

/** A line to send, or one of the marks. */
export type Line = string | 'flush' | 'delimiter';

const MARKS = { flush: '0000', delimiter: '0001' } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Frames lines (a newline is added to each) and the marks `flush` and `delimiter`. */
export function encodePackets(lines: readonly Line[]): Uint8Array {
  let text = '';
  for (const line of lines) {
    if (line === 'flush' || line === 'delimiter') text += MARKS[line];
    else text += `${(encoder.encode(line).length + 5).toString(16).padStart(4, '0')}${line}\n`;
  }
  return encoder.encode(text);
}

function parseLength(digits: Uint8Array): number {
  let length = 0;
  for (const digit of digits) {
    const value = digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57;
    if (value < 0 || value > 15) return -1;
    length = length * 16 + value;
  }
  return length;
}

/**
 * Reads the next packet; undefined at a clean end of the stream.
 * Fails with git.protocol for what is not a packet, git.unavailable when it is cut short, and for an `ERR` line as `refuseRemote` says.
 */
export async function readPacket(reader: ByteReader): Promise<Packet | undefined> {
  if (reader.available === 0 && !(await reader.fill())) return undefined;
  const length = parseLength(await reader.take(4));
  if (length === 0) return { kind: 'flush' };
  if (length === 1) return { kind: 'delimiter' };
  if (length === 2) return { kind: 'end' };
  if (length < 4) return refuse('git.protocol', 'the server sent something that is not the Git protocol');
  const payload = await reader.take(length - 4);
  // "ERR " is how a server says why it gives up.
  if (payload[0] === 0x45 && payload[1] === 0x52 && payload[2] === 0x52 && payload[3] === 0x20) refuseRemote(payload.subarray(4));
  return { kind: 'data', payload };
}

/** The text of a payload without the newline that ends it. */
export function packetText(payload: Uint8Array): string {
  const end = payload.at(-1) === 0x0a ? payload.length - 1 : payload.length;
  return decoder.decode(payload.subarray(0, end));
}

/**
 * Ends the work with what the server complained about: git.ref_missing for an object that it does not have (any more),
 * else git.protocol. The words of a stranger are shortened and stripped of control characters.
 */
export function refuseRemote(complaint: Uint8Array): never {
  const text = cleanRemoteText(complaint);
  const missing = /not our ref|no such remote ref|unadvertised object|not found/i.test(text);
  return refuse(missing ? 'git.ref_missing' : 'git.protocol', `the Git server refused: ${text}`);
}

/** The words of a server as one line that may be shown. */
export function cleanRemoteText(words: Uint8Array): string {
  return (
    decoder
      .decode(words)
      .replace(/[^\x20-\x7e]+/g, ' ')
      // Never repeat what looks like a credential in a URL.
      .replace(/\/\/[^/\s@]*@/g, '//')
      .trim()
      .slice(0, 200)
  );
}
