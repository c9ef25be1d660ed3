/** One fleet of Apps that are each hostile in one way, and a good one: every hostile one costs itself. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FleetSource } from '../../../core/api/views.ts';
import { application, configMap } from './support/application.ts';
import { everythingShown } from './support/everything-shown.ts';
import { HOSTILE_APPS, HOSTILE_DEFINITIONS, type HostileApp, type HostileDefinition, OUTSIDE } from './support/hostile-apps.ts';
import { cloneLedger, everyObject, readAppFile } from './support/ledger-copy.ts';
import { need } from './support/lone-worker.ts';
import { isHealthy, type RunningSystem, startRunningSystem } from './support/running-system.ts';
import { waitFor } from './support/wait-for.ts';

let system: RunningSystem;
let clone: string;
let source: FleetSource | undefined;

beforeAll(async () => {
  system = await startRunningSystem();
  const { git, api } = system;
  await writeFile(join(system.dir, 'outside.yaml'), configMap('outside', { value: OUTSIDE.content }));
  for (const name of ['neighbour', 'apps', 'fleet']) await git.createRepository(name);
  await git.pushFiles('neighbour', { 'secret.yaml': configMap('neighbour', { value: OUTSIDE.content }) }, 'not yours');
  const files = HOSTILE_APPS.flatMap(({ name, files }) =>
    Object.entries(files).map(([path, content]) => [`${name}/${path}`, content]),
  );
  await git.pushFiles(
    'apps',
    {
      ...Object.fromEntries(files),
      'good/a.yaml': configMap('good'),
      'root-secret.yaml': configMap('root', { value: 'inside' }),
    },
    'hostile',
  );
  const definitions = HOSTILE_APPS.map(({ name, path = name, helm, directory }) => [
    `fleet/${name}.yaml`,
    application({
      name,
      repoURL: git.url('apps'),
      path,
      ...(helm === undefined ? {} : { helm }),
      ...(directory === undefined ? {} : { directory }),
    }),
  ]);
  const broken = HOSTILE_DEFINITIONS.map(({ name, text }) => [`fleet/${name}.yaml`, text(git.url('apps'))]);
  const good = application({ name: 'good', repoURL: git.url('apps'), path: 'good' });
  await git.pushFiles('fleet', { ...Object.fromEntries([...definitions, ...broken]), 'fleet/good.yaml': good }, 'a fleet');
  need(await api.send('POST', '/fleet', { url: git.url('fleet'), revision: 'main', path: 'fleet', cluster: system.clusterName }));
  await system.untilApp('good', isHealthy);
  await waitFor(
    'every hostile App has been looked at',
    async () => {
      const apps = await system.apps();
      return HOSTILE_APPS.every(({ name }) => apps.some((one) => one.app === name)) ? apps : undefined;
    },
    { seen: async () => (await system.apps()).map(({ app }) => app) },
  );
  source = need(await api.get<{ sources: readonly FleetSource[] }>('/fleet')).sources[0];
  clone = await cloneLedger({ url: system.worker().url, token: system.apiToken, cluster: system.clusterName }, system.dir);
});
afterAll(() => system?.stop());

describe('an App', () => {
  const cases = HOSTILE_APPS.map((app): [string, HostileApp] => [`${app.threat}: ${app.what}`, app]);

  test.each(cases)('%s', async (_name, { name, code }) => {
    const view = (await system.apps()).find(({ app }) => app === name);
    expect(view?.problems.map((one) => one.code)).toEqual(expect.arrayContaining([code]));
    const recorded = await readAppFile(clone, name);
    expect(recorded?.problems.map((one) => one.code)).toEqual(expect.arrayContaining([code]));
    // Nothing was ever rendered, so nothing runs and nothing was pruned.
    expect([view?.bundle, recorded?.bundle]).toEqual([undefined, undefined]);
  });
});

describe('a definition', () => {
  const cases = HOSTILE_DEFINITIONS.map((one): [string, HostileDefinition] => [`${one.threat}: ${one.what}`, one]);

  test.each(cases)('%s', async (_name, { name, code }) => {
    const found = source?.problems.filter(({ where }) => where?.startsWith(`fleet/${name}.yaml:`));
    expect(found?.map((one) => one.code)).toEqual([code]);
    expect((await system.apps()).some(({ app }) => app === name)).toBe(false);
  });
});

test('I7: the good App beside them all is deployed, and follows the next push', async () => {
  const after = await system.git.pushFiles('apps', { 'good/a.yaml': configMap('good', { greeting: 'again' }) }, 'go on');
  const view = await system.untilApp('good', (one) => isHealthy(one) && one.status?.revision === after);
  expect(view.problems).toEqual([]);
  const { stdout } = await system.cluster.kubectl(['get', 'configmap', 'good', '-n', 'good', '-o', 'jsonpath={.data.greeting}']);
  expect(stdout).toBe('again');
});

test('S19: nothing was added to every object', async () => {
  expect(await everythingShown(system.api)).not.toContain('polluted');
});

test('S01, S02: what lies outside and where links point is shown nowhere', async () => {
  const places: readonly (readonly [string, string])[] = [
    ['the API', await everythingShown(system.api)],
    ['the ledger', await everyObject(clone)],
    ['the logs', await system.logs()],
  ];
  for (const [place, text] of places) {
    for (const canary of Object.values(OUTSIDE)) expect([place, text.includes(canary)]).toEqual([place, false]);
    // What a passwd file begins with, in this machine's own words.
    expect([place, /root:[^:]*:0:0:/.test(text)]).toEqual([place, false]);
  }
});
