import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { err, ok, type Result } from '../result.ts';
import { isEnvelope, type OpenEnvelope, openValue } from './sops-envelope.ts';
import type { SopsFormat } from './sops-format.ts';
import { parseSopsMetadata, type SopsFault, type SopsMetadata } from './sops-metadata.ts';
import { MacOfValues, type SopsTree, treeDotenv, treeJson } from './sops-tree.ts';
import { type OpenedYaml, readSopsYaml, type SopsSource } from './sops-yaml.ts';

/**
 * A file that SOPS has encrypted, as a value of a Secret: Kustomize made the Secret of it, or somebody wrote it there.
 * What it is encrypted as is seen in its text, what it becomes is said by its key, as in Flux (sops-format.ts).
 * Unlike in Flux, its MAC is checked: the text is here as it was encrypted.
 */
/** An encrypted file whose data key is still to be found. */
export interface SealedDocument {
  readonly metadata: SopsMetadata;
  readonly decrypt: (open: OpenEnvelope) => Result<{ readonly text: string; readonly secrets: readonly string[] }, SopsFault>;
}

/** Reads an encrypted file; its `decrypt` gives it as the format of its key. */
export function readSopsDocument(text: string, from: SopsFormat, to: SopsFormat): Result<SealedDocument, SopsFault> {
  if (from === 'ini' || to === 'ini')
    return err({ code: 'sops.unsupported', message: 'it is an INI file; encrypt it as YAML, JSON, dotenv or binary' });
  const source = from === 'dotenv' ? readSopsDotenv(text) : readSopsYaml(from === 'json' ? text.replaceAll('\t', ' ') : text);
  if (!source.ok) return err(invalid(source.error));
  const metadata = parseSopsMetadata(source.value.metadata);
  if (!metadata.ok) return metadata;
  return ok({ metadata: metadata.value, decrypt: (open) => decryptSource(source.value, metadata.value, { open, from, to }) });
}

interface Decryption {
  readonly open: OpenEnvelope;
  readonly from: SopsFormat;
  readonly to: SopsFormat;
}

function decryptSource(source: SopsSource, metadata: SopsMetadata, { open, from, to }: Decryption) {
  const opened = source.decrypt(open, metadata.macOnlyEncrypted);
  if (!opened.ok) return err(invalid(opened.error));
  if (!opened.value.mac.matches(metadata, open))
    return err(invalid('its MAC does not match: it was changed after it was encrypted'));
  const text = emit(opened.value, from, to);
  return text === undefined
    ? err(invalid(`decrypted, it cannot be written as ${to}, which its key asks for`))
    : ok({ text, secrets: opened.value.secrets });
}

function emit({ tree, text }: OpenedYaml, from: SopsFormat, to: SopsFormat): string | undefined {
  switch (to) {
    case 'json':
      return treeJson(tree);
    case 'dotenv':
      return from === 'dotenv' ? text : treeDotenv(tree);
    case 'yaml':
      // JSON is YAML.
      return from === 'yaml' ? text : treeJson(tree);
    default: {
      const data = tree.get('data');
      return typeof data === 'string' ? data : undefined;
    }
  }
}

function invalid(message: string): SopsFault {
  return { code: 'sops.invalid', message };
}

const METADATA_KEY = 'sops_';

/** dotenv: lines of `key=value`, `\n` for a line break; the metadata flattened into keys like `sops_age__list_0__map_enc`. */
function readSopsDotenv(text: string): Result<SopsSource, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  const pairs = lines.map((line): readonly [string, string] | string => {
    const equals = line.indexOf('=');
    return line.startsWith('#') || equals === -1 ? line : [line.slice(0, equals), line.slice(equals + 1).replaceAll('\\n', '\n')];
  });
  if (pairs.some((pair) => typeof pair === 'string' && !pair.startsWith('#'))) return err('it has a line without =');
  const isMetadata = (pair: readonly [string, string] | string): boolean =>
    typeof pair !== 'string' && pair[0].startsWith(METADATA_KEY);
  const metadata = unflatten(pairs.filter((pair) => typeof pair !== 'string').filter(isMetadata));
  return ok({
    metadata,
    decrypt: (open, only) =>
      decryptDotenv(
        pairs.filter((pair) => !isMetadata(pair)),
        { open, only },
      ),
  });
}

function decryptDotenv(
  pairs: readonly (readonly [string, string] | string)[],
  { open, only }: { readonly open: OpenEnvelope; readonly only: boolean },
): Result<OpenedYaml, string> {
  const mac = new MacOfValues(only);
  const tree = new Map<string, SopsTree>();
  const secrets: string[] = [];
  let text = '';
  for (const pair of pairs) {
    if (typeof pair === 'string') {
      const comment = isEnvelope(pair.slice(1)) ? openValue(pair.slice(1), [], open) : ok(pair.slice(1));
      text += `#${comment.ok ? comment.value : pair.slice(1)}\n`;
      continue;
    }
    const [key, sealed] = pair;
    const value = isEnvelope(sealed) ? openValue(sealed, [key], open) : ok(sealed);
    if (!value.ok) return value;
    mac.add(value.value, isEnvelope(sealed));
    if (isEnvelope(sealed)) secrets.push(String(value.value));
    tree.set(key, value.value);
    text += `${key}=${String(value.value).replaceAll('\n', '\\n')}\n`;
  }
  return ok({ tree, text, mac, secrets });
}

/** `age__list_0__map_enc` → age[0].enc */
function unflatten(pairs: readonly (readonly [string, string])[]): JsonObject {
  const root = new Map<string, FlatNode>();
  for (const [name, value] of pairs) {
    const parts = name.slice(METADATA_KEY.length).split(/__(?:list|map)_/);
    let node = root;
    for (const part of parts.slice(0, -1)) {
      const next = node.get(part);
      const deeper: Map<string, FlatNode> = next instanceof Map ? next : new Map();
      node.set(part, deeper);
      node = deeper;
    }
    node.set(parts.at(-1) ?? '', value);
  }
  const plain = plainOf(root);
  return isJsonObject(plain) ? plain : {};
}

type FlatNode = string | Map<string, FlatNode>;

/** Maps whose keys are positions are lists. */
function plainOf(node: FlatNode): Json {
  if (typeof node === 'string') return node;
  const entries = [...node].map(([key, value]): [string, Json] => [key, plainOf(value)]);
  const isList = entries.length > 0 && entries.every(([key]) => /^[0-9]{1,4}$/.test(key));
  return isList ? entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value) : Object.fromEntries(entries);
}
