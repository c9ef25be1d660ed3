import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../core/api/access.ts';
import { bundleDigest } from '../../../core/bundle/bundle-digest.ts';
import { makeBundle } from '../../../core/bundle/make-bundle.ts';
import type { ControlCommand } from '../../../core/control/commands.ts';
import type { ControlRules } from '../../../core/control/control-rules.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { readDesired } from '../../../src/deliver/desired-apps.ts';
import {
  type Control,
  type ControlPlace,
  createControl,
  deploymentsOf,
  toAppControl,
} from '../../../src/durable/cluster-control.ts';
import { carryOut } from '../../../src/durable/cluster-writer.ts';
import { readHistory } from '../../../src/ledger/history.ts';
import { writeFact } from '../../../src/platform/facts.ts';
import type { AppChange } from '../../../src/platform/ports.ts';
import { eventsAfter, readObservedApp } from '../../../src/report/observed-apps.ts';
import { createCluster, definition, deployed, objects, removed, status } from './cluster-fixture.ts';

const MIN = 60_000;
const ANA: Caller = { id: 'oidc:x#ana', name: 'ana', kind: 'person', groups: [], via: 's' };
const BEN: Caller = { ...ANA, id: 'oidc:x#ben', name: 'ben' };
/** Ana wrote the commits. */
const CARL: Caller = { ...ANA, id: 'oidc:x#carl', name: 'carl' };

/** A Cluster object whose clock stands still until it is moved. */
async function place(renderAgain: ControlPlace['renderAgain'] = async () => err(problem('git.unavailable', 'not now'))) {
  const cluster = await createCluster();
  // The fixture's reports come a little earlier than what is decided here.
  let time = 1_700_000_000_000 + 100_000;
  let ids = 0;
  const writer = { ...cluster.writer, now: () => time };
  const control: Control = createControl({
    ...{ sql: () => cluster.sql, turn: (work) => work(), writer: async () => writer, renderAgain },
    carryOut: async (by, decision) => void (await carryOut(by, decision)),
    ...{ newId: () => `request-${++ids}`, now: () => time },
  });
  const ask = async (command: ControlCommand, caller = ANA): Promise<string> => {
    const answer: Result<{ readonly id: string }, { readonly code: string }> = await control.command(
      'web',
      { caller, roles: [] },
      command,
    );
    return answer.ok ? answer.value.id : answer.error.code;
  };
  return {
    ...cluster,
    control,
    ask,
    async wait(ms: number) {
      time += ms;
      await control.wake();
    },
    now: () => time,
    app: () => cluster.snapshot().apps.find(({ id }) => id === 'web'),
    row: () => readDesired(cluster.sql, 'web'),
    shown: () =>
      toAppControl(
        readDesired(cluster.sql, 'web') ?? { definition: definition('web'), state: 'present', problems: [] },
        readObservedApp(cluster.sql, 'web'),
      ),
    changes: () =>
      readHistory(cluster.sql, 'web', 100)
        .flatMap(({ changes }) => changes)
        .map(({ action, actor, reason }) => [action, actor, reason]),
    events: (kind: string) => eventsAfter(cluster.sql, 'eu-1', 0).filter((event) => event.kind === kind),
    /** The agent says how the bundle of a version is. */
    says: (version: number, health: 'Healthy' | 'Progressing' | 'Degraded') =>
      cluster.report({ statuses: [status('web', { bundle: digestOf(version), health: { status: health } })] }),
  };
}

const digestOf = (version: number) => deployed('web', version).digest ?? '';
const ruled = (version: number, control: ControlRules): AppChange =>
  deployed('web', version, { definition: { ...definition('web'), control } });
const back = (to: string, until: 'newer-commit' | 'unpin' | number = 'newer-commit'): ControlCommand => ({
  kind: 'rollback',
  to,
  until,
  reason: 'why',
});

describe('a pin', () => {
  test('is one entry of the ledger and one generation, and names the earlier bundle', async () => {
    const at = await place();
    await at.publish(deployed('web', 1));
    await at.publish(deployed('web', 2));
    const { generation } = at.snapshot();
    const entries = at.ledgerLength();
    expect(await at.ask(back('1'))).toBe('');
    expect([at.snapshot().generation, at.ledgerLength()]).toEqual([generation + 1, entries + 1]);
    expect(at.app()).toMatchObject({ bundle: digestOf(1), revision: deployed('web', 1).commit?.commit, requests: [] });
    expect(at.changes()[0]).toEqual(['rollback', 'ana', 'why']);
    expect(at.events('rollback')).toMatchObject([{ actor: 'ana', reason: 'why', notice: 'rolled-back' }]);
  });

  test('stays when Git brings the same again, and when only the policy changes, which counts at once', async () => {
    const at = await place();
    await at.publish(deployed('web', 1));
    await at.publish(deployed('web', 2));
    await at.ask(back('1'));
    await at.publish(deployed('web', 2));
    await at.publish(deployed('web', 2, { definition: definition('web', { prune: false }) }));
    expect(at.app()).toMatchObject({ bundle: digestOf(1), policy: { prune: false } });
    expect(at.shown()?.pin).toBeDefined();
  });

  test('keeps the bundle that waits, and gives it when it is over', async () => {
    const at = await place();
    await at.publish(deployed('web', 1));
    await at.publish(deployed('web', 2));
    await at.ask(back('1', 600));
    await at.publish(deployed('web', 3));
    expect(at.app()?.bundle).toBe(digestOf(1));
    expect(at.control.nextWake()).toBe(at.now() + 600_000);
    await at.wait(599_000);
    expect(at.app()?.bundle).toBe(digestOf(1));
    await at.wait(2_000);
    expect([at.app()?.bundle, at.shown(), at.control.nextWake()]).toEqual([digestOf(3), undefined, undefined]);
    expect(await at.writer.bundles.get(digestOf(3))).toBeDefined();
    expect(at.changes()[0]?.slice(0, 2)).toEqual(['unpin', 'plumbline']);
  });

  test('asks for a sync where nothing is synced by itself', async () => {
    const at = await place();
    const manual = (version: number) => deployed('web', version, { definition: definition('web', { autoSync: false }) });
    await at.publish(manual(1));
    await at.publish(manual(2));
    expect(await at.ask(back('1'))).toBe('request-1');
    expect(at.app()?.requests).toMatchObject([{ kind: 'sync', actor: 'ana' }]);
  });

  test('goes with the App, and a new one of its name begins anew', async () => {
    const at = await place();
    await at.publish(deployed('web', 1));
    await at.publish(deployed('web', 2));
    await at.ask(back('1', 'unpin'));
    await at.publish(removed('web'));
    await at.publish(deployed('web', 3));
    expect([at.app()?.bundle, at.shown()]).toEqual([digestOf(3), undefined]);
  });
});

describe('a bundle that is not held any more', () => {
  const old = makeBundle(objects('web', 1), '5a'.repeat(32)).bundle;

  async function grown(renderAgain: ControlPlace['renderAgain']) {
    const at = await place(renderAgain);
    for (let version = 1; version <= 12; version++) await at.publish(deployed('web', version));
    expect(at.writer.bundles.has(digestOf(1))).toBe(false);
    return at;
  }

  test('is rendered again, and kept again', async () => {
    const at = await grown(async () => ok({ bundle: old, digest: bundleDigest(old) }));
    expect(await at.ask(back('11'))).toBe('');
    expect([at.app()?.bundle, await at.writer.bundles.get(digestOf(1))]).toEqual([digestOf(1), old]);
  });

  test('that renders to something else today is refused, and nothing changes', async () => {
    const { bundle = old } = deployed('web', 99);
    const at = await grown(async () => ok({ bundle, digest: bundleDigest(bundle) }));
    const { generation } = at.snapshot();
    expect([await at.ask(back('11')), at.snapshot().generation]).toEqual(['api.conflict', generation]);
  });

  test('that cannot be fetched is refused with the reason of that', async () => {
    const at = await grown(async () => err(problem('git.not_found', 'the repository is gone')));
    expect(await at.ask(back('11'))).toBe('git.not_found');
  });
});

describe('going back by itself', () => {
  const rule: ControlRules = { rollback: { deadlineSeconds: 300, degradedSeconds: 120 } };

  async function broken() {
    const at = await place();
    await at.publish(ruled(1, rule));
    await at.says(1, 'Healthy');
    await at.publish(ruled(2, rule));
    await at.says(2, 'Progressing');
    return at;
  }

  test('happens at the deadline, once, with words', async () => {
    const at = await broken();
    await at.wait(0);
    expect(at.app()?.bundle).toBe(digestOf(2));
    await at.wait(10 * MIN);
    expect([at.app()?.bundle, at.shown()?.pin]).toMatchObject([digestOf(1), { automatic: 'deadline', actor: 'plumbline' }]);
    expect(at.changes()[0]).toEqual(['rollback', 'plumbline', 'not Healthy within 300 s']);
    await at.ask({ kind: 'unpin' });
    await at.says(2, 'Degraded');
    await at.wait(60 * MIN);
    expect([at.app()?.bundle, at.shown()]).toEqual([digestOf(2), undefined]);
  });

  test('waits while the agent is silent, because nobody knows how it is', async () => {
    const at = await broken();
    writeFact(at.sql, 'silent', at.now());
    await at.wait(60 * MIN);
    expect(at.app()?.bundle).toBe(digestOf(2));
    expect(at.control.nextWake()).toBe(at.now() + MIN);
    writeFact(at.sql, 'silent', null);
    await at.wait(MIN);
    expect(at.app()?.bundle).toBe(digestOf(1));
  });

  test.each<ControlCommand>([{ kind: 'suspend' }, { kind: 'break-glass', seconds: 36_000, reason: 'x' }])(
    'does not happen under %o',
    async (command) => {
      const at = await broken();
      await at.ask(command);
      await at.wait(60 * MIN);
      expect(at.app()?.bundle).toBe(digestOf(2));
    },
  );

  test('does not happen to what became Healthy in time', async () => {
    const at = await broken();
    await at.says(2, 'Healthy');
    await at.wait(60 * MIN);
    expect([at.app()?.bundle, at.control.nextWake()]).toEqual([digestOf(2), undefined]);
  });

  test('says once that there is nothing to go back to', async () => {
    const at = await place();
    await at.publish(ruled(1, rule));
    await at.says(1, 'Degraded');
    await at.wait(60 * MIN);
    await at.wait(60 * MIN);
    expect([at.app()?.bundle, at.shown()?.rollbackFailed?.revision]).toEqual([digestOf(1), deployed('web', 1).commit?.commit]);
    expect(at.changes().filter(([action]) => action === 'rollback-failed')).toHaveLength(1);
  });

  test('never returns to what was rolled back itself', async () => {
    const at = await broken();
    await at.wait(10 * MIN);
    await at.publish(ruled(3, rule));
    await at.says(3, 'Degraded');
    await at.wait(10 * MIN);
    expect(at.app()?.bundle).toBe(digestOf(1));
  });
});

describe('approvals', () => {
  const rule: ControlRules = { approvals: { needed: 2, without: [] } };
  const approve = (version: number): ControlCommand => ({ kind: 'approve', bundle: digestOf(version) });

  test('keep a first bundle out of the snapshot: the agent is told to leave the App alone', async () => {
    const at = await place();
    await at.publish(ruled(1, rule));
    expect(at.app()).not.toHaveProperty('bundle');
    const { generation } = at.snapshot();
    await at.ask(approve(1), CARL);
    expect(at.snapshot().generation).toBe(generation);
    await at.ask(approve(1), BEN);
    expect([at.app()?.bundle, at.snapshot().generation]).toEqual([digestOf(1), generation + 1]);
  });

  test('that were given while the App was pinned count when the pin is over', async () => {
    const at = await place();
    await at.publish(deployed('web', 1));
    await at.publish(deployed('web', 2));
    await at.ask(back('1', 'unpin'));
    await at.publish(ruled(3, rule));
    await at.ask({ kind: 'unpin' });
    expect(at.app()?.bundle).toBe(digestOf(1));
    await at.ask(approve(3), CARL);
    await at.ask(approve(3), BEN);
    expect([at.app()?.bundle, at.shown()]).toEqual([digestOf(3), undefined]);
  });

  test('of the author do not count', async () => {
    const at = await place();
    await at.publish(ruled(1, rule));
    expect(await at.ask(approve(1))).toBe('api.conflict');
  });

  test('of somebody who asks twice count once', async () => {
    const at = await place();
    await at.publish(ruled(1, rule));
    await at.ask(approve(1), CARL);
    expect(await at.ask(approve(1), CARL)).toBe('api.conflict');
    expect(at.shown()?.approval?.approvals).toHaveLength(1);
  });
});

describe('deployments', () => {
  test('say what became of each, and how long it took from the commit', async () => {
    const at = await place();
    await at.publish(deployed('web', 1));
    await at.says(1, 'Healthy');
    await at.publish(deployed('web', 2));
    await at.report({ receipts: [await at.receipt({ app: 'web', bundle: digestOf(2), outcome: 'failed', generation: 2 })] });
    const [second, first] = deploymentsOf(at.sql, 'web', 10);
    expect([first?.n, first?.health, (first?.leadMs ?? 0) > 0, second?.n, second?.outcome]).toEqual([
      1,
      'Healthy',
      true,
      0,
      'failed',
    ]);
    expect(readHistory(at.sql, 'web', 10).map(({ commit }) => commit)).toContain(first?.entry);
  });

  test('are not made by policies, and are forgotten with the App', async () => {
    const at = await place();
    await at.publish(deployed('web', 1));
    await at.publish(deployed('web', 1, { definition: definition('web', { prune: false }) }));
    expect(deploymentsOf(at.sql, 'web', 10)).toHaveLength(1);
    await at.publish(removed('web'));
    await at.report({ receipts: [await at.receipt({ app: 'web', outcome: 'removed', generation: at.snapshot().generation })] });
    expect([deploymentsOf(at.sql, 'web', 10), at.writer.bundles.has(digestOf(1))]).toEqual([[], false]);
  });
});

test('what is refused changes nothing', async () => {
  const at = await place();
  await at.publish(deployed('web', 1));
  const { generation } = at.snapshot();
  const asked: ControlCommand[] = [
    ...[
      back('1'),
      back('7'),
      { kind: 'unpin' } as const,
      { kind: 'resume' } as const,
      { kind: 'confirm' } as const,
      { kind: 'restore' } as const,
    ],
    { kind: 'approve', bundle: digestOf(1) },
    { kind: 'override-windows', seconds: 5 },
    { kind: 'break-glass', seconds: 5 },
    { kind: 'delete', cascade: 'prune', confirm: 'wrong' },
  ];
  const codes = [];
  for (const command of asked) codes.push(await at.ask(command));
  expect(codes).toEqual([
    ...['api.not_found', 'api.not_found', ...Array.from({ length: 6 }, () => 'api.conflict'), 'api.invalid', 'api.invalid'],
  ]);
  expect([at.snapshot().generation, at.ledgerLength()]).toEqual([generation, 1]);
});
