import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { configMap } from '../agent-process.ts';
import { deployment, type JobOptions, job } from '../hook-objects.ts';
import { annotated, codesOf, done, type Stage, type StagedApp, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const SOON = { behaviour: 'succeed', delay: '1s' } as const;
const FAILS = { behaviour: 'fail' } as const;
const NEVER = { behaviour: 'slow', delay: '1h' } as const;
const web = (value: string): Manifest => configMap('web', value);

function helmHook(types: string, name: string, options: JobOptions = {}): Manifest {
  return job(name, { ...options, annotations: { 'helm.sh/hook': types, ...options.annotations } });
}

/** A HelmRelease whose chart renders to what each commit says. */
function release(spec: object = {}): Promise<StagedApp> {
  return stage.flux({ kind: 'HelmRelease', spec: { timeout: '30s', ...spec } });
}

describe.concurrent('hooks of a HelmRelease', () => {
  it('helm.sh/hook: install hooks run with the first release, upgrade hooks with the later ones', async () => {
    const app = await release();
    const hooks = ['pre-install', 'post-install', 'pre-upgrade', 'post-upgrade'].map((type) => helmHook(type, type));
    await app.commit([web('1'), ...hooks]);
    expect(await app.names('Job')).toEqual(['post-install', 'pre-install']);
    await app.commit([web('2'), ...hooks]);
    expect(await app.names('Job')).toEqual(['post-install', 'post-upgrade', 'pre-install', 'pre-upgrade']);
  });

  it('helm.sh/hook: pre-install runs to its end before anything of the chart is written', async () => {
    const app = await release();
    await app.publish([web('1'), helmHook('pre-install', 'before', SOON)]);
    await app.waits('Job');
    expect(await app.names('ConfigMap')).toEqual([]);
    await app.synced();
  });

  it('helm.sh/hook-weight: the lighter one runs first, each to its end', async () => {
    const app = await release();
    const weighing = (weight: string): JobOptions => ({ ...SOON, annotations: { 'helm.sh/hook-weight': weight } });
    await app.publish([helmHook('pre-install', 'heavy', weighing('5')), helmHook('pre-install', 'light', weighing('-5'))]);
    await app.waits('Job');
    expect(await app.names('Job')).toEqual(['light']);
    await app.until('the heavy one runs', ({ progress }) => progress?.message.includes('heavy') === true);
    await app.synced();
  });

  it('helm.sh/hook-delete-policy: before-hook-creation is the default, hook-succeeded goes at once', async () => {
    const app = await release();
    const succeeded = { annotations: { 'helm.sh/hook-delete-policy': 'hook-succeeded' } };
    const objects = (value: string) => [
      web(value),
      helmHook('pre-install,pre-upgrade', 'stays'),
      helmHook('pre-install,pre-upgrade', 'goes', succeeded),
    ];
    await app.commit(objects('1'));
    await app.gone('Job/goes');
    const before = (await app.live('Job/stays'))?.metadata.uid;
    await app.commit(objects('2'));
    expect((await app.live('Job/stays'))?.metadata.uid).not.toBe(before);
  });

  it('install.disableHooks and upgrade.disableHooks: none runs', async () => {
    const app = await release({ install: { disableHooks: true }, upgrade: { disableHooks: true } });
    const hook = helmHook('pre-install,pre-upgrade,post-install,post-upgrade', 'never');
    await app.commit([web('1'), hook]);
    await app.commit([web('2'), hook]);
    expect([await app.names('Job'), (await app.live('ConfigMap/web'))?.data]).toEqual([[], { value: '2' }]);
  });

  it('pre-delete and post-delete: run around the removal; uninstall.disableHooks: they do not', async () => {
    const [runs, skips] = [await release(), await release({ uninstall: { disableHooks: true } })];
    const objects = [web('1'), helmHook('pre-delete', 'before'), helmHook('post-delete', 'after')];
    const removed = await Promise.all(
      [runs, skips].map(async (app) => {
        await app.commit(objects);
        return app.remove();
      }),
    );
    expect(removed.map(({ outcome }) => outcome)).toEqual(['removed', 'removed']);
    expect(removed.map((receipt) => receipt.results.filter(({ hook }) => hook !== undefined).length)).toEqual([2, 0]);
    expect([await runs.names('ConfigMap'), await skips.names('ConfigMap')]).toEqual([[], []]);
  });

  it('helm.sh/resource-policy: keep stays when the release goes', async () => {
    const app = await release();
    await app.commit([web('1'), annotated(configMap('kept', '1'), { 'helm.sh/resource-policy': 'keep' })]);
    await app.remove();
    expect(await app.names('ConfigMap')).toEqual(['kept']);
  });
});

describe.concurrent('tests of a HelmRelease', () => {
  const check = (options: JobOptions = {}) => helmHook('test', 'check', options);

  it('test.enable: true runs them after install and upgrade', async () => {
    const app = await release({ test: { enable: true } });
    const receipt = await app.commit([web('1'), check()]);
    expect(done(receipt)).toMatchObject({ 'ConfigMap/web': 'created', 'Job/check@Test': 'succeeded' });
    const first = (await app.live('Job/check'))?.metadata.uid;
    await app.commit([web('2'), check()]);
    expect((await app.live('Job/check'))?.metadata.uid).not.toBe(first);
  });

  it('test.enable: false leaves them out', async () => {
    const app = await release();
    await app.commit([web('1'), check()]);
    expect(await app.names('Job')).toEqual([]);
  });

  it('test: one that fails is a failed release', async () => {
    const app = await release({ test: { enable: true } });
    expect((await app.commit([web('1'), check(FAILS)])).outcome).toBe('failed');
  });

  it('test.ignoreFailures: true is no failure', async () => {
    const app = await release({ test: { enable: true, ignoreFailures: true } });
    expect((await app.commit([web('1'), check(FAILS)])).outcome).toBe('synced');
  });
});

describe.concurrent('remediation of a HelmRelease', () => {
  const failing = (value: string): Manifest[] => [web(value), helmHook('post-install,post-upgrade', 'smoke', FAILS)];
  const good = [web('good')];

  it('install: a failed one is left as it is by default', async () => {
    const app = await release();
    expect((await app.commit(failing('1'))).outcome).toBe('failed');
    expect(await app.names('ConfigMap')).toEqual(['web']);
  });

  it('install.remediation.remediateLastFailure: true uninstalls it', async () => {
    const app = await release({ install: { remediation: { remediateLastFailure: true } } });
    await app.publish(failing('1'));
    await app.until('it is uninstalled', ({ problems }) => problems.length > 0);
    await app.gone('ConfigMap/web');
  });

  it('upgrade.remediation.remediateLastFailure: true goes back to the last that succeeded', async () => {
    const app = await release({ upgrade: { remediation: { remediateLastFailure: true } } });
    await app.commit(good);
    await app.publish([...failing('bad'), configMap('extra', '1')], { fallback: good });
    await app.until('it is told', ({ problems }) => problems.some(({ code }) => code.startsWith('apply.')));
    await app.gone('ConfigMap/extra');
    expect((await app.live('ConfigMap/web'))?.data).toEqual({ value: 'good' });
  });

  it('upgrade.remediation.retries: 1 goes back, tries once more, and goes back again', async () => {
    const app = await release({ upgrade: { remediation: { retries: 1 } } });
    await app.commit(good);
    await app.publish(failing('bad'), { fallback: good });
    const runs = () =>
      stage.worker
        .agentOutput()
        .split('\n')
        .filter((line) => line.includes(`${app.id}: failed`)).length;
    await stage.worker.until('it has failed twice', () => runs() >= 2);
    await app.until('it is told', ({ problems }) => problems.length > 0);
    await stage.worker.until('it is back', () => app.status?.progress === undefined || app.status.progress.state === 'waiting');
    await app.exists('ConfigMap/web');
  });

  it('upgrade.remediation.strategy: uninstall removes it', async () => {
    const remediation = { strategy: 'uninstall', remediateLastFailure: true };
    const app = await release({ upgrade: { remediation } });
    await app.commit(good);
    await app.publish(failing('bad'), { fallback: good });
    await app.gone('ConfigMap/web');
  });

  it('a new commit ends the failure', async () => {
    const app = await release();
    await app.commit(failing('1'));
    await app.commit(good);
    await app.synced();
    expect((await app.live('ConfigMap/web'))?.data).toEqual({ value: 'good' });
  });

  it('reconcile.fluxcd.io/resetAt: a reset tries a failed release again', async () => {
    const app = await release();
    await app.commit([web('1'), helmHook('pre-install,pre-upgrade', 'smoke', FAILS)]);
    const first = (await app.live('Job/smoke'))?.metadata.uid;
    await app.publish(undefined, { request: { kind: 'reset' } });
    await stage.worker.until(
      'it is tried again',
      () => stage.worker.receipts.filter((receipt) => receipt.app === app.id && receipt.outcome === 'failed').length >= 2,
    );
    expect((await app.live('Job/smoke'))?.metadata.uid).not.toBe(first);
  });
});

describe.concurrent('other fields of a HelmRelease', () => {
  it('timeout: a Deployment that is not ready by then is a failed install', async () => {
    const app = await release({ timeout: '2s' });
    const receipt = await app.commit([deployment('slow', NEVER)]);
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['failed', ['apply.deadline']]);
  });

  it('install.disableWait: true does not wait', async () => {
    const app = await release({ install: { disableWait: true } });
    expect((await app.commit([deployment('slow', NEVER)])).outcome).toBe('synced');
  });

  for (const [mode, left] of [
    ['enabled', '1'],
    ['warn', 'drift'],
    ['disabled', 'drift'],
  ] as const)
    it(`driftDetection.mode: ${mode} ${left === '1' ? 'heals' : 'leaves'} what somebody changed`, async () => {
      const app = await release({ driftDetection: { mode } });
      await app.commit([web('1'), annotated(configMap('alone', '1'), { 'helm.toolkit.fluxcd.io/driftDetection': 'disabled' })]);
      for (const short of ['ConfigMap/alone', 'ConfigMap/web']) await app.patch(short, { data: { value: 'drift' } });
      if (mode !== 'disabled')
        await app.until('it is noticed', () => stage.worker.drifts.some(({ key }) => key === app.key('ConfigMap/web')));
      const witness = await release();
      await witness.commit([web('1')]);
      if (mode === 'enabled') await app.synced();
      expect((await app.live('ConfigMap/web'))?.data).toEqual({ value: left });
      // Whatever the mode, an object may say that it is left alone.
      expect((await app.live('ConfigMap/alone'))?.data).toEqual({ value: 'drift' });
    });

  it('install.crds and upgrade.crds: made with the install, left alone by upgrades unless CreateReplace', async () => {
    const [skips, replaces] = [await release(), await release({ upgrade: { crds: 'CreateReplace' } })];
    const columnsOf = async (app: StagedApp): Promise<number> => {
      const answer = await stage.cluster.call({ method: 'GET', path: crdPath(app) });
      const { spec } = JSON.parse(answer.text) as { spec: { versions: [{ additionalPrinterColumns?: unknown[] }] } };
      return spec.versions[0].additionalPrinterColumns?.length ?? 0;
    };
    for (const app of [skips, replaces]) {
      await app.commit([web('1'), chartDefinition(app, 0)]);
      expect(await columnsOf(app)).toBe(0);
      await app.commit([web('2'), chartDefinition(app, 1)]);
    }
    expect([await columnsOf(skips), await columnsOf(replaces)]).toEqual([0, 1]);
    // Nor do they go with the release.
    await skips.remove();
    expect(await columnsOf(skips)).toBe(0);
    for (const app of [skips, replaces]) await stage.cluster.call({ method: 'DELETE', path: crdPath(app) });
  });
});

const crdPath = ({ namespace }: StagedApp) =>
  `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${namespace}.example.com`;

/** A definition of the chart's `crds/`, as the renderer marks it. */
function chartDefinition({ namespace }: StagedApp, columns: number): Manifest {
  const column = { name: 'Size', type: 'string', jsonPath: '.spec.size' };
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${namespace}.example.com`, annotations: { 'plumbline.dev/chart-definition': 'true' } },
    spec: {
      group: `${namespace}.example.com`,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [columns === 0 ? version : { ...version, additionalPrinterColumns: [column] }],
    },
  };
}
