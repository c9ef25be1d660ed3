import type { AppPolicy, Dialect, IgnoreRule, SyncPolicy } from '../../core/app/policy.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';

/** What a plan takes for granted when nobody says otherwise: Argo CD's automated sync with everything on. */
export function defaultPolicy(dialect: Dialect, name: string, namespace?: string): AppPolicy {
  return {
    dialect,
    name,
    namespace: dialect === 'flux' ? 'flux-system' : 'argocd',
    autoSync: true,
    prune: true,
    selfHeal: true,
    allowEmpty: false,
    ...(namespace === undefined ? {} : { targetNamespace: namespace }),
    createNamespace: false,
    suspended: false,
    retry: { limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 },
    timeoutSeconds: 300,
    onDelete: 'prune',
    budget: { count: 50, percent: 100 },
  };
}

/**
 * The policy of an App from its definition: an Argo CD Application, a Flux Kustomization, or a policy as `plumb app get -o json` shows it. Only
 * what changes a plan is read: names and namespaces, pruning, sync options, ignored differences. Undefined for anything else.
 */
export function readPolicy(definition: Json): AppPolicy | undefined {
  if (!isJsonObject(definition)) return undefined;
  if (definition['dialect'] === 'argo' || definition['dialect'] === 'flux')
    return { ...defaultPolicy(definition['dialect'], textOf(definition['name']) ?? 'app'), ...definition } as AppPolicy; // the Worker wrote it
  const spec = isJsonObject(definition['spec']) ? definition['spec'] : {};
  const metadata = isJsonObject(definition['metadata']) ? definition['metadata'] : {};
  const name = textOf(metadata['name']) ?? 'app';
  if (definition['kind'] === 'Application') return fromApplication(spec, defaultPolicy('argo', name));
  if (
    definition['kind'] === 'Kustomization' &&
    textOf(definition['apiVersion'])?.startsWith('kustomize.toolkit.fluxcd.io/') === true
  )
    return fromKustomization(spec, { ...defaultPolicy('flux', name), namespace: textOf(metadata['namespace']) ?? 'flux-system' });
  return undefined;
}

const OPTIONS: { readonly [option: string]: SyncPolicy } = {
  'Replace=true': { replace: true },
  'Force=true': { force: true },
  'Validate=false': { validate: false },
  'ServerSideApply=true': { serverSideApply: true },
  'PruneLast=true': { pruneLast: true },
  'Prune=confirm': { confirmPrune: true },
  'ApplyOutOfSyncOnly=true': { applyOutOfSyncOnly: true },
  'FailOnSharedResource=true': { failOnSharedResource: true },
  'RespectIgnoreDifferences=true': { respectIgnoreDifferences: true },
};

function fromApplication(spec: JsonObject, policy: AppPolicy): AppPolicy {
  const { destination, syncPolicy, ignoreDifferences } = spec;
  const namespace = isJsonObject(destination) ? textOf(destination['namespace']) : undefined;
  const { automated, syncOptions } = isJsonObject(syncPolicy) ? syncPolicy : ({} satisfies JsonObject as JsonObject);
  const options = textsOf(syncOptions);
  const isAutomated = isJsonObject(automated) && automated['enabled'] !== false;
  const rules = listOf(ignoreDifferences).map((rule): IgnoreRule => {
    const { jsonPointers, jqPathExpressions, managedFieldsManagers } = rule;
    return {
      ...picked(rule, ['group', 'kind', 'name', 'namespace']),
      pointers: textsOf(jsonPointers),
      jq: textsOf(jqPathExpressions),
      managers: textsOf(managedFieldsManagers),
    };
  });
  return {
    ...policy,
    ...(namespace === undefined ? {} : { targetNamespace: namespace }),
    autoSync: isAutomated,
    prune: isAutomated && automated['prune'] === true,
    selfHeal: isAutomated && automated['selfHeal'] === true,
    createNamespace: options.includes('CreateNamespace=true'),
    sync: Object.assign({}, ...options.map((option) => OPTIONS[option] ?? {})) as SyncPolicy, // of parts of it
    ...(rules.length === 0 ? {} : { ignore: rules }),
  };
}

function fromKustomization(spec: JsonObject, policy: AppPolicy): AppPolicy {
  const namespace = textOf(spec['targetNamespace']);
  const rules = listOf(spec['ignore']).map((rule): IgnoreRule => {
    const target = isJsonObject(rule['target']) ? rule['target'] : {};
    const parts = ['group', 'version', 'kind', 'name', 'namespace', 'labelSelector', 'annotationSelector'];
    return { ...picked(target, parts), pointers: textsOf(rule['paths']) };
  });
  return {
    ...policy,
    ...(namespace === undefined ? {} : { targetNamespace: namespace }),
    prune: spec['prune'] === true,
    suspended: spec['suspend'] === true,
    ...(spec['wait'] === true ? { wait: true } : {}),
    ...(spec['force'] === true ? { sync: { force: true } } : {}),
    ...(rules.length === 0 ? {} : { ignore: rules }),
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item: Json) => typeof item === 'string') : [];
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function picked(object: JsonObject, names: readonly string[]): { readonly [name: string]: string } {
  return Object.fromEntries(names.flatMap((name) => (typeof object[name] === 'string' ? [[name, object[name]]] : [])));
}
