import { expect, test } from 'vitest';
import { parseTrailers } from '../../../core/ledger/trailers.ts';
import { verifyLedger } from '../../../core/ledger/verify.ts';
import { readNewest } from '../../../src/deliver/newest-snapshot.ts';
import { decideOnMarks } from '../../../src/durable/cluster-marks.ts';
import { decideOnNote } from '../../../src/durable/cluster-notes.ts';
import { readEntry } from '../../../src/ledger/entry-view.ts';
import { readLogPage } from '../../../src/ledger/log-page.ts';
import { readObject } from '../../../src/ledger/object-store.ts';
import { ledgerTables } from '../../../src/ledger/tables.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { commit, createCluster, deployed, status } from './cluster-fixture.ts';

const bundle = deployed('web').digest ?? '';
const revision = commit(1).commit;

type Cluster = Awaited<ReturnType<typeof createCluster>>;

/** An App whose sync ended while it was Progressing. */
async function progressing(): Promise<Cluster> {
  const cluster = await createCluster();
  await cluster.publish(deployed('web', 1));
  const { generation } = cluster.snapshot();
  const receipt = await cluster.receipt({
    app: 'web',
    generation,
    bundle,
    revision,
    snapshot: readNewest(cluster.sql)?.digest ?? '',
    health: { status: 'Progressing' },
  });
  await cluster.report({ receipts: [receipt] });
  return cluster;
}

const healthy = (generation: number) =>
  status('web', {
    generation,
    bundle,
    sync: 'Synced',
    health: { status: 'Healthy' },
  });

test('an App that becomes Healthy after its receipt is noted in the ledger, in an entry of its own', async () => {
  const cluster = await progressing();
  await cluster.report({ statuses: [healthy(cluster.snapshot().generation)] });
  const before = cluster.ledgerLength();
  expect(decideOnMarks(cluster.sql, cluster.writer.now())).toBeUndefined();
  await cluster.decide(decideOnMarks(cluster.sql, cluster.writer.now() + 60_000));
  expect(cluster.ledgerLength()).toBe(before + 1);
  const [newest] = readLogPage(cluster.sql, { limit: 1 }).entries;
  expect(newest?.message).toBe('web: healthy with 0000000');
  const entry = await readEntry(cluster.sql, newest?.commit ?? '');
  const [change] = entry.ok ? parseTrailers(entry.value.text).changes : [];
  expect(change).toMatchObject({ app: 'web', action: 'healthy', revision });
  expect(change?.time).toMatch(/^2023-11-14T22:1\d:\d\d\.\d{3}Z$/);
  expect(entry.ok && entry.value.files).toEqual([]);
  expect(decideOnMarks(cluster.sql, cluster.writer.now() + 60_000)).toBeUndefined();
});

test('marks and reverts are no findings when the ledger is verified', async () => {
  const cluster = await progressing();
  await cluster.report({ statuses: [healthy(cluster.snapshot().generation)] });
  await cluster.decide(decideOnMarks(cluster.sql, cluster.writer.now() + 60_000));
  const note = { app: 'web', action: 'revert', text: 'revert 1111111 by 2222222', actor: 'ana', revision };
  await cluster.decide(decideOnNote(cluster.sql, { ...note, reason: 'pods crash\nAction: deploy' }));
  const tables = ledgerTables(cluster.sql);
  const report = await verifyLedger({ read: (oid) => readObject(tables, oid) }, tables.head()?.oid ?? '', {
    signers: [cluster.signer.publicKey],
    agents: [cluster.agent.publicKey],
    verify: verifyEd25519,
  });
  expect(report.findings).toEqual([]);
  expect(readLogPage(cluster.sql, { limit: 1 }).entries[0]?.message).toBe('web: revert 1111111 by 2222222');
});
