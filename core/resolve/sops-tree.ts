import { sha512 } from '@noble/hashes/sha2.js';
import { fromUtf8, toHex } from '../json/bytes.ts';
import { macBytes, type OpenEnvelope, parseEnvelope, type SopsValue } from './sops-envelope.ts';
import type { SopsMetadata } from './sops-metadata.ts';

/** A decrypted document: maps keep the order of their keys, which JavaScript objects do not for keys that look like numbers. */
export type SopsTree = SopsValue | null | readonly SopsTree[] | ReadonlyMap<string, SopsTree>;

/**
 * The MAC of a document: SHA-512 over its values in the order of the file, keys and comments left out; or, with mac_only_encrypted, over those that are
 * encrypted, behind 32 known bytes that keep the two kinds apart. In upper-case hex, encrypted in the metadata.
 */
export class MacOfValues {
  readonly #hash = sha512.create();
  readonly #onlyEncrypted: boolean;

  constructor(onlyEncrypted: boolean) {
    this.#onlyEncrypted = onlyEncrypted;
    if (onlyEncrypted) this.#hash.update(ONLY_ENCRYPTED);
  }

  add(value: SopsValue, encrypted: boolean): void {
    if (encrypted || !this.#onlyEncrypted) this.#hash.update(macBytes(value));
  }

  /** True when it is the MAC that the metadata holds. */
  matches(metadata: SopsMetadata, open: OpenEnvelope): boolean {
    const envelope = parseEnvelope(metadata.mac);
    const expected = envelope === undefined ? undefined : open(envelope, metadata.lastModified);
    return expected !== undefined && fromUtf8(expected) === toHex(this.#hash.digest()).toUpperCase();
  }
}

/** SHA-256 of `sops`. */
const ONLY_ENCRYPTED = Uint8Array.of(
  ...[0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b],
  ...[0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69],
);

/** JSON as SOPS writes it: tabs, and `<`, `>`, `&` escaped as Go does. */
export function treeJson(tree: SopsTree): string {
  return `${jsonOf(tree, '\n')}\n`.replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function jsonOf(tree: SopsTree, line: string): string {
  const deeper = `${line}\t`;
  if (tree instanceof Map) {
    const entries = [...tree].map(([key, value]) => `${deeper}${JSON.stringify(key)}: ${jsonOf(value, deeper)}`);
    return entries.length === 0 ? '{}' : `{${entries.join(',')}${line}}`;
  }
  // Maps were dealt with above; Array.isArray does not narrow readonly arrays.
  if (!Array.isArray(tree)) return JSON.stringify(tree);
  const items = (tree as readonly SopsTree[]).map((item) => deeper + jsonOf(item, deeper));
  return items.length === 0 ? '[]' : `[${items.join(',')}${line}]`;
}

/** Lines of `key=value`; undefined when a value is a list or a map. */
export function treeDotenv(tree: ReadonlyMap<string, SopsTree>): string | undefined {
  let text = '';
  for (const [key, value] of tree) {
    if (typeof value === 'object' && value !== null) return undefined;
    text += `${key}=${String(value ?? '').replaceAll('\n', '\\n')}\n`;
  }
  return text;
}
