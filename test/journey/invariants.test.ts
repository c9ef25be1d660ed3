import { describe, expect, test } from 'vitest';
import type { AuditEvent } from './support/audit-log.ts';
import { checkHistory, type History } from './support/check-history.ts';
import { decision, madeUpHistory, receipted, STEP, write } from './support/made-up-history.ts';

/** The checker itself: a witness that never objects proves nothing. */
const A = '/ConfigMap/web/a';
const B = '/ConfigMap/web/b';

async function rules(history: History): Promise<string[]> {
  return (await checkHistory(history)).map((violation) => violation.slice(0, 2));
}

function of(wishes: readonly (readonly string[])[], ...events: readonly AuditEvent[]): History {
  return madeUpHistory(wishes, events);
}

describe('the checker is content', () => {
  test('when what was decided is written, and what was dropped is deleted', async () => {
    const history = of([[A, B], [A]], write('patch', 'a', 100), write('patch', 'b', 100), write('delete', 'b', STEP + 2_000));
    expect(await checkHistory(history)).toEqual([]);
  });

  test('when the namespace of an App is made, and the agent keeps its own state', async () => {
    const namespace = write('patch', 'web', 100, { resource: 'namespaces', namespace: '' });
    const state = write('patch', 'plumbline-fence', 100, { resource: 'secrets', namespace: 'plumbline-system' });
    expect(await checkHistory(of([[A]], namespace, state))).toEqual([]);
  });

  test('when a write was refused or was a dry-run', async () => {
    const refused = write('patch', 'stranger', 100, { status: 409 });
    expect(await checkHistory(of([[A]], refused, write('patch', 'stranger', 100, { dryRun: true })))).toEqual([]);
  });
});

describe('the checker objects', () => {
  test('to a write that no bundle asks for (I1)', async () => {
    expect(await rules(of([[A]], write('patch', 'stranger', 100)))).toEqual(['I1']);
  });

  test('to a write before it was decided (I1)', async () => {
    expect(await rules(of([[A], [A, B]], write('patch', 'b', 100)))).toEqual(['I1']);
  });

  test('to a deletion of a whole collection, or below an object (I1)', async () => {
    const below = write('patch', 'a', 100, { subresource: 'status' });
    expect(await rules(of([[A]], write('deletecollection', '', 100), below))).toEqual(['I1', 'I1']);
  });

  test('to the deletion of what is wanted (I2)', async () => {
    expect(await rules(of([[A, B], [A]], write('delete', 'b', STEP - 3_000)))).toEqual(['I2']);
    expect(await rules(of([[A], [B], [A, B]], write('delete', 'a', 2 * STEP + 2_000)))).toEqual(['I2']);
  });

  test('to a generation that is left out or comes again (I3)', async () => {
    const [first, second] = [decision(0, [A]), decision(1, [A])];
    const history = of([]);
    expect(await rules({ ...history, commits: [first, { ...second, generations: [3] }] })).toEqual(['I3']);
    expect(await rules({ ...history, commits: [first, { ...second, generations: [1] }] })).toContain('I3');
  });

  test('to an older commit after a newer one (I3)', async () => {
    const older = { ...decision(1, [A]), changes: [{ app: 'web', action: 'deploy', revision: 'r-', generation: 2 }] };
    const history = { ...of([]), commits: [decision(0, [A]), older] };
    expect(await rules(history)).toEqual(['I3']);
    expect(await checkHistory({ ...history, rewritten: ['web'] })).toEqual([]);
  });

  test('to a receipt of an older generation, and to one that is there twice (I3, I4)', async () => {
    const history = of([]);
    const decided = [decision(0, [A]), decision(1, [A])];
    const receipts = [receipted(2, { id: 'x', generation: 2 }), receipted(3, { id: 'y', generation: 1 })];
    expect(await rules({ ...history, commits: [...decided, ...receipts] })).toEqual(['I3']);
    const twice = [receipted(2, { id: 'x', generation: 2 }), receipted(3, { id: 'x', generation: 2 })];
    expect(await rules({ ...history, commits: [...decided, ...twice] })).toEqual(['I4']);
  });

  test('to a ledger that is not one line (I4)', async () => {
    const commits = [decision(0, [A]), { ...decision(1, [A]), parents: ['elsewhere'] }];
    expect(await rules({ ...of([]), commits })).toEqual(['I4']);
  });
});
