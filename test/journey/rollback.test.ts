import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, deployment } from './support/cluster-objects.ts';
import { type Controls, controlsOf } from './support/control.ts';
import { argoApp, configMapYaml, deploymentYaml, fluxApp, fluxSource, namespaceYaml, yaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { readLedger } from './support/read-ledger.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';

let journey: Journey;
let repository: Repository;
let controls: Controls;

const SYNCED = { sync: 'Synced', health: 'Healthy' } as const;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('rollback');
  controls = controlsOf(journey);
  await repository.push({ 'README.md': 'rollback' });
  await journey.addFleet(repository);
});
afterAll(() => journey?.stop());

const files = (app: string, value: string) => ({ [`apps/${app}/config.yaml`]: configMapYaml('config', value) });
const push = (app: string, value: string) => repository.push(files(app, value), `${app} says ${value}`);

/** Adds an App and brings it through these values; gives the commits. */
async function grown(app: string, values: readonly string[], options: object = {}): Promise<string[]> {
  const commits: string[] = [];
  for (const [i, value] of values.entries()) {
    const definition =
      i === 0 ? { [`fleet/${app}.yaml`]: argoApp(repository.url, { name: app, path: `apps/${app}`, ...options }) } : {};
    const commit = await repository.push({ ...definition, ...files(app, value) }, `${app} says ${value}`);
    await journey.waitForApp(app, { revision: commit, ...SYNCED });
    commits.push(commit);
  }
  return commits;
}

async function shown(app: string): Promise<string | undefined> {
  const live = await journey.objects.get(configMap(app, 'config'));
  return (live?.['data'] as { value?: string } | undefined)?.value; // a ConfigMap's
}

async function awaitValue(app: string, value: string): Promise<void> {
  await waitFor(`${app} to say ${value}`, async () => (await shown(app)) === value, { describe: () => shown(app) });
}

describe('a rollback', () => {
  test('pins the App above auto-sync, and self-heal heals to the pin', async () => {
    const [one = '', two = ''] = await grown('web', ['one', 'two']);
    await controls.decide('web', 'rollback', { to: '1', reason: '5xx since the push' });
    await journey.waitForApp('web', { revision: one, ...SYNCED });
    expect(await shown('web')).toBe('one');
    await journey.objects.patch(configMap('web', 'config'), { data: { value: 'by hand' } });
    await awaitValue('web', 'one');
    await journey.system.worker().tick();
    const view = await journey.waitForApp('web', { revision: one, ...SYNCED });
    expect(view.control?.pin).toMatchObject({
      ...{ actor: 'operator', reason: '5xx since the push', revision: one, until: { kind: 'newer-commit' } },
      from: { revision: two },
    });
    expect(view.control?.next?.revision).toBe(two);
    expect(await controls.reasons('web')).toEqual(['pinned']);
    const { commits } = await readLedger(journey);
    const authors = await repository.server.git('rollback', 'log', '-1', '--format=%ae', two);
    const written = commits.filter(({ changes }) => changes.some(({ app, revision }) => app === 'web' && revision === two));
    expect([authors.trim(), written[0]?.author]).toEqual([authors.trim(), authors.trim()]);
    expect(await controls.recorded('web', 'rollback')).toEqual([
      expect.objectContaining({ actor: 'operator', reason: '5xx since the push', revision: one }),
    ]);
  });

  test('holds while the Worker is killed and started again', async () => {
    const before = await journey.app('web');
    await journey.system.restartWorker();
    await journey.objects.patch(configMap('web', 'config'), { data: { value: 'by hand again' } });
    await awaitValue('web', 'one');
    expect((await journey.app('web'))?.control).toEqual(before?.control);
  });

  test('is not ended by a commit that leaves the App as it was', async () => {
    await repository.push({ 'README.md': 'another word' });
    await waitFor('the commit to be read', async () => (await journey.fleet(repository))?.commit !== undefined);
    await journey.system.worker().tick();
    expect((await journey.app('web'))?.control?.pin).toBeDefined();
  });

  test('ends with the next commit that changes the App', async () => {
    const three = await push('web', 'three');
    const view = await journey.waitForApp('web', { revision: three, ...SYNCED });
    expect([view.control, view.reasons]).toEqual([undefined, []]);
    expect(await shown('web')).toBe('three');
    const deploys = await controls.recorded('web', 'deploy');
    expect(deploys.at(-1)).toMatchObject({ revision: three, reason: expect.stringContaining('operator') });
  });

  test('goes back by number, by revision and by commit of the ledger', async () => {
    const known = await controls.deployments('web');
    expect(known.map(({ n, action, health }) => [n, action, health])).toEqual([
      [0, 'deploy', 'Healthy'],
      [1, 'rollback', 'Healthy'],
      [2, 'deploy', 'Healthy'],
      [3, 'deploy', 'Healthy'],
    ]);
    const [, , two, one] = known;
    await controls.decide('web', 'rollback', { to: '2' });
    await awaitValue('web', 'two');
    await controls.decide('web', 'rollback', { to: one?.revision.slice(0, 8), until: 'unpin' });
    await awaitValue('web', 'one');
    await controls.decide('web', 'rollback', { to: two?.entry.slice(0, 10), until: 'unpin' });
    await awaitValue('web', 'two');
    expect((await journey.app('web'))?.control?.pin?.until).toEqual({ kind: 'unpin' });
    expect((await journey.history('web')).some(({ commit }) => commit === two?.entry)).toBe(true);
  });

  test('until somebody unpins lets newer commits wait, and unpinning brings the newest', async () => {
    const four = await push('web', 'four');
    await controls.until('web', 'to know what waits', ({ control }) => control?.next?.revision === four);
    expect(await shown('web')).toBe('two');
    await controls.decide('web', 'unpin', { reason: 'mended' });
    await journey.waitForApp('web', { revision: four, ...SYNCED });
    expect(await shown('web')).toBe('four');
    expect(await controls.recorded('web', 'unpin')).toEqual([expect.objectContaining({ revision: four, reason: 'mended' })]);
  });

  test('for a time ends by itself', async () => {
    await controls.decide('web', 'rollback', { to: '1', until: 4, reason: 'for a moment' });
    await awaitValue('web', 'two');
    expect((await journey.app('web'))?.control?.pin?.until).toMatchObject({ kind: 'time' });
    await awaitValue('web', 'four');
    expect((await journey.app('web'))?.control).toBeUndefined();
    expect((await controls.recorded('web', 'unpin')).at(-1)).toMatchObject({ actor: 'plumbline' });
  });

  test('to what runs keeps it, whatever is pushed', async () => {
    const [now] = await controls.deployments('web');
    await controls.decide('web', 'rollback', { to: '0', until: 'unpin', reason: 'no changes before Monday' });
    const five = await push('web', 'five');
    const view = await controls.until('web', 'to let it wait', ({ control }) => control?.next?.revision === five);
    expect([view.revision, await shown('web'), view.reasons?.map(({ code }) => code)]).toEqual([
      now?.revision,
      'four',
      ['pinned'],
    ]);
    expect(await controls.recorded('web', 'pin')).toEqual([expect.objectContaining({ reason: 'no changes before Monday' })]);
    await controls.decide('web', 'unpin');
    await awaitValue('web', 'five');
  });

  test('to what is not there, not clear or not a commit is refused', async () => {
    expect(await controls.refused('web', 'rollback', { to: '99' })).toBe('api.not_found');
    expect(await controls.refused('web', 'rollback', { to: 'abcdef0123' })).toBe('api.not_found');
    expect(await controls.refused('web', 'rollback', { to: 'main' })).toBe('api.invalid');
    expect(await controls.refused('web', 'rollback', { to: '1', until: -5 })).toBe('api.invalid');
    expect(await controls.refused('web', 'unpin')).toBe('api.conflict');
    expect(await controls.refused('nobody', 'rollback', { to: '1' })).toBe('api.not_found');
  });

  test('of an App that is synced by hand syncs it, and leaves it so', async () => {
    await repository.push({
      'fleet/manual.yaml': argoApp(repository.url, { name: 'manual', path: 'apps/manual', automated: 'manual' }),
      ...files('manual', 'one'),
    });
    await journey.waitForApp('manual', { sync: 'OutOfSync' });
    await controls.decide('manual', 'sync');
    await journey.waitForApp('manual', SYNCED);
    const two = await push('manual', 'two');
    await journey.waitForApp('manual', { revision: two, sync: 'OutOfSync' });
    await controls.decide('manual', 'sync');
    await awaitValue('manual', 'two');
    await controls.decide('manual', 'rollback', { to: '1' });
    await awaitValue('manual', 'one');
    expect((await journey.app('manual'))?.definition.policy.autoSync).toBe(false);
  });

  test('of a Flux Kustomization works the same', async () => {
    const values = (value: string) => ({ 'apps/flux/config.yaml': configMapYaml('config', value, 'flux') });
    await repository.push({
      'fleet/flux.yaml': `${fluxSource(repository.url)}---\n${fluxApp({ name: 'flux', path: './apps/flux' })}`,
      'apps/flux/namespace.yaml': namespaceYaml('flux'),
      ...values('one'),
    });
    await journey.waitForApp('flux', SYNCED);
    const two = await repository.push(values('two'));
    await journey.waitForApp('flux', { revision: two, ...SYNCED });
    await controls.decide('flux', 'rollback', { to: '1' });
    await awaitValue('flux', 'one');
    await journey.objects.patch(configMap('flux', 'config'), { data: { value: 'by hand' } });
    await awaitValue('flux', 'one');
    await controls.decide('flux', 'unpin');
    await awaitValue('flux', 'two');
  });

  test('of a HelmRelease upgrades it to what its chart rendered then', async () => {
    const release = yaml({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'chart', namespace: 'flux-system' },
      spec: {
        interval: '10m',
        targetNamespace: 'chart',
        install: { createNamespace: true },
        driftDetection: { mode: 'enabled' },
        chart: { spec: { chart: './charts/chart', sourceRef: { kind: 'GitRepository', name: 'journey' } } },
      },
    });
    const template = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  value: {{ .Values.value }}\n';
    const one = await repository.push({
      'fleet/chart.yaml': release,
      'charts/chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
      'charts/chart/values.yaml': 'value: one\n',
      'charts/chart/templates/config.yaml': template,
    });
    await journey.waitForApp('chart', { revision: one, ...SYNCED });
    const two = await repository.push({ 'charts/chart/values.yaml': 'value: two\n' });
    await journey.waitForApp('chart', { revision: two, ...SYNCED });
    await controls.decide('chart', 'rollback', { to: '1' });
    await awaitValue('chart', 'one');
    await journey.waitForApp('chart', { revision: one, ...SYNCED });
    await journey.objects.patch(configMap('chart', 'config'), { data: { value: 'by hand' } });
    await awaitValue('chart', 'one');
  });

  test('to a bundle that is not kept any more renders its commit again', async () => {
    const commits = await grown(
      'long',
      Array.from({ length: 12 }, (_, i) => `v${i}`),
    );
    const oldest = (await controls.deployments('long')).at(-1);
    expect(oldest?.revision).toBe(commits[0]);
    await controls.decide('long', 'rollback', { to: '11', reason: 'far back' });
    await journey.waitForApp('long', { revision: commits[0] ?? '', ...SYNCED });
    expect([await shown('long'), (await journey.app('long'))?.bundle]).toEqual(['v0', oldest?.bundle]);
  });

  test('to a bundle that renders to something else today is refused', async () => {
    const moved = { 'fleet/long.yaml': argoApp(repository.url, { name: 'long', path: 'apps/long-moved' }) };
    const commit = await repository.push({ ...moved, 'apps/long-moved/config.yaml': configMapYaml('config', 'moved') });
    await journey.waitForApp('long', { revision: commit, ...SYNCED });
    // There is nothing at the new path in the first commit.
    const rows = await controls.deployments('long');
    const gone = rows.at(-2);
    expect(await controls.refused('long', 'rollback', { to: String(gone?.n) })).toBe('git.path_missing');
    expect(await shown('long')).toBe('moved');
  });

  test('that would delete more than the budget waits for a confirmation', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 6 }, (_, i) => [`apps/budget/more-${i}.yaml`, configMapYaml(`more-${i}`, '1')]),
    );
    await repository.push({
      'fleet/budget.yaml': argoApp(repository.url, {
        ...{ name: 'budget', path: 'apps/budget' },
        annotations: { 'plumbline.dev/deletion-budget': '2' },
      }),
      ...files('budget', 'one'),
    });
    await journey.waitForApp('budget', SYNCED);
    const two = await repository.push(many);
    await journey.waitForApp('budget', { revision: two, ...SYNCED });
    await controls.decide('budget', 'rollback', { to: '1' });
    const held = await controls.until('budget', 'to hold deletions', ({ control }) => control?.deletions?.objects.length === 6);
    expect(held.reasons?.[0]).toMatchObject({ code: 'apply.held_deletion', severity: 'bad' });
    expect(await journey.objects.get(configMap('budget', 'more-0'))).toBeDefined();
    await controls.decide('budget', 'confirm', { reason: 'they were never used' });
    await journey.waitForApp('budget', { sync: 'Synced' });
    expect(await journey.objects.get(configMap('budget', 'more-0'))).toBeUndefined();
    expect((await controls.recorded('budget', 'request')).at(-1)).toMatchObject({ reason: 'they were never used' });
  });
});

describe('an automatic rollback', () => {
  const broken = (name: string) => {
    const manifest = JSON.parse(deploymentYaml(name, { replicas: 1, image: 'nginx:broken' })) as {
      spec: { template: { metadata: { annotations?: object } } };
    };
    manifest.spec.template.metadata.annotations = {
      'devcluster.plumbline.dev/behaviour': 'slow',
      'devcluster.plumbline.dev/delay': '1h',
    };
    return yaml(manifest);
  };
  const define = (annotations: Record<string, string>) =>
    argoApp(repository.url, { name: 'auto', path: 'apps/auto', annotations });
  const imageOf = async () => JSON.stringify((await journey.objects.get(deployment('auto', 'web')))?.['spec'] ?? {});

  test('returns a Deployment that never becomes ready to the last that was Healthy, and says so', async () => {
    const one = await repository.push({
      'fleet/auto.yaml': define({ 'plumbline.dev/rollback': 'on', 'plumbline.dev/rollback-deadline': '6s' }),
      'apps/auto/web.yaml': deploymentYaml('web', { replicas: 1 }),
    });
    await journey.waitForApp('auto', { revision: one, ...SYNCED });
    const two = await repository.push({ 'apps/auto/web.yaml': broken('web') }, 'break it');
    await controls.until('auto', 'to be rolled back', ({ control }) => control?.pin?.automatic === 'deadline');
    const view = await journey.waitForApp('auto', { revision: one, ...SYNCED });
    expect(view.control?.pin).toMatchObject({ actor: 'plumbline', from: { revision: two }, until: { kind: 'newer-commit' } });
    expect(await imageOf()).not.toContain('broken');
    expect(view.reasons?.[0]).toMatchObject({ code: 'pinned', severity: 'bad' });
    expect(await controls.recorded('auto', 'rollback')).toEqual([
      expect.objectContaining({ actor: 'plumbline', revision: one, reason: 'not Healthy within 6 s' }),
    ]);
    const { events } = await need<{ events: readonly { kind: string; notice?: string; app: string }[] }>(
      '/activity?app=auto&kind=rollback',
    );
    expect(events).toContainEqual(expect.objectContaining({ app: 'auto', kind: 'rollback', notice: 'rolled-back' }));
  });

  test('does not come a second time for the same revision', async () => {
    await controls.decide('auto', 'unpin', { reason: 'look at it' });
    await controls.until(
      'auto',
      'to try it again',
      ({ control, status }) => control === undefined && status?.health.status === 'Progressing',
    );
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    const view = await journey.app('auto');
    expect([view?.control?.pin, await imageOf()]).toEqual([undefined, expect.stringContaining('broken')]);
    expect(await controls.recorded('auto', 'rollback')).toHaveLength(1);
  });

  test('ends with the commit that mends it', async () => {
    const three = await repository.push({ 'apps/auto/web.yaml': deploymentYaml('web', { replicas: 2 }) });
    const view = await journey.waitForApp('auto', { revision: three, ...SYNCED });
    expect(view.reasons).toEqual([]);
  });

  test('does nothing but say so when nothing was ever Healthy', async () => {
    await repository.push({
      'fleet/never.yaml': argoApp(repository.url, {
        ...{ name: 'never', path: 'apps/never' },
        annotations: { 'plumbline.dev/rollback-deadline': '3s' },
      }),
      'apps/never/web.yaml': broken('web'),
    });
    const view = await controls.until('never', 'to fail to roll back', ({ control }) => control?.rollbackFailed !== undefined);
    expect(view.reasons?.[0]).toMatchObject({ code: 'rollback_failed', severity: 'bad' });
    expect(view.control?.pin).toBeUndefined();
    expect(await controls.recorded('never', 'rollback-failed')).toHaveLength(1);
  });
});

test('nothing that happened breaks an invariant (I1–I4, I6, I9)', async () => {
  expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

async function need<T>(path: string): Promise<T> {
  const answer = await journey.system.api.get<T>(path);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}
