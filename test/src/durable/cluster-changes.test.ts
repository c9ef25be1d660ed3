import { describe, expect, it } from 'vitest';
import type { AppRequest } from '../../../core/protocol/messages.ts';
import { snapshotDigest } from '../../../core/protocol/snapshot-rules.ts';
import { listDesired, readDesired, wantedDigests } from '../../../src/deliver/desired-apps.ts';
import { readEnvelope, readNewest } from '../../../src/deliver/newest-snapshot.ts';
import { decideOnChanges, decideOnRequest } from '../../../src/durable/cluster-changes.ts';
import { carryOut } from '../../../src/durable/cluster-writer.ts';
import { readHistory } from '../../../src/ledger/history.ts';
import { eventsAfter } from '../../../src/report/observed-apps.ts';
import { CANARY, commit, createCluster, definition, deployed, dump, held, removed } from './cluster-fixture.ts';

const REQUEST: AppRequest = { id: 'request-1', kind: 'sync', prune: true, actor: 'ana' };

describe('publishing', () => {
  it('makes one generation and one ledger entry of a batch, however many Apps it has', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'), deployed('api'), deployed('db'));
    const snapshot = cluster.snapshot();
    expect(snapshot.apps.map(({ id }) => id)).toEqual(['api', 'db', 'web']);
    expect([snapshot.generation, snapshot.previous, cluster.ledgerLength()]).toEqual([1, null, 1]);
    expect(snapshotDigest(snapshot)).toBe(readNewest(cluster.sql)?.digest);
  });

  it('says nothing when nothing is new: a crash before the journey settled costs nothing (I10)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'), held('api', 1));
    expect(await cluster.publish(deployed('web'), held('api', 1))).toBeUndefined();
    expect([readNewest(cluster.sql)?.generation, cluster.ledgerLength()]).toEqual([1, 1]);
  });

  it('takes the later of two changes of one App', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web', 1), deployed('web', 2));
    expect(readDesired(cluster.sql, 'web')?.commit).toEqual(commit(2));
    expect(cluster.snapshot().apps).toHaveLength(1);
  });

  it('keeps the last good bundle and its commit while a new one cannot be made', async () => {
    const cluster = await createCluster();
    const good = deployed('web', 1);
    await cluster.publish(good);
    await cluster.publish(held('web', 2));
    const [app] = cluster.snapshot().apps;
    expect([app?.bundle, app?.revision, app?.state]).toEqual([good.digest, commit(1).commit, 'present']);
    expect(readDesired(cluster.sql, 'web')?.problems.map(({ code }) => code)).toEqual(['render.kustomize']);
    expect(await cluster.writer.bundles.get(good.digest ?? '')).toEqual(good.bundle);
  });

  it('names no bundle for an App that was never rendered', async () => {
    const cluster = await createCluster();
    await cluster.publish(held('web', 1));
    expect(cluster.snapshot().apps[0]).not.toHaveProperty('bundle');
  });

  it('carries a removed App as a tombstone with its last policy', async () => {
    const cluster = await createCluster();
    const good = deployed('web', 1);
    await cluster.publish(good);
    await cluster.publish({ ...removed('web'), definition: definition('web', { onDelete: 'orphan' }) });
    const [app] = cluster.snapshot().apps;
    expect([app?.state, app?.bundle, app?.policy.onDelete]).toEqual(['removed', good.digest, 'orphan']);
  });

  it('says nothing about the removal of an App that is not there', async () => {
    const cluster = await createCluster();
    expect(await cluster.publish(removed('web'))).toBeUndefined();
  });

  it('forgets a bundle with the last App that names it, and not before', async () => {
    const cluster = await createCluster();
    const { bundle, digest = '' } = deployed('web', 1);
    if (bundle === undefined) throw new Error('a deployed App has a bundle');
    await cluster.publish(deployed('web'), deployed('twin', 1, { bundle, digest }));
    await cluster.publish(deployed('web', 2));
    expect(cluster.writer.bundles.has(digest)).toBe(true);
    // The last ten of each App are kept, to go back to.
    for (let version = 2; version <= 11; version++) await cluster.publish(deployed('twin', version));
    expect(cluster.writer.bundles.has(digest)).toBe(true);
    for (let version = 3; version <= 11; version++) await cluster.publish(deployed('web', version));
    expect(cluster.writer.bundles.has(digest)).toBe(false);
    expect(await cluster.writer.bundles.get(digest)).toBeUndefined();
    expect(cluster.sql.all('SELECT DISTINCT name FROM chunk')).toHaveLength(1 + 20);
    expect(wantedDigests(cluster.sql)).toHaveLength(2);
  });

  it('records and signs nothing for the agent before it has enrolled, and everything when it does', async () => {
    const cluster = await createCluster({ uid: undefined });
    await cluster.publish(deployed('web'));
    expect([readEnvelope(cluster.sql), cluster.ledgerLength()]).toEqual([undefined, 1]);
    const enrolled = { ...cluster.writer, uid: 'uid-1' };
    await carryOut(enrolled, { parts: new Map(), ledger: () => [], rows: () => undefined, events: [] });
    expect(cluster.snapshot().apps.map(({ id }) => id)).toEqual(['web']);
  });

  it('signs a new generation of the same under a new key list', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    const before = cluster.snapshot();
    await carryOut({ ...cluster.writer, keys: 2 }, { parts: new Map(), ledger: () => [], rows: () => undefined, events: [] });
    const after = cluster.snapshot();
    expect([after.generation, after.keys, after.apps]).toEqual([2, 2, before.apps]);
    expect(after.previous).toBe(snapshotDigest(before));
  });

  it('writes nothing at all when the transaction fails (F39)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    const before = dump(cluster.sql);
    const decision = await decideOnChanges(cluster.writer, [deployed('web', 2)]);
    if (decision === undefined) throw new Error('a new commit is news');
    const rows = () => {
      decision.rows(2, '');
      throw new Error('the disk is full');
    };
    await expect(carryOut(cluster.writer, { ...decision, rows })).rejects.toThrow('the disk is full');
    expect(dump(cluster.sql)).toBe(before);
    await cluster.publish(deployed('web', 2));
    expect(cluster.snapshot().generation).toBe(2);
  });

  it('keeps an object of three megabytes (F31)', async () => {
    const cluster = await createCluster();
    const metadata = { name: 'large', namespace: 'shop' };
    const bundle = {
      format: 1 as const,
      salt: '00'.repeat(32),
      objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: 'ü'.repeat(1_500_000) } }],
    };
    await cluster.publish(deployed('web', 1, { bundle, digest: `sha256:${'1'.repeat(64)}` }));
    expect(await cluster.writer.bundles.get(`sha256:${'1'.repeat(64)}`)).toEqual(bundle);
  });

  it('leaves no Secret value in any table, ledger and events included (S12)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web', 1), deployed('api', 1));
    await cluster.publish(deployed('web', 2), held('api', 2));
    const stored = dump(cluster.sql);
    expect(stored).toContain('snapshot');
    for (const form of [CANARY, btoa(CANARY), Buffer.from(CANARY).toString('hex')]) expect(stored).not.toContain(form);
  });
});

describe('a request', () => {
  it('stands in the snapshot of its App until it is answered, through every publication', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'), deployed('api'));
    const desired = readDesired(cluster.sql, 'web');
    if (desired === undefined) throw new Error('it was published');
    await carryOut(cluster.writer, decideOnRequest(cluster.writer, desired, REQUEST));
    await cluster.publish(deployed('web', 2), deployed('api', 2));
    expect(cluster.snapshot().apps.map(({ id, requests }) => [id, requests])).toEqual([
      ['api', []],
      ['web', [REQUEST]],
    ]);
    await cluster.report({ receipts: [await cluster.receipt({ app: 'web', requests: [REQUEST.id] })] });
    expect(cluster.snapshot().apps.flatMap(({ requests }) => requests)).toEqual([]);
  });
});

describe('the history', () => {
  it('tells deployments, holds and removals in order', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web', 1));
    await cluster.publish(held('web', 2));
    await cluster.publish(removed('web'));
    expect(readHistory(cluster.sql, 'web', 10).map(({ generation }) => generation)).toEqual([3, 2, 1]);
    expect(eventsAfter(cluster.sql, 'eu-1', 0).map(({ kind }) => kind)).toEqual(['deploy', 'held', 'removed']);
    expect(listDesired(cluster.sql).map(({ state }) => state)).toEqual(['removed']);
  });
});
