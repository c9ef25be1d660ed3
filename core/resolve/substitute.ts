import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject, Manifest } from '../objects/object.ts';
import { describeRef, refOf } from '../objects/object.ts';
import { toManifest } from '../objects/parse.ts';
import { parseYaml } from '../objects/parse-yaml.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';
import { expandVariables, type Variables } from './expand-variables.ts';
import { goYaml } from './go-yaml.ts';
import { createRedactor } from './redact.ts';
import { substituteScalars } from './substitute-scalars.ts';

/**
 * Flux' `postBuild` substitution of one object: it is written as YAML, the variable expressions in that *text* are replaced, and the
 * result is read as YAML again. So a value can become a number, a list or a map, which people use; and it can break the YAML, which is a
 * problem of this object alone. Where the way through YAML would change nothing it is left out (substitute-scalars.ts).
 */
export interface Substituted {
  readonly manifest: Manifest;
  /** Pieces of the object that were made of values of Secrets. */
  readonly secrets: readonly string[];
}

const SWITCH = 'kustomize.toolkit.fluxcd.io/substitute';
const NAME = /^[_A-Za-z][_A-Za-z0-9]*$/;
/** Without one of these nothing in the text would change. */
const MARK = /\$[${]/;

/** Line breaks of values are dropped, as Flux does: a value cannot begin a new line of YAML. */
export function toVariable(value: string, secret: boolean): { readonly value: string; readonly secret: boolean } {
  return { value: value.replaceAll('\n', ''), secret };
}

/** The first variable whose name is none; Flux then substitutes nothing at all. */
export function findBadName(variables: Variables): string | undefined {
  for (const name of variables.keys()) if (!NAME.test(name)) return name;
  return undefined;
}

/** True for objects that say `substitute: disabled`, in an annotation or a label. */
export function isSubstitutionDisabled(manifest: Manifest): boolean {
  const { annotations, labels } = manifest.metadata;
  return annotations?.[SWITCH] === 'disabled' || labels?.[SWITCH] === 'disabled';
}

/** True when some variable expression or escape stands in the object. */
export function hasExpressions(object: JsonObject): boolean {
  return MARK.test(JSON.stringify(object));
}

/**
 * Replaces the variable expressions of an object; one without any is given back as it is.
 * Fails with `substitute.invalid`; the message holds no value of a Secret.
 */
export function substituteManifest(manifest: Manifest, variables: Variables): Result<Substituted, Problem> {
  if (isSubstitutionDisabled(manifest) || !hasExpressions(manifest)) return ok({ manifest, secrets: [] });
  const where = describeRef(refOf(manifest));
  const invalid = (message: string) => err(problem('substitute.invalid', message, { where }));
  if (isNamedAfterSecret(manifest, variables))
    return invalid('a value of a Secret would become part of its name, which is told to everybody: take it from a ConfigMap');
  const filled = substituteScalars(manifest, variables);
  if (filled?.complete === true) {
    const simple = toManifest(filled.object);
    if (simple.ok) return ok({ manifest: simple.value, secrets: filled.secrets });
  }
  const expanded = expandVariables(goYaml(filled?.complete === false ? filled.object : manifest), variables);
  if (!expanded.ok) return invalid(expanded.error);
  const { text } = expanded.value;
  const secrets = [...(filled?.complete === false ? filled.secrets : []), ...expanded.value.secrets];
  const redact = createRedactor(secrets);
  const { documents, problems } = parseYaml(text, { file: where });
  const [found] = problems;
  // Like upstream, only the first document counts; text that holds more was broken by a value.
  if (found !== undefined) return invalid(`with its variables filled in it is not YAML any more: ${redact(found.message)}`);
  const [document] = documents;
  const read = document === undefined ? err('the document is empty') : toManifest(document.value);
  if (!read.ok) return invalid(`with its variables filled in it is not a Kubernetes object any more: ${redact(read.error)}`);
  if (secrets.length > 0 && hasKeysOf(secrets, read.value, manifest))
    return invalid('a value of a Secret would become the name of a field, which differences tell');
  return ok({ manifest: read.value, secrets });
}

/** Names go into inventories, receipts and ledgers. */
function isNamedAfterSecret({ apiVersion, kind, metadata }: Manifest, variables: Variables): boolean {
  return [apiVersion, kind, metadata.name, metadata.namespace ?? ''].some((text) => {
    const expanded = MARK.test(text) ? expandVariables(text, variables) : undefined;
    return expanded !== undefined && (!expanded.ok || expanded.value.secrets.length > 0);
  });
}

/** True when an object has keys that it did not have before, made of a secret value or written in one (`{key: …}`). */
function hasKeysOf(secrets: readonly string[], now: Json, before: Json): boolean {
  const known = new Set(allKeys(before));
  const isOf = (key: string) => (secret: string) => key.includes(secret) || (secret.includes(':') && secret.includes(key));
  return allKeys(now).some((key) => !known.has(key) && secrets.some(isOf(key)));
}

function allKeys(node: Json | undefined): string[] {
  if (Array.isArray(node)) return (node as readonly Json[]).flatMap(allKeys);
  return isJsonObject(node) ? Object.entries(node).flatMap(([key, value]) => [key, ...allKeys(value)]) : [];
}
