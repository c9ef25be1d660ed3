import type { AppPolicy } from '../../core/app/policy.ts';
import type { Bundle } from '../../core/bundle/bundle.ts';
import type { Manifest } from '../../core/objects/object.ts';
import type { AgentIdentity } from '../../core/plan/protected-object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { hasCommonMetadata } from '../../core/resolve/common-metadata.ts';
import type { Redact } from '../../core/resolve/redact.ts';
import type { ResolveInput } from '../../core/resolve/resolve-input.ts';
import { detectSopsFormat } from '../../core/resolve/sops-format.ts';
import { isSopsMetadata } from '../../core/resolve/sops-metadata.ts';
import { ok, type Result } from '../../core/result.ts';
import type { ClusterApi } from '../cluster/cluster-api.ts';

/** What resolving needs: the cluster as the agent itself sees it, never as an App's ServiceAccount. */
export interface ResolveTools {
  readonly api: Pick<ClusterApi, 'get'>;
  readonly agent: AgentIdentity;
}

/** A bundle's objects as they are to be applied in this cluster. */
export interface ResolvedBundle {
  readonly bundle: Bundle;
  /** Objects that cannot be resolved as things are: as they stood in the bundle, and left out of the new one. They are still wanted: never prune them. */
  readonly blocked: readonly { readonly manifest: Manifest; readonly problem: Problem }[];
  /** Objects of the new bundle that hold values of Secrets, whatever their kind: nothing about their fields may leave the cluster. */
  readonly secretObjects: ReadonlySet<Manifest>;
  /** Takes the values of Secrets out of a text, for all that is said about this App. */
  readonly redact: Redact;
  /** What was read: when one of them changes, the objects change. */
  readonly inputs: readonly ResolveInput[];
  readonly warnings: readonly Problem[];
}

/**
 * Makes of a verified bundle what only this cluster can: decrypts SOPS, fills in variables, adds common metadata. In this order, as Flux does.
 * With nothing to do the bundle is given back as it is, and nothing is loaded.
 *
 * Fails as a whole when it cannot be known which objects are meant: a source of variables is missing (`substitute.missing`), cannot be read
 * (`apply.unavailable`, `apply.forbidden`) or is not the App's to read (`apply.protected`), or an object whose very name holds a variable cannot be
 * resolved (`substitute.invalid`). All else costs only the object (`blocked`).
 */
export async function resolveBundle(
  bundle: Bundle,
  policy: AppPolicy,
  tools: ResolveTools,
): Promise<Result<ResolvedBundle, Problem>> {
  if (!needsResolving(bundle, policy))
    return ok({ bundle, blocked: [], secretObjects: NO_OBJECTS, redact: unchanged, inputs: [], warnings: [] });
  // Parsers and ciphers stay out of memory until an App needs them.
  const { resolveObjects } = await import('./resolve-objects.ts');
  return resolveObjects(bundle, policy, tools);
}

const NO_OBJECTS: ReadonlySet<Manifest> = new Set();

function unchanged(text: string): string {
  return text;
}

function needsResolving(bundle: Bundle, policy: AppPolicy): boolean {
  const { substitute } = policy;
  const substitutes =
    substitute !== undefined && (substitute.always || substitute.from.length > 0 || Object.keys(substitute.values).length > 0);
  if (substitutes || hasCommonMetadata(policy.commonMetadata)) return true;
  return bundle.objects.some(
    (object) => isSopsMetadata(object['sops']) || (policy.decryption !== undefined && holdsSopsFiles(object)),
  );
}

/** True for Secrets in which a file stands that SOPS has encrypted. */
export function holdsSopsFiles(object: Manifest): boolean {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return false;
  const isFile = (text: unknown, encoding: 'base64' | 'utf8') =>
    typeof text === 'string' && detectSopsFormat(Buffer.from(text, encoding).toString()) !== undefined;
  const valuesOf = (field: string): unknown[] => Object.values(object[field] ?? {});
  return valuesOf('data').some((text) => isFile(text, 'base64')) || valuesOf('stringData').some((text) => isFile(text, 'utf8'));
}
