/**
 * What a server says first, at `info/refs`: with protocol 2 its capabilities, with the older protocols capabilities and
 * all refs at once. https://git-scm.com/docs/protocol-v2#_capability_advertisement, https://git-scm.com/docs/http-protocol
 */
import type { ByteReader } from './byte-reader.ts';
import { refuse } from './failure.ts';
import { isOid } from './object-id.ts';
import { packetText, readPacket } from './pkt-line.ts';

export interface Ref {
  readonly name: string;
  readonly oid: string;
  /** The object that an annotated tag leads to. */
  readonly peeled?: string;
  /** The ref that a symbolic one stands for. */
  readonly target?: string;
}

/** `fetch` holds the features of protocol 2's fetch command. */
export type Advertisement =
  | { readonly version: 2; readonly fetch: readonly string[] }
  | { readonly version: 0; readonly capabilities: readonly string[]; readonly refs: readonly Ref[] };

const MAX_REFS = 200_000;

/** Reads an advertisement; fails with git.protocol. */
export async function readAdvertisement(reader: ByteReader): Promise<Advertisement> {
  const lines: string[] = [];
  let flushes = 0;
  // Smart HTTP puts a section of its own in front: "# service=git-upload-pack", flush. Some servers leave it out for protocol 2.
  for (;;) {
    const packet = await readPacket(reader);
    if (packet === undefined) {
      // A list is complete only with its end. Two ends and nothing between them are an empty repository on an old server.
      if (lines.length === 0 && flushes > 1) break;
      if (lines.length === 0 && flushes === 0) return refuse('git.protocol', 'the Git server answered nothing');
      return refuse('git.unavailable', 'the answer of the Git server ended too early');
    }
    if (packet.kind === 'flush') {
      flushes += 1;
      if (lines.length > 0) break;
      continue;
    }
    if (packet.kind !== 'data') return refuse('git.protocol', 'the Git server sent an advertisement that is not valid');
    const line = packetText(packet.payload);
    if (!line.startsWith('# service=')) lines.push(line);
    if (lines.length > MAX_REFS) return refuse('git.limit', `the repository has more than ${MAX_REFS} refs`);
  }
  if (lines[0] === 'version 2') return toVersion2(lines.slice(1));
  return toVersion0(lines[0] === 'version 1' ? lines.slice(1) : lines);
}

function refuseSha256(format: string | undefined): void {
  if (format !== undefined && format !== 'sha1')
    refuse('git.protocol', `the repository uses ${format.slice(0, 20)} object ids, which are not supported`);
}

function toVersion2(lines: readonly string[]): Advertisement {
  const value = (name: string): string | undefined =>
    lines.find((line) => line === name || line.startsWith(`${name}=`))?.slice(name.length + 1);
  refuseSha256(value('object-format'));
  if (value('ls-refs') === undefined || value('fetch') === undefined)
    return refuse('git.protocol', 'the Git server offers no fetch');
  return { version: 2, fetch: (value('fetch') ?? '').split(' ') };
}

function toVersion0(lines: readonly string[]): Advertisement {
  const [first = '', ...rest] = lines;
  const zero = first.indexOf('\0');
  const capabilities = zero === -1 ? [] : first.slice(zero + 1).split(' ');
  refuseSha256(capabilities.find((capability) => capability.startsWith('object-format='))?.slice('object-format='.length));
  const targets = new Map(
    capabilities
      .filter((capability) => capability.startsWith('symref='))
      .map((capability) => [capability.slice(7, capability.indexOf(':')), capability.slice(capability.indexOf(':') + 1)]),
  );
  const refs: Ref[] = [];
  for (const line of [zero === -1 ? first : first.slice(0, zero), ...rest]) {
    const oid = line.slice(0, 40);
    const name = line.slice(41);
    // "capabilities^{}" stands in an empty repository; shallow lines tell that the server's own history is cut.
    if (line.startsWith('shallow ') || name === 'capabilities^{}' || line === '') continue;
    if (!isOid(oid) || name === '') return refuse('git.protocol', 'the Git server sent a ref that is not valid');
    const last = refs.at(-1);
    if (name.endsWith('^{}') && last !== undefined && name === `${last.name}^{}`)
      refs[refs.length - 1] = { ...last, peeled: oid };
    else refs.push({ name, oid, ...(targets.has(name) ? { target: targets.get(name) ?? '' } : {}) });
  }
  return { version: 0, capabilities, refs };
}
