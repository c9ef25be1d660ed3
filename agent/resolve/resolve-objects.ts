import type { AppPolicy } from '../../core/app/policy.ts';
import type { Bundle } from '../../core/bundle/bundle.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { hasCommonMetadata, withCommonMetadata } from '../../core/resolve/common-metadata.ts';
import type { Variables } from '../../core/resolve/expand-variables.ts';
import { createRedactor } from '../../core/resolve/redact.ts';
import { hasExpressions, isSubstitutionDisabled, type Substituted, substituteManifest } from '../../core/resolve/substitute.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { systemClock } from '../platform/clock.ts';
import { createDecryptor, type Decryptor } from './decrypt-object.ts';
import { type LoadedVariables, loadVariables } from './load-variables.ts';
import type { ResolvedBundle, ResolveTools } from './resolve-bundle.ts';

/** How long the event loop is kept at a time. */
const SLICE_MS = 8;

const clock = systemClock();

/** Resolves the objects of a bundle that need it, with pauses for everybody else; see resolveBundle. */
export async function resolveObjects(
  bundle: Bundle,
  policy: AppPolicy,
  tools: ResolveTools,
): Promise<Result<ResolvedBundle, Problem>> {
  const loaded = await loadIfUsed(bundle, policy, tools);
  if (!loaded.ok) return loaded;
  const { variables, inputs } = loaded.value;
  const decryptor = await createDecryptor(bundle.objects, policy, tools);
  if (!decryptor.ok) return decryptor;
  const found: Found = { objects: [], blocked: [], secretObjects: new Set(), secrets: secretValues(variables) };
  let began = clock.monotonic();
  for (const object of bundle.objects) {
    if (clock.monotonic() - began > SLICE_MS) {
      await clock.sleep(0);
      began = clock.monotonic();
    }
    const resolved = await resolveObject(object, decryptor.value, { policy, variables });
    if (resolved.ok) {
      const { manifest, secrets } = resolved.value;
      found.objects.push(manifest);
      if (secrets.length > 0) found.secretObjects.add(manifest);
      for (const secret of secrets) found.secrets.add(secret);
    } else if (!isSubstituting(policy, variables) || isNameSettled(object))
      found.blocked.push({ manifest: object, problem: resolved.error });
    // Nobody knows which object of the cluster it is: taken for missing, that one would be pruned.
    else return resolved;
  }
  const redact = createRedactor(found.secrets);
  return ok({
    bundle: { ...bundle, objects: found.objects },
    blocked: found.blocked.map((entry) => ({ ...entry, problem: { ...entry.problem, message: redact(entry.problem.message) } })),
    secretObjects: found.secretObjects,
    redact,
    inputs: decryptor.value.input === undefined ? inputs : [...inputs, decryptor.value.input],
    warnings: [],
  });
}

interface Found {
  readonly objects: Manifest[];
  readonly blocked: { readonly manifest: Manifest; readonly problem: Problem }[];
  readonly secretObjects: Set<Manifest>;
  readonly secrets: Set<string>;
}

const NO_VARIABLES: LoadedVariables = { variables: new Map(), inputs: [] };

/** The sources are read whenever the App names them, used or not, as in Flux: a missing one is noticed before it is needed. */
async function loadIfUsed(bundle: Bundle, policy: AppPolicy, tools: ResolveTools): Promise<Result<LoadedVariables, Problem>> {
  const { substitute } = policy;
  if (substitute === undefined || bundle.objects.every(isSubstitutionDisabled)) return ok(NO_VARIABLES);
  return loadVariables(substitute, policy, tools);
}

function secretValues(variables: Variables): Set<string> {
  return new Set([...variables.values()].filter((variable) => variable.secret).map((variable) => variable.value));
}

interface Resolving {
  readonly policy: AppPolicy;
  readonly variables: Variables;
}

async function resolveObject(
  object: Manifest,
  decryptor: Decryptor,
  { policy, variables }: Resolving,
): Promise<Result<Substituted, Problem>> {
  const decrypted = await decryptor.decrypt(object);
  if (!decrypted.ok) return decrypted;
  const substituted = isSubstituting(policy, variables)
    ? substituteManifest(decrypted.value.manifest, variables)
    : ok({ ...decrypted.value, secrets: [] });
  if (!substituted.ok)
    // A decrypted value may stand where the YAML broke.
    return err(
      problem(
        substituted.error.code,
        createRedactor(decrypted.value.secrets)(substituted.error.message),
        atOf(substituted.error),
      ),
    );
  const { manifest } = substituted.value;
  return ok({
    manifest: hasCommonMetadata(policy.commonMetadata) ? withCommonMetadata(manifest, policy.commonMetadata) : manifest,
    secrets: [...decrypted.value.secrets, ...substituted.value.secrets],
  });
}

function atOf({ where }: Problem): { readonly where?: string } {
  return where === undefined ? {} : { where };
}

/** Without a variable nothing is substituted, not even defaults, unless the App asks for it. */
function isSubstituting({ substitute }: AppPolicy, variables: Variables): boolean {
  return substitute !== undefined && (variables.size > 0 || substitute.always);
}

/** True when no variable says which object it is. */
function isNameSettled({ apiVersion, kind, metadata }: Manifest): boolean {
  return !hasExpressions({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace });
}
