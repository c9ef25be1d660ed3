import { isMap, isScalar, isSeq, parseAllDocuments, type Scalar } from 'yaml';
import { fromUtf8 } from '../json/bytes.ts';
import { resolveGoScalar } from '../objects/go-scalar.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { err, ok, type Result } from '../result.ts';
import { goYamlScalar } from './go-yaml.ts';
import { additionalData, isEnvelope, type OpenEnvelope, openValue, parseEnvelope, type SopsValue } from './sops-envelope.ts';
import { MacOfValues, type SopsTree } from './sops-tree.ts';

/**
 * A YAML or JSON document that SOPS has encrypted, as it stands in a Secret.
 *
 * It is read into a syntax tree, and its values are decrypted in the order of the file, which is the order of the MAC. To give YAML back, the
 * values are replaced in the text itself, so that comments and layout stay as they were.
 */
export interface SopsSource {
  /** The `sops` field of the first document, as plain data. */
  readonly metadata: JsonObject;
  readonly decrypt: (open: OpenEnvelope, macOnlyEncrypted: boolean) => Result<OpenedYaml, string>;
}

export interface OpenedYaml {
  readonly tree: ReadonlyMap<string, SopsTree>;
  /** The text with its values decrypted and its metadata gone. */
  readonly text: string;
  readonly mac: MacOfValues;
  readonly secrets: readonly string[];
}

const METADATA = 'sops';
/** Comments are encrypted with the path of the map around them, which their text does not tell: so many places are tried. */
const MAX_COMMENT_PLACES = 200;
const COMMENT = /#(ENC\[AES256_GCM,[^\]\n]*,type:comment\])/g;

/** Reads a document; fails with a sentence when it is no such YAML or JSON. Nothing of its content is quoted. */
export function readSopsYaml(source: string): Result<SopsSource, string> {
  try {
    const documents = parseAllDocuments(source, {
      schema: 'failsafe',
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'silent',
    });
    if (!Array.isArray(documents) || documents.some((document) => document.errors.length > 0))
      return err('it is not valid YAML or JSON');
    const roots = documents.map((document) => document.contents).filter((root) => root !== null);
    const [first] = roots;
    if (!roots.every((root) => isMap(root)) || !isMap(first)) return err('it is not a map');
    const metadata = plainOf(first.get(METADATA, true));
    if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return err('it has no SOPS metadata');
    // Arrays and null were excluded above.
    return ok({
      metadata: metadata as JsonObject,
      decrypt: (open, only) => decrypt(source, roots, { open, macOnlyEncrypted: only }),
    });
  } catch (thrown) {
    // The library recurses: a document that nests without end overflows the stack.
    if (thrown instanceof RangeError) return err('it nests too deeply');
    throw thrown;
  }
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

interface Walk {
  readonly source: string;
  readonly open: OpenEnvelope;
  readonly mac: MacOfValues;
  readonly edits: Edit[];
  readonly secrets: string[];
  /** Additional data of all maps and lists. */
  readonly places: Set<string>;
}

class Undecryptable extends Error {}

function decrypt(
  source: string,
  roots: readonly unknown[],
  { open, macOnlyEncrypted }: { readonly open: OpenEnvelope; readonly macOnlyEncrypted: boolean },
): Result<OpenedYaml, string> {
  const walk: Walk = { source, open, mac: new MacOfValues(macOnlyEncrypted), edits: [], secrets: [], places: new Set() };
  try {
    const [tree] = roots.map((root) => readTree(root, [], walk));
    if (!(tree instanceof Map)) return err('it is not a map');
    const text = applyEdits(source, [...walk.edits, ...commentEdits(source, walk)]);
    return ok({ tree, text, mac: walk.mac, secrets: walk.secrets });
  } catch (thrown) {
    if (thrown instanceof Undecryptable) return err(thrown.message);
    throw thrown;
  }
}

/** `indent` is where a literal block may stand; undefined where none may. */
function readTree(node: unknown, path: readonly string[], walk: Walk, indent?: number): SopsTree {
  if (isScalar(node)) return readScalar(node, path, walk, indent);
  if (isSeq(node)) {
    walk.places.add(additionalData(path));
    const items = node.items.filter((item) => !takeComment(item, path, walk));
    return items.map((item) => readTree(item, path, walk));
  }
  if (node === null) return null;
  if (!isMap(node)) throw new Undecryptable('it uses anchors and aliases, which SOPS does not write');
  walk.places.add(additionalData(path));
  const map = new Map<string, SopsTree>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : undefined;
    if (name === undefined) throw new Undecryptable('it has a key that is not text');
    // The library would look for it too, in quadratic time.
    if (map.has(name)) throw new Undecryptable('it has a key twice in one map');
    if (path.length === 0 && name === METADATA) removePair(key, value, walk);
    else
      map.set(name, readTree(value, [...path, name], walk, node.flow === true ? undefined : columnOf(key, walk) + SOPS_INDENT));
  }
  return map;
}

/** How deep SOPS writes what stands in a map. */
const SOPS_INDENT = 4;

function columnOf(node: unknown, { source }: Walk): number {
  const at = rangeOf(node)?.[0] ?? 0;
  return at - source.lastIndexOf('\n', at - 1) - 1;
}

/** A comment in a list is encrypted as an item of it; it becomes a comment again. */
function takeComment(item: unknown, path: readonly string[], walk: Walk): boolean {
  const envelope = isScalar(item) ? parseEnvelope(String(item.value)) : undefined;
  const range = rangeOf(item);
  if (envelope?.type !== 'comment' || range === undefined) return false;
  const plain = walk.open(envelope, additionalData(path));
  const dash = walk.source.lastIndexOf('-', range[0]);
  const text = plain === undefined ? undefined : commentText(plain);
  if (text !== undefined && dash !== -1) walk.edits.push({ from: dash, to: range[1], text });
  return true;
}

/** Comments are authenticated, but must not begin a line of content all the same. */
function commentText(plain: Uint8Array): string {
  return `#${(fromUtf8(plain) ?? '').replace(/[\r\n]/g, ' ')}`;
}

function readScalar(node: Scalar, path: readonly string[], walk: Walk, indent: number | undefined): SopsTree {
  const text = String(node.value);
  if (!isEnvelope(text)) {
    const plain = node.type === 'PLAIN' || node.type === undefined ? plainYamlValue(text) : text;
    if (plain !== null) walk.mac.add(plain, false);
    return plain;
  }
  const opened = openValue(text, path, walk.open);
  if (!opened.ok) throw new Undecryptable(opened.error);
  walk.mac.add(opened.value, true);
  if (typeof opened.value !== 'boolean') walk.secrets.push(String(opened.value));
  const [from, to] = node.range ?? [0, 0];
  // The line ends where the value ends: a block brings its own end.
  walk.edits.push({ from, to, text: goYamlScalar(opened.value, indent).replace(/\n$/, '') });
  return opened.value;
}

/** What a plain scalar means to yaml.v3, with which SOPS reads: YAML 1.2's booleans, the numbers of Go. */
function plainYamlValue(text: string): SopsValue | null {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return `${text}T00:00:00Z`;
  const scalar = resolveGoScalar(text);
  return scalar.kind === 'value' && typeof scalar.value === 'number' ? scalar.value : text;
}

/** Takes the metadata out: from the beginning of its key's line to the end of its value. */
function removePair(key: unknown, value: unknown, walk: Walk): void {
  const from = rangeOf(key)?.[0];
  const to = rangeOf(value)?.[2];
  if (from !== undefined && to !== undefined) walk.edits.push({ from, to, text: '' });
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  // Every node that was parsed carries its range.
  return (node as { readonly range?: readonly [number, number, number] | null } | null)?.range ?? undefined;
}

function commentEdits(source: string, walk: Walk): Edit[] {
  const places = [...walk.places].slice(0, MAX_COMMENT_PLACES);
  return [...source.matchAll(COMMENT)].flatMap((found) => {
    const envelope = parseEnvelope(found[1] ?? '');
    if (envelope === undefined) return [];
    for (const place of places) {
      const plain = walk.open(envelope, place);
      if (plain === undefined) continue;
      return [{ from: found.index, to: found.index + found[0].length, text: commentText(plain) }];
    }
    return [];
  });
}

function applyEdits(source: string, edits: readonly Edit[]): string {
  const sorted = [...edits].sort((a, b) => a.from - b.from);
  let text = '';
  let at = 0;
  for (const edit of sorted) {
    if (edit.from < at) continue;
    text += source.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return text + source.slice(at);
}

/** A node as plain data; scalars stay text, but for booleans. */
function plainOf(node: unknown): Json {
  if (isScalar(node)) return node.value === 'true' && node.type === 'PLAIN' ? true : String(node.value);
  if (isSeq(node)) return node.items.map((item) => plainOf(item));
  if (isMap(node))
    return Object.fromEntries(node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : ''), plainOf(value)]));
  return null;
}
