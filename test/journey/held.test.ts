import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../cli/git-server/git-server.ts';
import { pushFiles } from '../../cli/git-server/push-files.ts';
import type { ProblemCode } from '../../core/problem/codes.ts';
import { agentWrites, describeEvent } from './support/audit-log.ts';
import { configMap } from './support/cluster-objects.ts';
import { argoApp, configMapYaml, fluxApp, fluxSource, namespaceYaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';

/** YAML that breaks off; a file that does not look like a manifest at all is none of ours, as in Argo CD. */
const BROKEN = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: [a\n';

let journey: Journey;
let main: Repository;
const repositories: Repository[] = [];

beforeAll(async () => {
  journey = await startJourney();
  main = await newRepository('main');
  await main.push({
    'fleet/witness.yaml': argoApp(main.url, { name: 'witness', path: 'apps/witness' }),
    'apps/witness/config.yaml': configMapYaml('config', '0'),
  });
  await journey.addFleet(main);
  await journey.waitForApp('witness', { sync: 'Synced' });
});
afterAll(() => journey?.stop());

async function newRepository(name: string, server?: Parameters<Journey['repository']>[1]): Promise<Repository> {
  const made = await journey.repository(name, server);
  repositories.push(made);
  return made;
}

/** An App of one or more ConfigMaps that is Synced. */
async function established(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const paths = Object.fromEntries(Object.entries(files).map(([file, text]) => [`apps/${name}/${file}`, text]));
  await main.push({ [`fleet/${name}.yaml`]: argoApp(main.url, { name, path: `apps/${name}` }), ...paths });
  await journey.waitForApp(name, { sync: 'Synced', clear: true });
}

/** Whatever happened to one App, the next push to another one arrives (I7). */
async function othersGoOn(): Promise<void> {
  const commit = await main.push({ 'apps/witness/config.yaml': configMapYaml('config', String(performance.now())) });
  await journey.waitForApp('witness', { revision: commit, sync: 'Synced', clear: true });
}

/** What somebody does to a live object is put right: the agent still knows what should run. */
async function stillHeals(namespace: string, name: string): Promise<void> {
  await journey.objects.delete(configMap(namespace, name));
  await waitFor(`${namespace}/${name} to be healed`, () => journey.objects.get(configMap(namespace, name)));
}

describe('what Git turns into nothing is held, not pruned', () => {
  test('an App whose path has no manifests left keeps its objects (F29)', async () => {
    await established('emptied', { 'a.yaml': configMapYaml('a', '1'), 'README.md': '# text\n' });
    await main.push({ 'apps/emptied/a.yaml': null });
    await journey.waitForApp('emptied', { problem: 'render.empty' });
    await othersGoOn();
    expect(await journey.objects.get(configMap('emptied', 'a'))).toBeDefined();
    await stillHeals('emptied', 'a');
    const commit = await main.push({ 'apps/emptied/b.yaml': configMapYaml('b', '1') });
    await journey.waitForApp('emptied', { revision: commit, sync: 'Synced', clear: true });
    expect(await journey.objects.get(configMap('emptied', 'a'))).toBeUndefined();
  });

  test('an App whose path is deleted keeps its objects (F29)', async () => {
    await established('pathless', { 'a.yaml': configMapYaml('a', '1') });
    await main.push({ 'apps/pathless/a.yaml': null });
    await journey.waitForApp('pathless', { problem: 'git.path_missing' });
    await othersGoOn();
    expect(await journey.objects.get(configMap('pathless', 'a'))).toBeDefined();
    const commit = await main.push({ 'apps/pathless/a.yaml': configMapYaml('a', '2') });
    await journey.waitForApp('pathless', { revision: commit, sync: 'Synced', clear: true });
  });

  test('a fleet path without definitions keeps every App (F23, F29)', async () => {
    const other = await newRepository('emptyfleet');
    const definition = argoApp(other.url, { name: 'kept', path: 'apps' });
    await other.push({ 'fleet/kept.yaml': definition, 'apps/a.yaml': configMapYaml('a', '1') });
    await journey.addFleet(other);
    await journey.waitForApp('kept', { sync: 'Synced' });
    const mark = await journey.audit.mark();
    await other.push({ 'fleet/kept.yaml': null });
    await awaitFleetProblem(other, 'git.path_missing');
    await other.push({ 'fleet/README.md': '# nothing here\n' });
    await awaitFleetProblem(other, 'fleet.empty');
    expect(await journey.app('kept')).toMatchObject({ state: 'present', status: { sync: 'Synced' } });
    await othersGoOn();
    expect(await deletesSince(mark)).toEqual([]);
    await other.push({ 'fleet/kept.yaml': definition, 'apps/a.yaml': configMapYaml('a', '2') });
    await waitFor('the new value', async () => isValue(await journey.objects.get(configMap('kept', 'a')), '2'));
  });

  test('a deletion above the budget waits until a person confirms it', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`m${i}.yaml`, configMapYaml(`m${i}`, '1')]));
    await established('many', many);
    const mark = await journey.audit.mark();
    const commit = await main.push(
      Object.fromEntries(
        Object.keys(many)
          .slice(1)
          .map((file) => [`apps/many/${file}`, null]),
      ),
    );
    await journey.waitForApp('many', { revision: commit, sync: 'OutOfSync', problem: 'apply.held_deletion' });
    await othersGoOn();
    expect(await deletesSince(mark)).toEqual([]);
    expect((await journey.system.api.send('POST', '/apps/demo/many/sync', { prune: true, actor: 'ana' })).ok).toBe(true);
    await journey.waitForApp('many', { sync: 'Synced', clear: true });
    expect(await deletesSince(mark)).toHaveLength(59);
  });
});

describe('what cannot be rendered keeps the last good bundle, and costs only its App', () => {
  const overlay = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: overlay\nresources: [a.yaml]\n';
  const chart = 'apiVersion: v2\nname: chart\nversion: 1.0.0\n';
  const cases: readonly { name: string; files: Record<string, string>; broken: Record<string, string>; problem: ProblemCode }[] =
    [
      {
        name: 'plain',
        files: { 'a.yaml': configMapYaml('a', '1') },
        broken: { 'a.yaml': BROKEN },
        problem: 'render.yaml',
      },
      {
        name: 'overlay',
        files: { 'kustomization.yaml': overlay, 'a.yaml': configMapYaml('a', '1') },
        broken: { 'kustomization.yaml': `${overlay}patches: [{ path: missing.yaml }]\n` },
        problem: 'render.kustomize',
      },
      {
        name: 'chart',
        files: { 'Chart.yaml': chart, 'templates/a.yaml': configMapYaml('a', '1') },
        broken: { 'templates/a.yaml': '{{ fail "broken on purpose" }}' },
        problem: 'render.helm',
      },
    ];
  test.each(cases)(
    'a broken $name goes on with what it had, and with the next good commit',
    async ({ name, files, broken, problem }) => {
      await established(name, files);
      const within = (changed: Record<string, string>) =>
        Object.fromEntries(Object.entries(changed).map(([file, text]) => [`apps/${name}/${file}`, text]));
      const before = await journey.app(name);
      await main.push(within(broken));
      const held = await journey.waitForApp(name, { problem });
      expect(held.bundle).toBe(before?.bundle);
      await othersGoOn();
      await stillHeals(name, 'a');
      const commit = await main.push(
        within({ ...files, [name === 'chart' ? 'templates/a.yaml' : 'a.yaml']: configMapYaml('a', '2') }),
      );
      await journey.waitForApp(name, { revision: commit, sync: 'Synced', clear: true });
      expect(await journey.objects.get(configMap(name, 'a'))).toMatchObject({ data: { value: '2' } });
    },
  );

  test('five broken pushes and a good one leave exactly what the good one says (F30)', async () => {
    await established('hasty', { 'a.yaml': configMapYaml('a', '1'), 'b.yaml': configMapYaml('b', '1') });
    for (let i = 0; i < 5; i++)
      await main.push({ 'apps/hasty/broken.yaml': `${BROKEN}# ${i}\n`, [`apps/hasty/c${i}.yaml`]: configMapYaml(`c${i}`, '1') });
    const gone = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`apps/hasty/c${i}.yaml`, null]));
    const files = { 'apps/hasty/broken.yaml': null, 'apps/hasty/b.yaml': null, 'apps/hasty/d.yaml': configMapYaml('d', '1') };
    const commit = await main.push({ ...gone, ...files });
    await journey.waitForApp('hasty', { revision: commit, sync: 'Synced', clear: true });
    const names = JSON.parse(await journey.objects.text('/api/v1/namespaces/hasty/configmaps')) as {
      readonly items: readonly { readonly metadata: { readonly name: string } }[];
    };
    expect(names.items.map((item) => item.metadata.name).filter((name) => name !== 'kube-root-ca.crt')).toEqual(['a', 'd']);
  });

  test('a definition file that is broken keeps its Apps', async () => {
    await established('misspelt', { 'a.yaml': configMapYaml('a', '1') });
    const mark = await journey.audit.mark();
    await main.push({ 'fleet/misspelt.yaml': 'apiVersion: argoproj.io/v1alpha1\nkind: [Application\n' });
    await awaitFleetProblem(main, 'yaml.syntax');
    await othersGoOn();
    expect(await journey.app('misspelt')).toMatchObject({ state: 'present', status: { sync: 'Synced' } });
    expect(await deletesSince(mark)).toEqual([]);
    await main.push({ 'fleet/misspelt.yaml': argoApp(main.url, { name: 'misspelt', path: 'apps/misspelt' }) });
    await waitFor('the fleet path to be clear', async () => (await journey.fleet(main))?.problems.length === 0);
  });
});

describe('a source that is not there keeps what ran', () => {
  test('a deleted branch is told of, and followed again when it is back (F25)', async () => {
    await main.push({ 'apps/branched/a.yaml': configMapYaml('a', '1') }, 'branch', { branch: 'feature' });
    await main.push({
      'fleet/branched.yaml': argoApp(main.url, { name: 'branched', path: 'apps/branched', revision: 'feature' }),
    });
    await journey.waitForApp('branched', { sync: 'Synced' });
    const tip = (await main.server.git(main.name, 'rev-parse', 'feature')).trim();
    await main.server.git(main.name, 'update-ref', '-d', 'refs/heads/feature');
    await tick();
    await journey.waitForApp('branched', { problem: 'git.ref_missing' });
    await othersGoOn();
    await stillHeals('branched', 'a');
    await main.server.git(main.name, 'update-ref', 'refs/heads/feature', tip);
    await tick();
    await journey.waitForApp('branched', { sync: 'Synced', clear: true });
  });

  test('a repository that is gone is told of, and followed again when it is back', async () => {
    const lost = await newRepository('lost');
    await lost.push({ 'apps/a.yaml': configMapYaml('a', '1') });
    await main.push({ 'fleet/lost.yaml': argoApp(lost.url, { name: 'lost', path: 'apps' }) });
    await journey.waitForApp('lost', { sync: 'Synced' });
    const path = join(lost.server.directory, 'lost.git');
    await rename(path, `${path}.away`);
    await tick();
    await journey.waitForApp('lost', { problem: 'git.not_found' });
    await othersGoOn();
    await stillHeals('lost', 'a');
    await rename(`${path}.away`, path);
    const commit = await lost.push({ 'apps/a.yaml': configMapYaml('a', '2') });
    await tick();
    await journey.waitForApp('lost', { revision: commit, sync: 'Synced', clear: true });
  });

  test('wrong credentials are told of, and the right ones are used at once', async () => {
    const credentials = { username: 'plumb', password: 'open-sesame-4711' };
    const server = await journey.gitServer({ credentials });
    const closed = await newRepository('closed', server);
    await closed.push({
      'fleet/closed.yaml': argoApp(closed.url, { name: 'closed', path: 'apps' }),
      'apps/a.yaml': configMapYaml('a', '1'),
    });
    await journey.addFleet(closed, { username: 'plumb', password: 'wrong-horse-4712' });
    await awaitFleetProblem(closed, 'git.auth');
    expect(await journey.app('closed')).toBeUndefined();
    await setCredentials(closed, credentials.password);
    await journey.waitForApp('closed', { sync: 'Synced', clear: true });
    await setCredentials(closed, 'wrong-horse-4712');
    await journey.waitForApp('closed', { problem: 'git.auth' });
    await othersGoOn();
    await stillHeals('closed', 'a');
    await setCredentials(closed, credentials.password);
    const commit = await closed.push({ 'apps/a.yaml': configMapYaml('a', '2') });
    await journey.waitForApp('closed', { revision: commit, sync: 'Synced', clear: true });
  });

  const faults: readonly { name: string; fault: Fault }[] = [
    { name: 'an error 500', fault: { status: 500, body: 'broken' } },
    { name: 'a page of HTML', fault: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' } },
    { name: 'half of an answer', fault: { truncateAfter: 30 } },
    {
      name: 'nothing but a success',
      fault: { status: 200, headers: { 'content-type': 'application/x-git-upload-pack-result' }, body: '' },
    },
  ];
  test.each(faults)('a Git host that answers $name changes nothing, and is asked again (F22)', async ({ name, fault }) => {
    const id = `f${faults.findIndex((one) => one.name === name)}`;
    const server = await journey.gitServer();
    const moody = await newRepository(id, server);
    await moody.push({
      'fleet/app.yaml': argoApp(moody.url, { name: id, path: 'apps' }),
      'apps/a.yaml': configMapYaml('a', '1'),
    });
    await journey.addFleet(moody);
    const before = await journey.waitForApp(id, { sync: 'Synced' });
    const mark = await journey.audit.mark();
    server.setFault(() => fault);
    const { after } = await pushFiles(join(server.directory, `${id}.git`), { 'apps/a.yaml': configMapYaml('a', '2') }, 'unseen');
    await tick();
    await waitFor('the fleet path to say why', async () => ((await journey.fleet(moody))?.problems.length ?? 0) > 0);
    expect(await journey.app(id)).toMatchObject({ revision: before.revision, bundle: before.bundle, status: { sync: 'Synced' } });
    expect((await agentWrites(await journey.audit.since(mark))).map(describeEvent)).toEqual([]);
    server.setFault(undefined);
    await tick();
    await journey.waitForApp(id, { revision: after, sync: 'Synced', clear: true });
    expect((await journey.fleet(moody))?.problems).toEqual([]);
  });

  test('rewritten history is followed: what the new tip says is what runs (F25)', async () => {
    const amended = await newRepository('amended');
    await amended.push({ 'fleet/amended.yaml': argoApp(amended.url, { name: 'amended', path: 'apps' }) });
    await amended.push({ 'apps/a.yaml': configMapYaml('a', '1'), 'apps/b.yaml': configMapYaml('b', '1') });
    await journey.addFleet(amended);
    await journey.waitForApp('amended', { sync: 'Synced' });
    const commit = await amended.push({ 'apps/a.yaml': configMapYaml('a', '2'), 'apps/b.yaml': null }, 'amend', { force: true });
    await journey.waitForApp('amended', { revision: commit, sync: 'Synced', clear: true });
    expect(await journey.objects.get(configMap('amended', 'a'))).toMatchObject({ data: { value: '2' } });
    expect(await journey.objects.get(configMap('amended', 'b'))).toBeUndefined();
  });

  test('a Flux path that is deleted with prune: true keeps its objects all the same (F29)', async () => {
    await main.push({
      'fleet/flux.yaml': `${fluxSource(main.url)}---\n${fluxApp({ name: 'fluxed', path: './apps/fluxed' })}`,
      'apps/fluxed/namespace.yaml': namespaceYaml('fluxed'),
      'apps/fluxed/a.yaml': configMapYaml('a', '1', 'fluxed'),
    });
    await journey.waitForApp('fluxed', { sync: 'Synced' });
    await main.push({ 'apps/fluxed/namespace.yaml': null, 'apps/fluxed/a.yaml': null });
    await journey.waitForApp('fluxed', { problem: 'git.path_missing' });
    await othersGoOn();
    expect(await journey.objects.get(configMap('fluxed', 'a'))).toBeDefined();
  });
});

test('all of that broke no invariant (I1, I2, I3, I4, I6, I9)', async () => {
  const canaries = ['open-sesame-4711', 'wrong-horse-4712'];
  expect(await findViolations(journey, { repositories, rewritten: ['amended'], canaries })).toEqual([]);
});

function tick(): Promise<void> {
  return journey.system.worker().tick();
}

async function awaitFleetProblem(repository: Repository, code: ProblemCode): Promise<void> {
  await waitFor(
    `${code} of ${repository.name}`,
    async () => (await journey.fleet(repository))?.problems.some((problem) => problem.code === code),
    { describe: () => journey.fleet(repository) },
  );
}

async function setCredentials(repository: Repository, password: string): Promise<void> {
  const credentials = { kind: 'basic', username: 'plumb', password };
  const set = await journey.system.api.send('PUT', '/credentials', { url: repository.url, credentials });
  expect(set.ok).toBe(true);
}

async function deletesSince(mark: number): Promise<string[]> {
  return agentWrites(await journey.audit.since(mark))
    .filter((event) => event.verb === 'delete')
    .map(describeEvent);
}

function isValue(live: Awaited<ReturnType<Journey['objects']['get']>>, value: string): boolean {
  return (live?.['data'] as { value?: string } | undefined)?.value === value; // a ConfigMap's
}
