/**
 * Git's trees as they stand, byte for byte: { mode SP name NUL oid[20] }, sorted by name, a folder's name counting as if it ended in "/". Git asks for
 * no encoding of names, so a name is a text of one character per byte (Latin-1), which can be compared and written back unharmed.
 */
export interface RawEntry {
  /** As the tree writes it: `100644`, `100755`, `120000`, `160000`, `40000`. */
  readonly mode: string;
  readonly name: string;
  /** 40 hex digits. */
  readonly oid: string;
}

export type RawTree = ReadonlyMap<string, RawEntry>;

const FOLDER = '40000';

/** True for an entry that is a tree itself. */
export function isFolder(entry: RawEntry): boolean {
  return entry.mode === FOLDER;
}

/** A plain file, executable or not: what lines can be merged in. */
export function isFile(entry: RawEntry): boolean {
  return entry.mode.startsWith('100');
}

/** One character per byte. */
export function toLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** Bytes of a text in which each character is one byte. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A name or a path as people read it. */
export function toText(latin1: string): string {
  return new TextDecoder().decode(fromLatin1(latin1));
}

/** Reads a tree whose bytes were checked by whoever fetched them; undefined when they are no tree. */
export function parseRawTree(bytes: Uint8Array): RawTree | undefined {
  const tree = new Map<string, RawEntry>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space);
    if (space === -1 || nul === -1 || nul + 21 > bytes.length) return undefined;
    // Some old programs wrote `040000`.
    const mode = toLatin1(bytes.subarray(at, space)).replace(/^0+/, '');
    const name = toLatin1(bytes.subarray(space + 1, nul));
    const oid = [...bytes.subarray(nul + 1, nul + 21)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    tree.set(name, { mode, name, oid });
    at = nul + 21;
  }
  return tree;
}

/** The bytes of a tree; the entries may come in any order. */
export function writeRawTree(entries: Iterable<RawEntry>): Uint8Array<ArrayBuffer> {
  const sorted = [...entries]
    .map((entry) => ({ entry, order: isFolder(entry) ? `${entry.name}/` : entry.name }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  return fromLatin1(
    sorted
      .map(({ entry }) => {
        const oid = entry.oid.replace(/../g, (hex) => String.fromCharCode(Number.parseInt(hex, 16)));
        return `${entry.mode} ${entry.name}\0${oid}`;
      })
      .join(''),
  );
}
