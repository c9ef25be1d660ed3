import { describe, expect, it } from 'vitest';
import { sharedCluster } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { deployment, hookJob, inWave, jobPath } from './hook-objects.ts';
import { configPath, eventually, liveCluster, receiptOf } from './live.ts';

const live = (path: string) => liveCluster(sharedCluster()).get(path);

/** Runs a test with an agent that dies at a failpoint. */
async function withAgent(failpoint: string, test: (agent: AgentProcess) => Promise<void>): Promise<void> {
  const agent = await startPair({ failpoint });
  try {
    await test(agent);
  } finally {
    await stopPair(agent);
  }
}

describe('an agent that is killed', () => {
  it('I10: just after it made a hook takes that hook up again, and makes no second one', () =>
    withAgent('hooked', async (agent) => {
      const ns = await sharedCluster().namespace('resume');
      const objects = [
        hookJob('PreSync', 'migrate', { behaviour: 'succeed', delay: '2s' }),
        configMap('web', '1'),
        hookJob('PostSync', 'smoke'),
      ];
      await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
      expect(await agent.ended()).toBe('SIGKILL');
      const before = await live(jobPath(ns, 'migrate'));
      expect(before).toBeDefined();
      await agent.start();
      expect((await receiptOf(agent.worker, ns)).outcome).toBe('synced');
      expect((await live(jobPath(ns, 'migrate')))?.metadata.uid).toBe(before?.metadata.uid);
      expect(await live(jobPath(ns, 'smoke'))).toBeDefined();
      expect(JSON.stringify(await live(jobPath(ns, 'migrate')))).not.toContain('hook-finalizer');
    }));

  it('I10: after everything was written but before the last hook runs that hook', () =>
    withAgent('hooked:2', async (agent) => {
      const ns = await sharedCluster().namespace('resume');
      const objects = [
        hookJob('PreSync', 'migrate'),
        configMap('web', '1'),
        hookJob('PostSync', 'smoke', { behaviour: 'succeed', delay: '2s' }),
      ];
      await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
      expect(await agent.ended()).toBe('SIGKILL');
      const first = { before: await live(jobPath(ns, 'migrate')), smoke: await live(jobPath(ns, 'smoke')) };
      await agent.start();
      const receipt = await receiptOf(agent.worker, ns);
      expect(receipt.outcome).toBe('synced');
      // Neither ran twice: one had ended, the other was taken up.
      expect((await live(jobPath(ns, 'migrate')))?.metadata.uid).toBe(first.before?.metadata.uid);
      expect((await live(jobPath(ns, 'smoke')))?.metadata.uid).toBe(first.smoke?.metadata.uid);
    }));

  it('I10: while it waited for a wave goes on with the next', () =>
    withAgent('waiting', async (agent) => {
      const ns = await sharedCluster().namespace('resume');
      const objects = [deployment('db', { behaviour: 'slow', delay: '2s' }), inWave(1, configMap('last', '1'))];
      await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
      expect(await agent.ended()).toBe('SIGKILL');
      expect(await live(configPath(ns, 'last'))).toBeUndefined();
      await agent.start();
      expect((await receiptOf(agent.worker, ns)).outcome).toBe('synced');
      expect(await live(configPath(ns, 'last'))).toBeDefined();
    }));

  it('F33: in the middle of a sync leaves nothing locked: a new commit goes through, and what hung is ended', () =>
    withAgent('waiting', async (agent) => {
      const ns = await sharedCluster().namespace('resume');
      const policy = { targetNamespace: ns };
      const stuck = [hookJob('PreSync', 'stuck', { behaviour: 'slow', delay: '1h' }), configMap('web', '1')];
      await agent.worker.publish([{ id: ns, objects: stuck, policy }]);
      expect(await agent.ended()).toBe('SIGKILL');
      await agent.worker.publish([{ id: ns, objects: [configMap('web', '2')], policy }]);
      await agent.start();
      expect((await receiptOf(agent.worker, ns)).outcome).toBe('synced');
      expect(await live(configPath(ns, 'web'))).toMatchObject({ data: { value: '2' } });
      await eventually('the old hook is gone', async () => (await live(jobPath(ns, 'stuck'))) === undefined);
    }));
});

it('F30: five commits in a row, four of them broken, leave what the last one says and nothing else', async () => {
  const agent = await startPair();
  try {
    const ns = await sharedCluster().namespace('resume');
    const policy = { targetNamespace: ns };
    const broken = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'broken' }, spec: { ports: [{ port: 99_999_999 }] } };
    await agent.worker.publish([{ id: ns, objects: [configMap('old', '1'), configMap('stays', '1')], policy }]);
    await receiptOf(agent.worker, ns);
    for (let i = 0; i < 4; i++)
      await agent.worker.publish([
        { id: ns, objects: [configMap(`tried-${i}`, '1'), broken, configMap('stays', `${i}`)], policy },
      ]);
    await agent.worker.publish([{ id: ns, objects: [configMap('stays', 'last'), configMap('new', '1')], policy }]);
    await agent.worker.until('it is Synced', () => {
      const status = agent.worker.statuses.get(ns);
      return status?.sync === 'Synced' && status.generation === agent.worker.generation;
    });
    const list = await sharedCluster().call({ method: 'GET', path: `/api/v1/namespaces/${ns}/configmaps` });
    const names = JSON.parse(list.text).items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(names.filter((name: string) => name !== 'kube-root-ca.crt').sort()).toEqual(['new', 'stays']);
  } finally {
    await stopPair(agent);
  }
});
