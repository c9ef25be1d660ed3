/**
 * `ls-refs` of protocol 2: the server names only the refs below the prefixes asked for, so that asking whether a
 * branch moved costs some hundred bytes however many refs there are. https://git-scm.com/docs/protocol-v2#_ls_refs
 */
import type { Ref } from './advertisement.ts';
import type { ByteReader } from './byte-reader.ts';
import { refuse } from './failure.ts';
import { isOid } from './object-id.ts';
import { encodePackets, packetText, readPacket } from './pkt-line.ts';

/** The body of the request. */
export function encodeLsRefs(prefixes: readonly string[]): Uint8Array {
  return encodePackets([
    'command=ls-refs',
    'agent=plumbline',
    'object-format=sha1',
    'delimiter',
    'peel',
    'symrefs',
    ...prefixes.map((prefix) => `ref-prefix ${prefix}`),
    'flush',
  ]);
}

/** Reads the answer; fails with git.protocol, or git.unavailable when it is cut: a list without its end says nothing. */
export async function readLsRefs(reader: ByteReader): Promise<Ref[]> {
  const refs: Ref[] = [];
  // What a server answers that does not know the question.
  if (reader.available === 0 && !(await reader.fill())) return refuse('git.protocol', 'the Git server answered nothing');
  for (;;) {
    const packet = await readPacket(reader);
    if (packet === undefined) return refuse('git.unavailable', 'the answer of the Git server ended too early');
    if (packet.kind === 'flush') return refs;
    if (packet.kind !== 'data') return refuse('git.protocol', 'the Git server sent a list of refs that is not valid');
    const [oid = '', name = '', ...attributes] = packetText(packet.payload).split(' ');
    // HEAD of a branch that has no commit yet.
    if (oid === 'unborn') continue;
    if (!isOid(oid) || name === '') return refuse('git.protocol', 'the Git server sent a ref that is not valid');
    const value = (key: string): string | undefined => attributes.find((one) => one.startsWith(`${key}:`))?.slice(key.length + 1);
    const peeled = value('peeled');
    const target = value('symref-target');
    refs.push({ name, oid, ...(peeled === undefined ? {} : { peeled }), ...(target === undefined ? {} : { target }) });
  }
}
