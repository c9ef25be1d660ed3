import { describe, expect, test } from 'vitest';
import { readHistory } from '../../../src/ledger/history.ts';
import { prepareEntry } from '../../../src/ledger/prepare-entry.ts';
import { ledgerTables } from '../../../src/ledger/tables.ts';
import type { Sql, SqlValue } from '../../../src/platform/sql.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';
import { app, CANARY, CLUSTER, createTestLedger, deploy, REVISION } from './ledger-fixture.ts';
import { readLedgerApp } from './read-ledger-app.ts';

const now = () => 1_700_000_100_000;

describe('recording', () => {
  test('I4 of two entries prepared from one head, the second is refused and changes nothing', async () => {
    const { sql, signer } = await createTestLedger();
    const writer = { sql, signer, now, cluster: CLUSTER };
    const [one, two] = await Promise.all([
      prepareEntry(writer, { changes: [deploy('web')] }),
      prepareEntry(writer, { changes: [deploy('api')] }),
    ]);
    expect(sql.transaction(() => one?.apply() ?? 'nothing')).toBe('committed');
    expect(sql.transaction(() => two?.apply() ?? 'nothing')).toBe('head_moved');
    expect(readHistory(sql, undefined, 10).map((entry) => entry.message)).toEqual(['web: deploy 4f1c2aa to eu-1']);
    expect(ledgerTables(sql).head()?.oid).toBe(one?.commit);
  });

  test('I4 a receipt that is delivered twice is recorded once', async () => {
    const ledger = await createTestLedger();
    const receipt = await ledger.receipt({ app: 'web' });
    await ledger.record([receipt, receipt]);
    const again = await prepareEntry({ sql: ledger.sql, signer: ledger.signer, now, cluster: CLUSTER }, { changes: [receipt] });
    expect(again).toBeUndefined();
    expect(readHistory(ledger.sql, 'web', 10)).toHaveLength(1);
  });

  test('I4 two receipts of one App in one flush are both kept', async () => {
    const ledger = await createTestLedger();
    await ledger.record([deploy('web')]);
    const commit = await ledger.record([
      await ledger.receipt({ app: 'web', generation: 1 }),
      await ledger.receipt({ app: 'web', generation: 2 }),
    ]);
    const read = await readLedgerApp(ledger.sql, commit, 'web');
    expect(read?.receipt).toMatchObject({
      receipt: { generation: 2 },
      earlier: [{ payloadType: expect.stringContaining('receipt') }],
    });
  });

  test('F39 a write that fails half-way leaves the ledger as it was, and the entry can be applied again', async () => {
    const inner = createNodeSql();
    let writesLeft = Number.POSITIVE_INFINITY;
    const sql: Sql = {
      ...inner,
      run(statement: string, ...values: SqlValue[]) {
        if (statement.startsWith('INSERT INTO ledger') && writesLeft-- <= 0) throw new Error('disk full');
        inner.run(statement, ...values);
      },
    };
    const ledger = await createTestLedger(sql);
    const first = await ledger.record([deploy('web')]);
    const prepared = await prepareEntry({ sql, signer: ledger.signer, now, cluster: CLUSTER }, { changes: [deploy('api')] });
    writesLeft = 3;
    expect(() => sql.transaction(() => prepared?.apply() ?? 'nothing')).toThrow('disk full');
    expect(ledgerTables(sql).head()?.oid).toBe(first);
    expect(inner.all('SELECT 1 AS one FROM ledger_change WHERE app = ?', 'api')).toEqual([]);
    writesLeft = Number.POSITIVE_INFINITY;
    expect(sql.transaction(() => prepared?.apply() ?? 'nothing')).toBe('committed');
  });

  test('a batch of two hundred Apps is one commit, found from each of them', async () => {
    const { sql, record } = await createTestLedger();
    const ids = Array.from({ length: 200 }, (_, i) => `app-${i}`);
    await record(ids.map((id) => deploy(id)));
    expect(readHistory(sql, undefined, 10)).toMatchObject([{ message: '200 apps: deploy 4f1c2aa to eu-1', generation: 1 }]);
    expect(readHistory(sql, 'app-199', 10)).toMatchObject([
      { changes: [{ app: 'app-199', action: 'deploy', revision: REVISION }] },
    ]);
  });

  test('S12 no Secret value is in any row', async () => {
    const { sql, record } = await createTestLedger();
    await record([deploy('web')]);
    const rows = ['ledger_object', 'ledger_part', 'ledger_entry', 'ledger_change'].flatMap((table) =>
      sql.all(`SELECT * FROM ${table}`),
    );
    const dump = rows
      .flatMap((row) => Object.values(row))
      .map((value) => (value instanceof ArrayBuffer ? Buffer.from(value).toString('latin1') : String(value)));
    expect(dump.join('\n')).toContain('(masked)');
    for (const form of [CANARY, Buffer.from(CANARY).toString('base64')]) expect(dump.join('\n')).not.toContain(form);
  });

  test('an object longer than a row comes back whole', async () => {
    const { sql, record } = await createTestLedger();
    // Random letters, so that compression does not bring it below the limit of a row.
    const text = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('hex');
    const data = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`key-${i}`, text.split('').reverse().join('') + i + text.slice(i * 100)]),
    );
    const big = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big', namespace: 'shop' }, data };
    const commit = await record([deploy('web', { objects: [big] })]);
    expect(sql.all('SELECT part FROM ledger_part')).not.toEqual([]);
    const read = await readLedgerApp(sql, commit, 'web');
    expect(read?.manifests[0]?.yaml.length).toBeGreaterThan(4_000_000);
    expect(read?.manifests[0]?.yaml).toContain(text.slice(3900));
  });
});

describe('the App in the tree', () => {
  test('what ran before stays recorded while an App is held', async () => {
    const { sql, record } = await createTestLedger();
    const web = deploy('web');
    await record([web]);
    const problems = [{ code: 'render.empty', message: 'render is empty' } as const];
    const held = await record([{ kind: 'hold', app: app('web'), revision: 'e'.repeat(40), problems }]);
    const read = await readLedgerApp(sql, held, 'web');
    expect(read?.file).toMatchObject({ revision: REVISION, bundle: web.bundle, problems });
    expect(read?.manifests).toHaveLength(4);
    expect(readHistory(sql, 'web', 1)[0]?.message).toBe('web: hold eeeeeee, render is empty');
  });

  test('a removed App is gone from the tree and stays in the history', async () => {
    const { sql, record } = await createTestLedger();
    const first = await record([deploy('web'), deploy('api')]);
    const gone = await record([{ kind: 'remove', app: 'web', generation: 2, onDelete: 'prune' }]);
    expect(await readLedgerApp(sql, gone, 'web')).toBeUndefined();
    expect(await readLedgerApp(sql, gone, 'api')).toBeDefined();
    expect((await readLedgerApp(sql, first, 'web'))?.manifests).toHaveLength(4);
    expect(readHistory(sql, 'web', 10)).toHaveLength(2);
  });

  test('an object that left the bundle leaves the tree', async () => {
    const { sql, record } = await createTestLedger();
    const web = deploy('web');
    await record([web]);
    const commit = await record([deploy('web', { objects: web.objects.slice(0, 2), generation: 2 })]);
    expect((await readLedgerApp(sql, commit, 'web'))?.manifests).toHaveLength(2);
  });

  test('S01 an App id that would leave its folder is a bug, not a path', async () => {
    const { sql, signer } = await createTestLedger();
    const entry = { changes: [deploy('../x')] };
    await expect(prepareEntry({ sql, signer, now, cluster: CLUSTER }, entry)).rejects.toThrow('App id');
  });
});
