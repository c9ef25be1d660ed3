import * as v from 'valibot';
import { count, list, maybe, record, text } from './schema-parts.ts';

/** The schemas of core/app/policy.ts and core/app/settings.ts: what a snapshot says about how its Apps are run. */
const flag = maybe(v.boolean());
const strings = record(text(262_144), 1_000);
const metadata = v.object({ labels: maybe(strings), annotations: maybe(strings) });
const program = text(65_536);
const selector = {
  group: maybe(text()),
  version: maybe(text()),
  kind: maybe(text()),
  name: maybe(text()),
  namespace: maybe(text()),
  labelSelector: maybe(text()),
  annotationSelector: maybe(text()),
};
const ignoreRule = v.object({
  ...selector,
  pointers: maybe(list(text(2048), 1_000)),
  jq: maybe(list(program, 1_000)),
  managers: maybe(list(text(), 100)),
});
/** Free JSON, which only expressions read. */
const definitionSpec = v.pipe(
  v.record(v.string(), v.any()),
  v.check((spec) => JSON.stringify(spec).length <= 262_144, 'is too large'),
);
const retry = v.object({
  limit: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
  durationSeconds: v.number(),
  factor: v.number(),
  maxDurationSeconds: v.number(),
});
const sync = v.object({
  replace: flag,
  force: flag,
  validate: flag,
  serverSideApply: flag,
  migrateClientSideApply: flag,
  migrationManager: maybe(text()),
  skipDryRunOnMissingResource: flag,
  applyOutOfSyncOnly: flag,
  prunePropagation: maybe(v.picklist(['foreground', 'background', 'orphan'])),
  pruneLast: flag,
  neverPrune: flag,
  confirmPrune: flag,
  confirmDelete: flag,
  failOnSharedResource: flag,
  respectIgnoreDifferences: flag,
  includeMutations: flag,
});
const window = v.object({
  kind: v.picklist(['allow', 'deny']),
  schedule: text(),
  durationSeconds: count,
  timeZone: maybe(text(128)),
  manualSync: flag,
  syncOverrun: flag,
});
const substitute = v.object({
  values: record(text(1_048_576)),
  from: list(v.object({ kind: v.picklist(['ConfigMap', 'Secret']), name: text(), optional: v.boolean() }), 1_000),
  always: v.boolean(),
});
const action = {
  disableHooks: v.boolean(),
  disableWait: v.boolean(),
  timeoutSeconds: count,
  ignoreTestFailures: flag,
  remediateLast: flag,
  retryIntervalSeconds: maybe(count),
  crds: maybe(v.picklist(['Skip', 'Create', 'CreateReplace'])),
};
const retried = { ...action, retries: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)) };
const release = v.object({
  name: text(),
  namespace: text(),
  install: v.object(retried),
  upgrade: v.object({ ...retried, remediation: v.picklist(['rollback', 'uninstall']) }),
  rollback: v.object(retried),
  uninstall: v.object(action),
  test: maybe(v.object({ ignoreFailures: v.boolean(), timeoutSeconds: count })),
  driftDetection: v.picklist(['enabled', 'warn', 'disabled']),
});

export const policySchema = v.object({
  dialect: v.picklist(['argo', 'flux']),
  name: text(),
  namespace: text(),
  autoSync: v.boolean(),
  prune: v.boolean(),
  selfHeal: v.boolean(),
  drift: maybe(v.picklist(['heal', 'warn', 'adopt'])),
  healOff: maybe(v.literal(true)),
  allowEmpty: v.boolean(),
  targetNamespace: maybe(text()),
  createNamespace: v.boolean(),
  namespaceMetadata: maybe(metadata),
  suspended: v.boolean(),
  retry,
  timeoutSeconds: v.number(),
  onDelete: v.picklist(['prune', 'orphan']),
  awaitDeletion: flag,
  deletePropagation: maybe(v.picklist(['foreground', 'background', 'orphan'])),
  deleteHooks: maybe(list(v.picklist(['PreDelete', 'PostDelete']), 2)),
  budget: v.object({ count, percent: v.number() }),
  sync: maybe(sync),
  ignore: maybe(list(ignoreRule, 1_000)),
  deletionApproved: maybe(text(64)),
  dependsOn: maybe(list(v.object({ app: text(253), cluster: maybe(text(253)), readyExpr: maybe(program) }), 1_000)),
  definition: maybe(v.object({ labels: maybe(strings), annotations: maybe(strings), spec: maybe(definitionSpec) })),
  wait: flag,
  healthChecks: maybe(list(text(2048), 10_000)),
  healthExpressions: maybe(
    list(
      v.object({ apiVersion: text(), kind: text(), current: program, inProgress: maybe(program), failed: maybe(program) }),
      1_000,
    ),
  ),
  serviceAccount: maybe(v.object({ namespace: text(253), name: text(253) })),
  commonMetadata: maybe(metadata),
  substitute: maybe(substitute),
  decryption: maybe(v.object({ secret: maybe(text(253)) })),
  windows: maybe(list(window, 100)),
  release: maybe(release),
  settings: maybe(text()),
  project: maybe(text()),
});

const filters = list(v.object({ groups: list(text(), 1_000), kinds: list(text(), 1_000) }), 1_000);
const projectKinds = list(v.object({ group: text(), kind: text(), name: maybe(text()) }), 1_000);

export const settingsSchema = record(
  v.object({
    exclusions: maybe(filters),
    inclusions: maybe(filters),
    health: maybe(record(v.object({ lua: program, openLibs: v.boolean() }), 1_000)),
    ignore: maybe(list(ignoreRule, 1_000)),
    ignoreUpdates: maybe(list(ignoreRule, 1_000)),
    ignoreAggregatedRoles: flag,
  }),
  100,
);
export const projectsSchema = record(
  v.object({
    name: text(),
    destinations: list(v.object({ namespace: text() }), 10_000),
    clusterAllow: projectKinds,
    clusterDeny: projectKinds,
    namespaceAllow: maybe(projectKinds),
    namespaceDeny: projectKinds,
    orphaned: maybe(v.object({ warn: v.boolean(), ignore: list(v.object(selector), 1_000) })),
  }),
  10_000,
);
