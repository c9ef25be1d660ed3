import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { JsonObject, Manifest } from '../../core/objects/object.ts';
import type { AppRequest, Receipt } from '../../core/protocol/messages.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair, webApp } from './agent-process.ts';
import { type LiveCluster, liveCluster, receiptOf } from './live.ts';

let cluster: SharedCluster;
let live: LiveCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const AT = Date.parse('2026-11-21T10:00:00Z');
const deployment = (ns: string) => `/apis/apps/v1/namespaces/${ns}/deployments/web`;

/** An App in a namespace of its own, synced; gives the namespace, which is also its id. */
async function synced(objects: readonly Manifest[], policy: Partial<AppPolicy> = {}): Promise<string> {
  const ns = await cluster.namespace('actions');
  await agent.worker.publish([{ id: ns, objects, revision: 'r', policy: { targetNamespace: ns, ...policy } }]);
  await receiptOf(agent.worker, ns);
  await agent.worker.synced(ns);
  return ns;
}

/** Asks for something, and gives the receipt that answers it. */
async function ask(
  ns: string,
  objects: readonly Manifest[],
  request: Partial<AppRequest>,
  { policy = {}, rest = {} }: { readonly policy?: Partial<AppPolicy>; readonly rest?: object } = {},
): Promise<Receipt> {
  const made = { id: uniqueName('request'), kind: 'action', actor: 'ana', at: AT, ...request } as AppRequest; // a kind that is not known yet is one of the cases
  await agent.worker.publish(
    [{ id: ns, objects, revision: 'r', policy: { targetNamespace: ns, ...policy }, requests: [made] }],
    rest,
  );
  const find = () => agent.worker.receipts.find(({ requests }) => requests.includes(made.id));
  await agent.worker.until('the receipt of the request', () => find() !== undefined);
  return find() as Receipt; // until has just seen it
}

const restart = (ns: string): Partial<AppRequest> => ({ action: 'restart', key: `apps/Deployment/${ns}/web` });

describe('an action', () => {
  it('is done once, answered by a receipt of its own, and undone by no sync', async () => {
    const objects = webApp('web', '1');
    const ns = await synced(objects);
    const receipt = await ask(ns, objects, restart(ns));
    expect(receipt).toMatchObject({
      outcome: 'acted',
      action: 'restart',
      app: ns,
      results: [{ key: `apps/Deployment/${ns}/web`, action: 'configured' }],
      problems: [],
    });
    expect(receipt.bundle).toBeUndefined();
    await agent.worker.publish([{ id: ns, objects: webApp('web', '2'), policy: { targetNamespace: ns } }]);
    await receiptOf(agent.worker, ns);
    expect(JSON.stringify((await live.get(deployment(ns)))?.spec)).toContain('2026-11-21T10:00:00Z');
  });

  it('leaves the App’s own sync alone: no other receipt comes of it', async () => {
    const objects = webApp('web', '1');
    const ns = await synced(objects);
    const before = agent.worker.receipts.filter(({ app }) => app === ns).length;
    await ask(ns, objects, restart(ns));
    expect(agent.worker.receipts.filter(({ app }) => app === ns)).toHaveLength(before + 1);
  });

  it('of an App with a ServiceAccount is done as that one: what it may not, is not done (S14, S31)', async () => {
    const objects = [configMap('a', 'b')];
    const ns = await cluster.namespace('actions');
    const policy = { serviceAccount: { namespace: ns, name: 'nobody' } };
    await live.create(`/apis/apps/v1/namespaces/${ns}/deployments`, { ...webApp('web', '1')[3], metadata: { name: 'web' } });
    // The App wants it as well, and may not even look: so its tree has it.
    await agent.worker.publish([
      { id: ns, objects: [...objects, webApp('web', '1')[3] as Manifest], policy: { targetNamespace: ns, ...policy } },
    ]);
    const receipt = await ask(ns, [...objects, webApp('web', '1')[3] as Manifest], restart(ns), { policy });
    expect(receipt.results).toMatchObject([{ action: 'failed', problem: { code: 'question.forbidden' } }]);
    expect(JSON.stringify((await live.get(deployment(ns)))?.spec)).not.toContain('restartedAt');
  });

  it('that the App’s project does not allow is not done (S14)', async () => {
    const objects = webApp('web', '1');
    const ns = await synced(objects);
    const rules = {
      name: 'team',
      destinations: [{ namespace: 'elsewhere' }],
      clusterAllow: [],
      clusterDeny: [],
      namespaceDeny: [],
    };
    const receipt = await ask(ns, objects, restart(ns), { policy: { project: 'p' }, rest: { projects: { p: rules } } });
    expect(receipt.results).toMatchObject([{ action: 'failed', problem: { code: 'apply.project' } }]);
    // The next snapshots come without the project.
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
  });

  it('on what is in no tree of the App is not done (S14)', async () => {
    const objects = [configMap('a', 'b')];
    const ns = await synced(objects);
    const receipt = await ask(ns, objects, { action: 'delete', key: `/Pod/${agent.namespace}/agent` });
    expect(receipt.results).toMatchObject([{ action: 'failed', problem: { code: 'question.gone' } }]);
  });

  it('on another object than was meant, which has its name now, is not done', async () => {
    const objects = webApp('web', '1');
    const ns = await synced(objects);
    const receipt = await ask(ns, objects, { ...restart(ns), uid: 'somebody-else' });
    expect(receipt.results).toMatchObject([{ action: 'failed', problem: { code: 'question.gone' } }]);
  });

  it('create-job that is asked for again after a restart of the agent makes one Job (F02)', async () => {
    const cronJob: Manifest = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:1' }] } } } },
      } as JsonObject,
    };
    const ns = await synced([cronJob]);
    const request = { id: uniqueName('request'), action: 'create-job', key: `batch/CronJob/${ns}/nightly` };
    const first = await ask(ns, [cronJob], request);
    await agent.stop('SIGKILL');
    await agent.start();
    await agent.worker.until(
      'the same receipt again',
      () => agent.worker.receipts.filter(({ id }) => id === first.id).length > 1,
    );
    const jobs = await cluster.call({ method: 'GET', path: `/apis/batch/v1/namespaces/${ns}/jobs` });
    expect((JSON.parse(jobs.text) as { items: unknown[] }).items).toHaveLength(1);
  });
});

describe('a request that this version does not know', () => {
  it('is answered, and the rest of the snapshot counts', async () => {
    const ns = await synced([configMap('a', 'b')]);
    const receipt = await ask(ns, [configMap('a', 'c')], { kind: 'levitate' as never });
    expect(receipt.results).toMatchObject([{ action: 'failed', problem: { code: 'action.unknown' } }]);
    await agent.worker.synced(ns);
    expect((await live.get(`/api/v1/namespaces/${ns}/configmaps/a`))?.data).toEqual({ value: 'c' });
  });
});
