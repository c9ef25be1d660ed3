import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Dialect } from '../../core/app/policy.ts';
import type { Health } from '../../core/app/status.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { runPlumb } from '../cli/run-plumb.ts';
import { configMap } from './agent-process.ts';
import { type Stage, type StagedApp, startStage } from './conformance/stage.ts';
import { deployment, job } from './hook-objects.ts';

/** `plumb health` over what `kubectl get` shows says what the agent has reported of the same objects. */
let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const OBJECTS: readonly Manifest[] = [
  deployment('ready', {}),
  deployment('slow', { behaviour: 'slow', delay: '1h' }),
  job('done'),
  job('broken', { behaviour: 'fail' }),
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'plain' }, spec: { ports: [{ port: 80 }] } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'waiting' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
  configMap('settings', '1'),
];
const KINDS = 'deployments,jobs,services,configmaps';

/** Health of the App's own objects as the agent reported it, by kind and name. */
function reported(app: StagedApp): Readonly<Record<string, Health>> {
  const resources = app.status?.resources ?? [];
  return Object.fromEntries(resources.map(({ key, health }) => [key.split('/').toSpliced(2, 1).join('/'), health]));
}

async function judged(app: StagedApp, dialect: Dialect): Promise<Readonly<Record<string, Health>>> {
  const live = await stage.cluster.kubectl(['get', KINDS, '-n', app.namespace, '-o', 'yaml']);
  const run = await runPlumb(['health', '-f', '-', '--dialect', dialect, '-o', 'json'], { input: live.stdout });
  expect(run.err).toBe('');
  const rows = JSON.parse(run.out) as readonly { group: string; kind: string; name: string; health: Health }[];
  const own = rows.filter(({ name }) => name !== 'kube-root-ca.crt');
  return Object.fromEntries(own.map(({ group, kind, name, health }) => [`${group}/${kind}/${name}`, health]));
}

for (const dialect of ['argo', 'flux'] as const)
  it(`the command and the agent agree about an App of ${dialect}, object by object`, async () => {
    const app = dialect === 'argo' ? await stage.argo() : await stage.flux({ spec: { wait: false } });
    await app.publish(OBJECTS);
    await app.until('its objects have settled', () => {
      const health = reported(app);
      const isSettled = (key: string, ...words: readonly string[]) => words.includes(health[key]?.status ?? '');
      return (
        isSettled('apps/Deployment/ready', 'Healthy') &&
        isSettled('apps/Deployment/slow', 'Progressing') &&
        isSettled('batch/Job/done', 'Healthy') &&
        isSettled('batch/Job/broken', 'Degraded')
      );
    });
    expect(await judged(app, dialect)).toEqual(reported(app));
  });
