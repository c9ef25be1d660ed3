import { beforeEach, describe, expect, test } from 'vitest';
import type { PublicKey } from '../../../core/protocol/messages.ts';
import type { Verify } from '../../../core/protocol/signing.ts';
import { findEntry } from '../../../src/ledger/find-entry.ts';
import { CHECKED_ENTRIES, checkLedger } from '../../../src/ledger/ledger-state.ts';
import { readLogPage } from '../../../src/ledger/log-page.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { createTestLedger, deploy, makeSigner, type TestLedger } from './ledger-fixture.ts';

let ledger: TestLedger;
let verified: number;
const counting: Verify = (...args) => {
  verified += 1;
  return verifyEd25519(...args);
};
const note = (n: number) => ({ kind: 'note', action: 'x', text: `note ${n}` }) as const;
beforeEach(async () => {
  ledger = await createTestLedger();
  verified = 0;
});

const check = (keys: readonly PublicKey[] = [ledger.signer.publicKey], good = new Set<string>()) =>
  checkLedger({ sql: ledger.sql, keys, verify: counting, good });

describe('the state of a ledger', () => {
  test('that is empty is good', async () => {
    expect(await check()).toEqual({ entries: 0, checked: 0, verified: true });
  });

  test('names its head and how much was checked', async () => {
    await ledger.record([deploy('web')]);
    const head = await ledger.record([note(1)]);
    expect(await check()).toEqual({ head, entries: 2, checked: 2, verified: true });
  });

  test('costs only what is new', async () => {
    const good = new Set<string>();
    for (let n = 0; n < 5; n++) await ledger.record([note(n)]);
    await check(undefined, good);
    expect(verified).toBe(5);
    await ledger.record([note(6)]);
    await check(undefined, good);
    expect(verified).toBe(6);
  });

  test('looks at the newest entries only', async () => {
    for (let n = 0; n < CHECKED_ENTRIES + 3; n++) await ledger.record([note(n)]);
    expect(await check()).toMatchObject({ entries: CHECKED_ENTRIES + 3, checked: CHECKED_ENTRIES, verified: true });
  }, 60_000);

  test('S41: is broken by a key that is not listed, and by no keys at all', async () => {
    const commit = await ledger.record([note(1)]);
    for (const keys of [[(await makeSigner()).publicKey], []])
      expect(await check(keys)).toMatchObject({ verified: false, broken: { commit } });
  });

  test('S41: is broken by bytes that were changed, a commit that is missing, and one that was left out', async () => {
    const commits = [await ledger.record([note(1)]), await ledger.record([note(2)]), await ledger.record([note(3)])];
    ledger.sql.run('UPDATE ledger_entry SET seq = 9 WHERE oid = ?', commits[2] ?? '');
    ledger.sql.run('DELETE FROM ledger_entry WHERE oid = ?', commits[1] ?? '');
    expect(await check()).toMatchObject({ verified: false, broken: { commit: commits[2] } });
    ledger.sql.run("UPDATE ledger_object SET data = CAST('tree x' AS BLOB) WHERE oid = ?", commits[2] ?? '');
    expect(await check()).toMatchObject({ verified: false, broken: { commit: commits[2] } });
    ledger.sql.run('DELETE FROM ledger_object WHERE oid = ?', commits[2] ?? '');
    expect(await check()).toMatchObject({ verified: false, broken: { commit: commits[2] } });
  });
});

describe('an entry', () => {
  test('is found by its id or seven digits of it', async () => {
    const commit = await ledger.record([note(1)]);
    for (const asked of [commit, commit.slice(0, 7), commit.slice(0, 39)]) expect(findEntry(ledger.sql, asked)?.oid).toBe(commit);
    for (const wrong of [commit.slice(0, 6), `${commit}0`, commit.toUpperCase(), 'g'.repeat(7), "' OR 1=1 --"])
      expect([wrong, findEntry(ledger.sql, wrong)]).toEqual([wrong, undefined]);
  });
});

describe('pages of the log', () => {
  test('end without a cursor, also when the last page is full', async () => {
    for (let n = 0; n < 4; n++) await ledger.record([note(n)]);
    const first = readLogPage(ledger.sql, { limit: 2 });
    const second = readLogPage(ledger.sql, { limit: 2, before: first.before ?? '' });
    expect([first.entries.length, second.entries.length, second.before]).toEqual([2, 2, undefined]);
    expect(new Set([...first.entries, ...second.entries].map(({ commit }) => commit)).size).toBe(4);
  });

  test.each(['', 'x', '-1', '1e99', 'NaN'])('S25: a cursor that is none begins at the newest: %j', async (before) => {
    await ledger.record([note(1)]);
    expect(readLogPage(ledger.sql, { limit: 2, before }).entries).toHaveLength(1);
  });
});
