import { digestOfObjects, objectDigests } from '../../../core/bundle/bundle-digest.ts';
import { makeBundle } from '../../../core/bundle/make-bundle.ts';
import type { Deploy, LedgerChange, LedgerEntry, Receive, RecordedApp, SnapshotMark } from '../../../core/ledger/entry.ts';
import type { Manifest } from '../../../core/objects/object.ts';
import { signEnvelope } from '../../../core/protocol/dsse.ts';
import { RECEIPT_TYPE, type Receipt } from '../../../core/protocol/messages.ts';
import type { Signer } from '../../../core/protocol/signing.ts';
import { prepareEntry } from '../../../src/ledger/prepare-entry.ts';
import { LEDGER_MIGRATIONS } from '../../../src/ledger/tables.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import { makeEd25519, openSigner } from '../../../src/platform/ed25519.ts';
import type { Sql } from '../../../src/platform/sql.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

export const CLUSTER = 'eu-1';
/** Stands in every Secret value of the fixtures: it must never be found in a ledger. */
export const CANARY = 'canary-5d1f0c';
export const SALT = '5a'.repeat(32);

export interface TestLedger {
  readonly sql: Sql;
  readonly signer: Signer;
  readonly agent: Signer;
  /** Prepares an entry and applies it in a transaction; throws unless it was committed. Gives the commit. */
  record(changes: readonly LedgerChange[], snapshots?: readonly SnapshotMark[]): Promise<string>;
  receipt(receipt: Partial<Receipt> & { readonly app: string }): Promise<Receive>;
}

export async function makeSigner(): Promise<Signer> {
  const { seed, publicKey } = await makeEd25519();
  return openSigner(seed, publicKey);
}

/** A ledger on an empty database, or on one that is given; the clock advances a second per entry. */
export async function createTestLedger(sql: Sql = createNodeSql()): Promise<TestLedger> {
  migrate(sql, { ledger: LEDGER_MIGRATIONS });
  const signer = await makeSigner();
  const agent = await makeSigner();
  let time = 1_700_000_000_000;
  let receipts = 0;
  const now = () => (time += 1000);
  return {
    sql,
    signer,
    agent,
    async record(changes, snapshots) {
      const entry: LedgerEntry = { changes, ...(snapshots === undefined ? {} : { snapshots }) };
      const prepared = await prepareEntry({ sql, signer, now, cluster: CLUSTER }, entry);
      if (prepared === undefined) throw new Error('nothing to record');
      const outcome = sql.transaction(() => prepared.apply());
      if (outcome !== 'committed') throw new Error(outcome);
      return prepared.commit;
    },
    async receipt(partial) {
      const receipt: Receipt = {
        id: `receipt-${++receipts}`,
        cluster: 'uid-1',
        generation: 1,
        snapshot: `sha256:${'0'.repeat(64)}`,
        revision: REVISION,
        outcome: 'synced',
        startedAt: time,
        finishedAt: time + 20,
        results: [],
        health: { status: 'Healthy' },
        problems: [],
        requests: [],
        ...partial,
      };
      return { kind: 'receipt', receipt, envelope: await signEnvelope(RECEIPT_TYPE, receipt, agent) };
    },
  };
}

export const REVISION = '4f1c2aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6';

export function app(id: string): RecordedApp {
  return {
    id,
    cluster: CLUSTER,
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
      targetNamespace: 'shop',
      createNamespace: true,
      suspended: false,
      retry: { limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 },
      timeoutSeconds: 300,
      onDelete: 'prune',
      budget: { count: 10, percent: 50 },
    },
  };
}

/** Four objects: Deployment, Service, ConfigMap, Secret. `version` changes the first. */
export function objects(id: string, version = 1): Manifest[] {
  const metadata = { name: id, namespace: 'shop', labels: { 'app.kubernetes.io/name': id } };
  const template = {
    metadata: { labels: { app: id } },
    spec: {
      containers: [
        {
          name: id,
          image: `registry.example.com/${id}:1.${version}`,
          ports: [{ containerPort: 8080 }],
          env: [{ name: 'DEBUG', value: 'no' }],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        },
      ],
    },
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas: 3, selector: { matchLabels: { app: id } }, template },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: id }, ports: [{ port: 80, targetPort: 8080 }] } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'app.conf': 'listen 8080;\nlog info;\n', mode: 'yes' } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${CANARY}"}` } },
      stringData: { password: CANARY },
      data: { token: Buffer.from(CANARY).toString('base64') },
    },
  ];
}

export function deploy(id: string, options: Partial<Deploy> & { readonly version?: number } = {}): Deploy {
  const { version, ...rest } = options;
  const { bundle } = makeBundle(rest.objects ?? objects(id, version), SALT);
  const digests = objectDigests(bundle);
  return {
    kind: 'deploy',
    app: app(id),
    revision: REVISION,
    bundle: digestOfObjects(digests),
    generation: 1,
    digests,
    author: { name: 'Ana Núñez', email: 'ana@example.com', at: 1_699_999_000_000, zone: '+0100' },
    subject: 'Raise replicas',
    problems: [],
    ...rest,
    objects: bundle.objects,
  };
}
