import * as v from 'valibot';
import { err, ok, type Result } from '../result.ts';
import type { EnrolRequest, Envelope, KeyList, PollRequest, Receipt, Report, Snapshot } from './messages.ts';
import { policySchema, projectsSchema, settingsSchema } from './policy-schemas.ts';
import { count, list, maybe, text } from './schema-parts.ts';
import { treesSchema } from './tree-schema.ts';

/**
 * Everything that a peer sends is parsed here, once, into the types of messages.ts: unknown keys are dropped, sizes are bounded.
 * Valibot, because it is small, typed and runs wherever JavaScript does.
 */
const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
const keyid = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
const appId = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,252}$/));

const envelopeSchema = v.object({
  // Short, because a refusal names them, and a report that carries it must stay within its own limits.
  payloadType: text(128),
  payload: text(64 * 1024 * 1024),
  signatures: list(v.object({ keyid: text(64), sig: text(128) }), 16),
});
const publicKeySchema = v.object({ keyid, key: text(64) });
const keyListSchema = v.object({ root: keyid, version: v.pipe(count, v.minValue(1)), keys: list(publicKeySchema, 64) });

const problemSchema = v.object({ code: text(64), message: text(4096), where: maybe(text(2048)), rule: maybe(text(16)) });
const healthSchema = v.object({
  status: v.picklist(['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown']),
  message: maybe(text(4096)),
});
const syncSchema = v.picklist(['Synced', 'OutOfSync', 'Unknown']);
/** Free JSON, but small. */
const smallJson = (max: number) =>
  v.pipe(
    v.record(v.string(), v.any()),
    v.check((value) => JSON.stringify(value).length <= max, 'is too large'),
  );
const requestSchema = v.object({
  id: text(128),
  // A kind that this version does not know costs only itself: the request is answered, the snapshot counts.
  kind: text(64),
  prune: maybe(v.boolean()),
  dryRun: maybe(v.boolean()),
  resources: maybe(list(text(2048), 10_000)),
  force: maybe(v.boolean()),
  replace: maybe(v.boolean()),
  deletions: maybe(list(text(2048), 10_000)),
  action: maybe(text(64)),
  key: maybe(text(2048)),
  uid: maybe(text(128)),
  parameters: maybe(smallJson(4_096)),
  at: maybe(count),
  actor: text(),
});
const snapshotAppSchema = v.object({
  id: appId,
  state: v.picklist(['present', 'removed']),
  bundle: maybe(digest),
  fallback: maybe(digest),
  waitsFor: maybe(list(text(), 1_000)),
  revision: text(),
  policy: policySchema,
  requests: list(requestSchema, 100),
});
const snapshotSchema = v.object({
  cluster: text(128),
  clusterName: text(253),
  keys: v.pipe(count, v.minValue(1)),
  generation: v.pipe(count, v.minValue(1)),
  previous: v.nullable(digest),
  issuedAt: count,
  expiresAt: count,
  apps: list(snapshotAppSchema, 20_000),
  settings: maybe(settingsSchema),
  projects: maybe(projectsSchema),
});
const resultSchema = v.object({
  key: text(2048),
  action: v.picklist(['created', 'configured', 'unchanged', 'replaced', 'recreated', 'pruned', 'kept', 'skipped', 'failed']),
  hook: maybe(v.object({ phase: text(64), state: v.picklist(['succeeded', 'failed', 'running', 'terminated']) })),
  problem: maybe(problemSchema),
});
const receiptSchema = v.object({
  id: text(128),
  cluster: text(128),
  generation: count,
  snapshot: digest,
  app: appId,
  bundle: maybe(digest),
  revision: text(),
  outcome: v.picklist(['synced', 'failed', 'held', 'removed', 'acted']),
  action: maybe(text(64)),
  dryRun: maybe(v.literal(true)),
  startedAt: count,
  finishedAt: count,
  results: list(resultSchema),
  health: healthSchema,
  problems: list(problemSchema, 1000),
  requests: list(text(128), 100),
});
/** What Git would have to say to match the cluster. */
const patchSchema = smallJson(65_536);
const progressSchema = v.object({
  state: v.picklist(['running', 'waiting']),
  phase: maybe(text(64)),
  wave: maybe(v.pipe(v.number(), v.safeInteger())),
  message: text(4096),
  code: maybe(text(64)),
  since: count,
  retry: maybe(v.object({ attempt: count, limit: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)), at: maybe(count) })),
});
const driftSchema = v.object({
  key: text(2048),
  kind: v.picklist(['changed', 'deleted', 'extra']),
  fields: list(text(2048), 20),
  manager: maybe(text()),
  time: maybe(text(64)),
  owners: maybe(list(v.object({ field: text(2048), manager: text(), operation: text(128), time: text(64) }), 20)),
  mutated: maybe(list(text(2048), 20)),
  action: v.picklist(['healed', 'reported']),
  patch: maybe(patchSchema),
});
const resourceSchema = v.object({
  key: text(2048),
  version: text(),
  sync: syncSchema,
  health: healthSchema,
  problem: maybe(problemSchema),
});
const statusSchema = v.object({
  app: appId,
  generation: count,
  revision: text(),
  bundle: text(),
  sync: syncSchema,
  health: healthSchema,
  resources: list(resourceSchema),
  problems: list(problemSchema, 1000),
  drift: list(driftSchema, 1000),
  progress: maybe(progressSchema),
  observedAt: count,
});
const pollSchema = v.object({
  cluster: text(128),
  generation: count,
  keys: count,
  bundles: list(digest, 20_000),
  expiresAt: count,
  agentVersion: text(128),
  questions: maybe(count),
});
const reportSchema = v.object({
  id: text(128),
  cluster: text(128),
  generation: count,
  receipts: list(envelopeSchema, 20_000),
  statuses: list(statusSchema, 20_000),
  problems: list(problemSchema, 1000),
  trees: maybe(treesSchema),
  agent: v.object({
    version: text(128),
    rssBytes: count,
    startedAt: count,
    rttMs: maybe(count),
    features: maybe(list(text(64), 32)),
  }),
});
const enrolSchema = v.object({
  token: text(256),
  publicKey: publicKeySchema,
  cluster: v.pipe(text(128), v.minLength(1)),
  kubernetesVersion: text(128),
  agentVersion: text(128),
});

/** Runs a schema; the error is one sentence that names the path of the first problem. */
function parser<T>(schema: v.GenericSchema): (value: unknown) => Result<T, string> {
  return (value) => {
    const parsed = v.safeParse(schema, value, { abortEarly: true });
    // The schemas above spell out the types of messages.ts; problem codes are text here because a newer peer may know more of them.
    if (parsed.success) return ok(parsed.output as T);
    const [issue] = parsed.issues;
    return err(`${v.getDotPath(issue) ?? 'message'}: ${issue.message.replace(/ but received .*$/, '')}`);
  };
}

export const parseEnvelope = parser<Envelope>(envelopeSchema);
export const parseKeyList = parser<KeyList>(keyListSchema);
export const parseSnapshot = parser<Snapshot>(snapshotSchema);
export const parseReceipt = parser<Receipt>(receiptSchema);
export const parsePollRequest = parser<PollRequest>(pollSchema);
export const parseReport = parser<Report>(reportSchema);
export const parseEnrolRequest = parser<EnrolRequest>(enrolSchema);
