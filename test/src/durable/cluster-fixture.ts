import type { AppDefinition } from '../../../core/api/views.ts';
import type { SharedValue } from '../../../core/app/settings.ts';
import type { AppStatus } from '../../../core/app/status.ts';
import { bundleDigest } from '../../../core/bundle/bundle-digest.ts';
import { makeBundle } from '../../../core/bundle/make-bundle.ts';
import type { Manifest } from '../../../core/objects/object.ts';
import { signEnvelope } from '../../../core/protocol/dsse.ts';
import { type Envelope, RECEIPT_TYPE, type Receipt, type Report, type Snapshot } from '../../../core/protocol/messages.ts';
import type { Signer } from '../../../core/protocol/signing.ts';
import { bundleStore } from '../../../src/deliver/bundle-store.ts';
import { readEnvelope } from '../../../src/deliver/newest-snapshot.ts';
import { decideOnChanges } from '../../../src/durable/cluster-changes.ts';
import { decideOnReport } from '../../../src/durable/cluster-report.ts';
import { CLUSTER_TABLES } from '../../../src/durable/cluster-tables.ts';
import { type ClusterWriter, carryOut, type Decision } from '../../../src/durable/cluster-writer.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import { makeEd25519, openSigner, verifyEd25519 } from '../../../src/platform/ed25519.ts';
import type { AppChange } from '../../../src/platform/ports.ts';
import { openVault } from '../../../src/platform/vault.ts';
import { acceptReport } from '../../../src/report/accept-report.ts';
import { wasSeen } from '../../../src/report/observed-apps.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

export const UID = 'uid-1';
/** Stands in every Secret: it must be found in no table. */
export const CANARY = 'canary-9c41d2';

/** A Cluster object without its platform: real tables, ledger, vault and signatures; `now` moves a second with each look. */
export async function createCluster(options: { readonly uid?: string | undefined } = { uid: UID }) {
  const sql = createNodeSql();
  migrate(sql, CLUSTER_TABLES);
  const [signer, agent] = [await newSigner(), await newSigner()];
  const vault = await openVault('a secret of thirty-two characters');
  let time = 1_700_000_000_000;
  const writer: ClusterWriter = {
    sql,
    bundles: bundleStore(sql, vault, undefined),
    signer,
    keys: 1,
    clusterName: 'eu-1',
    uid: options.uid,
    now: () => (time += 1000),
  };
  const publish = async (shared: readonly SharedValue[], changes: readonly AppChange[]) => {
    const decision = await decideOnChanges(writer, changes, shared);
    return decision === undefined ? undefined : carryOut(writer, decision);
  };
  const trust = { cluster: UID, agentKey: agent.publicKey, verify: verifyEd25519 };
  return {
    sql,
    vault,
    signer,
    agent,
    writer,
    publish: (...changes: readonly AppChange[]) => publish([], changes),
    publishShared: (shared: readonly SharedValue[], ...changes: readonly AppChange[]) => publish(shared, changes),
    async decide(decision: Decision | undefined) {
      return decision === undefined ? undefined : carryOut(writer, decision);
    },
    /** Takes a report as the Cluster object does; gives whether anything was written. */
    async report(partial: Partial<Report>): Promise<boolean> {
      const report: Report = { ...REPORT, id: `report-${++reports}`, ...partial };
      const accepted = await acceptReport(new TextEncoder().encode(JSON.stringify(report)), trust);
      if (!accepted.ok) throw new Error(accepted.error.message);
      if (wasSeen(sql, report.id)) return false;
      await carryOut(writer, decideOnReport(writer, accepted.value, writer.now()));
      return true;
    },
    receipt: (receipt: Partial<Receipt> & { readonly app: string }, by: Signer = agent): Promise<Envelope> =>
      signEnvelope(RECEIPT_TYPE, { ...RECEIPT, id: `receipt-${++receipts}`, ...receipt }, by),
    snapshot: (): Snapshot => openSnapshot(readEnvelope(sql)),
    ledgerLength: () => sql.all<{ n: number }>('SELECT count(*) AS n FROM ledger_entry')[0]?.n ?? 0,
  };
}

let reports = 0;
let receipts = 0;

const REPORT: Report = {
  id: '',
  cluster: UID,
  generation: 1,
  receipts: [],
  statuses: [],
  problems: [],
  agent: { version: 'test', rssBytes: 1, startedAt: 1 },
};

const RECEIPT: Receipt = {
  id: '',
  cluster: UID,
  generation: 1,
  snapshot: `sha256:${'0'.repeat(64)}`,
  app: '',
  revision: '1'.repeat(40),
  outcome: 'synced',
  startedAt: 1,
  finishedAt: 2,
  results: [],
  health: { status: 'Healthy' },
  problems: [],
  requests: [],
};

export async function newSigner(): Promise<Signer> {
  const { seed, publicKey } = await makeEd25519();
  return openSigner(seed, publicKey);
}

/** The content of an envelope that this test's own writer signed. */
export function openSnapshot(envelope: Envelope | undefined): Snapshot {
  if (envelope === undefined) throw new Error('there is no snapshot');
  return JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as Snapshot;
}

export function definition(id: string, policy: Partial<AppDefinition['policy']> = {}): AppDefinition {
  return {
    id,
    cluster: 'eu-1',
    project: 'default',
    origin: { dialect: 'argo', kind: 'Application', namespace: 'argocd', name: id, file: `fleet/${id}.yaml`, line: 1 },
    source: { repoURL: 'https://git.example.com/shop.git', revision: 'main', path: `apps/${id}` },
    policy: {
      dialect: 'argo',
      name: id,
      namespace: 'argocd',
      autoSync: true,
      prune: true,
      selfHeal: true,
      allowEmpty: false,
      createNamespace: false,
      suspended: false,
      retry: { limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 },
      timeoutSeconds: 300,
      onDelete: 'prune',
      budget: { count: 10, percent: 50 },
      ...policy,
    },
  };
}

export function objects(id: string, version = 1): Manifest[] {
  const metadata = { name: id, namespace: 'shop' };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { version: String(version) } },
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: CANARY }, data: { token: btoa(CANARY) } },
  ];
}

export const commit = (n: number) => ({
  commit: n.toString(16).padStart(40, '0'),
  author: 'Ana <ana@example.com>',
  subject: `Change ${n}`,
  committedAt: 1_699_000_000_000 + n,
});

/** An App as it was rendered at commit `version`. */
export function deployed(id: string, version = 1, change: Partial<AppChange> = {}): AppChange {
  const { bundle } = makeBundle(objects(id, version), '5a'.repeat(32));
  return {
    definition: definition(id),
    state: 'present',
    commit: commit(version),
    bundle,
    digest: bundleDigest(bundle),
    problems: [],
    ...change,
  };
}

/** An App whose render failed at commit `version`. */
export function held(id: string, version: number): AppChange {
  const problems = [{ code: 'render.kustomize' as const, message: 'no such base' }];
  return { definition: definition(id), state: 'present', commit: commit(version), problems };
}

export function removed(id: string): AppChange {
  return { definition: definition(id), state: 'removed', problems: [] };
}

export function status(app: string, change: Partial<AppStatus> = {}): AppStatus {
  return {
    app,
    generation: 1,
    revision: commit(1).commit,
    bundle: deployed(app).digest ?? '',
    sync: 'Synced',
    health: { status: 'Healthy' },
    resources: [],
    problems: [],
    drift: [],
    observedAt: 1000,
    ...change,
  };
}

/** Every value of every table, as text; blobs both as they are and as text. */
export function dump(sql: ReturnType<typeof createNodeSql>): string {
  const tables = sql.all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`);
  const values = tables.flatMap(({ name }) => sql.all(`SELECT * FROM "${name}"`).flatMap((row) => Object.values(row)));
  return values.map((value) => (value instanceof ArrayBuffer ? Buffer.from(value).toString('latin1') : String(value))).join('\n');
}
