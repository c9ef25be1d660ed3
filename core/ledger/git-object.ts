import { sha1 } from '@noble/hashes/legacy.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { fromUtf8, toHex, toUtf8 } from '../json/bytes.ts';

/**
 * The three Git objects that the ledger is made of, as bytes (https://git-scm.com/docs/gitformat-pack, git/tree.c, git/commit.c).
 *
 *   oid    = SHA-1( type SP size NUL data )
 *   tree   = { mode SP name NUL oid[20] } sorted by name, a folder's name counting as if it ended in "/"
 *   commit = "tree" SP oid LF ["parent" SP oid LF] "author" SP who LF "committer" SP who LF ["gpgsig" SP armor LF] LF message
 *   who    = name SP "<" email ">" SP seconds SP zone
 *
 * A signature covers the commit without its gpgsig header; the lines of a header after the first begin with a space.
 */
export type GitType = 'commit' | 'tree' | 'blob';

export interface TreeEntry {
  /** `40000` (a folder) or `100644` (a file): the ledger holds nothing else. */
  readonly mode: string;
  readonly name: string;
  /** 40 hex digits. */
  readonly oid: string;
}

/** Who did something and when; `zone` as Git writes it (`+0200`). */
export interface GitPerson {
  readonly name: string;
  readonly email: string;
  readonly seconds: number;
  readonly zone: string;
}

export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
}

/** The id of an object: 40 hex digits. */
export function objectId(type: GitType, data: Uint8Array): string {
  const hash = sha1.create();
  hash.update(toUtf8(`${type} ${data.length}\0`));
  hash.update(data);
  return toHex(hash.digest());
}

/** The bytes of a tree; the entries may come in any order, and their names must differ. Throws for names beyond ASCII, which a ledger has not. */
export function writeTree(entries: readonly TreeEntry[]): Uint8Array {
  const sorted = entries
    .map((entry) => ({ entry, order: entry.mode === '40000' ? `${entry.name}/` : entry.name }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const bytes = new Uint8Array(entries.reduce((sum, { mode, name }) => sum + mode.length + name.length + 22, 0));
  let at = 0;
  for (const { entry } of sorted) {
    // Letter by letter: a list of a thousand Apps is written in every entry, and an encoder costs more than its text.
    const head = `${entry.mode} ${entry.name}\0`;
    for (let i = 0; i < head.length; i++) {
      const code = head.charCodeAt(i);
      if (code > 0x7f) throw new Error(`a name in a tree is not ASCII: ${entry.name}`);
      bytes[at++] = code;
    }
    bytes.set(hexToBytes(entry.oid), at);
    at += 20;
  }
  return bytes;
}

/** Reads a tree. Throws for bytes that are not one: the caller reads only what it has checked by oid. */
export function parseTree(bytes: Uint8Array): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space);
    if (space === -1 || nul === -1 || nul + 21 > bytes.length) throw new Error('not a Git tree');
    entries.push({
      mode: toText(bytes.subarray(at, space)),
      name: toText(bytes.subarray(space + 1, nul)),
      oid: toHex(bytes.subarray(nul + 1, nul + 21)),
    });
    at = nul + 21;
  }
  return entries;
}

function toText(bytes: Uint8Array): string {
  let ascii = '';
  for (const byte of bytes) {
    if (byte >= 0x80) return readUtf8(bytes);
    ascii += String.fromCharCode(byte);
  }
  return ascii;
}

function readUtf8(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new Error('a Git object of the ledger is not UTF-8');
  return text;
}

/** The text of a commit; with `signature` (armored, see ssh-signature.ts) as it is stored, without it as it is signed. */
export function writeCommit(commit: Commit, signature?: string): string {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${writePerson(commit.author)}`,
    `committer ${writePerson(commit.committer)}`,
  ];
  if (signature !== undefined) lines.push(`gpgsig ${signature.trimEnd().replaceAll('\n', '\n ')}`);
  return `${lines.join('\n')}\n\n${commit.message}`;
}

function writePerson(person: GitPerson): string {
  return `${cleanName(person.name)} <${cleanName(person.email)}> ${person.seconds} ${person.zone}`;
}

/** Git reads a person up to `<`, `>` or the end of the line: none of them may come from a name. */
function cleanName(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f<>]/g, ' ').trim();
}

export interface ParsedCommit extends Commit {
  readonly signature: string | undefined;
  /** The bytes that the signature covers. */
  readonly signed: Uint8Array;
}

/** The tree of a commit that this project wrote: it stands at a fixed place. */
export function treeOfCommit(bytes: Uint8Array): string {
  return toText(bytes.subarray('tree '.length, 'tree '.length + 40));
}

/** Reads a commit of the ledger; undefined when it is not one (unknown or missing headers, not UTF-8). */
export function parseCommit(bytes: Uint8Array): ParsedCommit | undefined {
  const text = fromUtf8(bytes);
  const end = text?.indexOf('\n\n') ?? -1;
  if (text === undefined || end === -1) return undefined;
  const headers = text.slice(0, end).replaceAll('\n ', '\0').split('\n').map(splitHeader);
  const all = (name: string) => headers.filter((header) => header.name === name).map((header) => header.value);
  const [tree] = all('tree');
  const author = parsePerson(all('author')[0]);
  const committer = parsePerson(all('committer')[0]);
  const [signature] = all('gpgsig');
  if (tree === undefined || author === undefined || committer === undefined) return undefined;
  const commit = { tree, parents: all('parent'), author, committer, message: text.slice(end + 2) };
  // Writing it again proves that nothing was in it that this reader does not know: what is verified is what is shown.
  const armor = signature?.replaceAll('\0', '\n');
  if (writeCommit(commit, armor) !== text) return undefined;
  return { ...commit, signature: armor, signed: toUtf8(writeCommit(commit)) };
}

function splitHeader(line: string): { readonly name: string; readonly value: string } {
  const space = line.indexOf(' ');
  return { name: line.slice(0, space), value: line.slice(space + 1) };
}

function parsePerson(text: string | undefined): GitPerson | undefined {
  const match = text === undefined ? null : /^(.*) <(.*)> (\d+) ([+-]\d{4})$/.exec(text);
  if (match === null) return undefined;
  const [, name = '', email = '', seconds, zone = ''] = match;
  return { name, email, seconds: Number(seconds), zone };
}
