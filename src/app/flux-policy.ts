import type { AppPolicy, Dependency, HealthExpression, SubstitutePolicy } from '../../core/app/policy.ts';
import { groupOf, type ObjectKey } from '../../core/objects/object.ts';
import type { HELM_RELEASE_SHAPE, KUSTOMIZATION_SHAPE } from './flux-shapes.ts';
import { appId, FLUX_NAMESPACE, isNamespace, isObjectName } from './names.ts';
import { invalid, type Notes, type Shaped, unsupported } from './shape.ts';

type Spec = NonNullable<Shaped<typeof KUSTOMIZATION_SHAPE>['spec']>;
type Release = NonNullable<Shaped<typeof HELM_RELEASE_SHAPE>['spec']>;

/** Where a Flux object stands, and where its mistakes are noted. */
export interface FluxObject {
  readonly id: string;
  readonly namespace: string;
  readonly notes: Notes;
}

/** `dependsOn`: Apps of the same cluster, Kustomizations and HelmReleases alike. */
export function readDependencies(dependencies: Spec['dependsOn'], { id, namespace, notes }: FluxObject): Dependency[] {
  return (dependencies ?? []).flatMap(({ name = '', namespace: other = '', readyExpr = '' }, index) => {
    const path = `spec.dependsOn[${index}]`;
    if (!isObjectName(name)) invalid(notes, `${path}.name`, 'is missing, or not a name that Kubernetes allows');
    if (other !== '' && !isNamespace(other)) invalid(notes, `${path}.namespace`, 'is not a name of a namespace');
    const app = appId({ namespace: other || namespace, name, home: FLUX_NAMESPACE });
    if (app === id) invalid(notes, path, 'names the App itself');
    return [{ app, ...(readyExpr === '' ? {} : { readyExpr }) }];
  });
}

/** `healthCheckExprs`; the expressions are checked where they are run, in the agent. */
export function readHealthExpressions(expressions: Spec['healthCheckExprs'], notes: Notes): HealthExpression[] {
  return (expressions ?? []).map(({ apiVersion = '', kind = '', current = '', inProgress = '', failed = '' }, index) => {
    const path = `spec.healthCheckExprs[${index}]`;
    for (const [field, value] of Object.entries({ apiVersion, kind, current }))
      if (value === '') invalid(notes, `${path}.${field}`, 'is missing');
    return { apiVersion, kind, current, ...(inProgress === '' ? {} : { inProgress }), ...(failed === '' ? {} : { failed }) };
  });
}

/** `healthChecks` as keys of objects. */
export function readHealthChecks(checks: Spec['healthChecks'], notes: Notes): ObjectKey[] {
  return (checks ?? []).map(({ apiVersion = '', kind = '', name = '', namespace = '' }, index) => {
    const path = `spec.healthChecks[${index}]`;
    for (const [field, value] of Object.entries({ kind, name }))
      if (value === '') invalid(notes, `${path}.${field}`, 'is missing');
    if ([apiVersion.split('/').slice(1).join('/'), kind, name, namespace].some((part) => part.includes('/')))
      invalid(notes, path, 'holds a slash where none can be');
    return `${groupOf(apiVersion)}/${kind}/${namespace}/${name}`;
  });
}

/** The ServiceAccount to act as. An empty name is refused: it must never come to mean the agent itself (threat S31). */
export function readServiceAccount(name: string | undefined, { namespace, notes }: FluxObject): AppPolicy['serviceAccount'] {
  if (name === undefined) return undefined;
  if (isObjectName(name)) return { namespace, name };
  return void invalid(notes, 'spec.serviceAccountName', 'is not a name that Kubernetes allows; leave it out to act as the agent');
}

const VARIABLE = /^[_A-Za-z][_A-Za-z0-9]*$/;

/** `postBuild`; undefined when it asks for nothing. */
export function readSubstitute(postBuild: Spec['postBuild'], notes: Notes): SubstitutePolicy | undefined {
  if (postBuild === undefined) return undefined;
  const { substitute: values = {}, substituteFrom = [], substituteStrategy = 'WithVariables' } = postBuild;
  const path = 'spec.postBuild';
  for (const name of Object.keys(values))
    if (!VARIABLE.test(name))
      invalid(notes, `${path}.substitute ${name.slice(0, 80)}`, 'is not a name of a variable: letters, digits and _');
  if (substituteStrategy !== 'WithVariables' && substituteStrategy !== 'Always')
    invalid(notes, `${path}.substituteStrategy`, 'must be WithVariables or Always');
  const from = substituteFrom.flatMap(({ kind, name = '', optional }, index) => {
    const at = `${path}.substituteFrom[${index}]`;
    if (!isObjectName(name)) invalid(notes, `${at}.name`, 'is missing, or not a name that Kubernetes allows');
    if (kind === 'ConfigMap' || kind === 'Secret') return [{ kind, name, optional: optional === true } as const];
    invalid(notes, `${at}.kind`, 'must be ConfigMap or Secret');
    return [];
  });
  const always = substituteStrategy === 'Always';
  return Object.keys(values).length + from.length === 0 && !always ? undefined : { values, from, always };
}

/** `decryption`: SOPS with age keys that a Secret of the cluster holds. */
export function readDecryption(decryption: Spec['decryption'], notes: Notes): AppPolicy['decryption'] {
  if (decryption === undefined) return undefined;
  const { provider = '', secretRef } = decryption;
  if (provider !== 'sops') unsupported(notes, 'spec.decryption.provider', 'must be sops');
  if (secretRef === undefined) return {};
  if (!isObjectName(secretRef.name ?? ''))
    invalid(notes, 'spec.decryption.secretRef.name', 'is missing, or not a name that Kubernetes allows');
  return { secret: secretRef.name ?? '' };
}

/** Images without a name cannot be told apart: the renderer wants one for each. */
export function readImages(images: Spec['images'] | undefined, path: string, notes: Notes) {
  return images?.flatMap(({ name, ...image }, index) => {
    if (name !== undefined && name !== '') return [{ name, ...image }];
    invalid(notes, `${path}[${index}].name`, 'is missing');
    return [];
  });
}

/** Lists and maps that say nothing are left out of a policy. */
export function withoutEmptyParts<T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(parts).filter(
    ([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0),
  );
  // Only whole fields were taken away.
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

export type ReleaseSpec = Release;
