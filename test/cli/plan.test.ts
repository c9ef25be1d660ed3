import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PlanView } from '../../cli/plan/make-plan.ts';
import { readPolicy } from '../../cli/plan/read-policy.ts';
import { trackingId } from '../../core/plan/tracking.ts';
import { runPlumb } from './run-plumb.ts';
import { createTestTerminal } from './test-terminal.ts';

const application = (changes: object = {}, policy: object = { automated: { prune: true, selfHeal: true } }) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shop', namespace: 'argocd' },
  spec: { destination: { namespace: 'shop', name: 'in-cluster' }, syncPolicy: policy, ...changes },
});
const annotated = (kind: string, name: string, more: object = {}) => ({
  'argocd.argoproj.io/tracking-id': trackingId({ group: '', kind, namespace: 'shop', name }, 'shop'),
  ...more,
});
const configMap = (name: string, data: object, annotations: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop', annotations },
  data,
});

/** Runs the command on files with these contents; gives the plan and the exit code. */
async function plan(manifests: readonly object[], live: readonly object[], definition?: object, ...more: readonly string[]) {
  const { cwd } = await createTestTerminal();
  const write = (name: string, content: unknown) => writeFile(join(cwd, name), JSON.stringify(content));
  await write('manifests.json', { apiVersion: 'v1', kind: 'List', items: manifests });
  await write('live.json', { apiVersion: 'v1', kind: 'List', items: live });
  if (definition !== undefined) await write('app.json', definition);
  const words = [
    'plan',
    '-f',
    'manifests.json',
    '--live',
    'live.json',
    ...(definition === undefined ? [] : ['--policy', 'app.json']),
    ...more,
  ];
  const run = await runPlumb([...words, '-o', 'json'], { cwd });
  return { ...run, view: run.out === '' ? undefined : (JSON.parse(run.out) as PlanView) };
}

const actions = (view: PlanView | undefined) =>
  (view?.steps ?? []).flatMap(({ phase, wave, entries }) =>
    entries.map(({ key, action }) => `${phase} ${wave} ${action} ${key}`),
  );

describe('plumb plan', () => {
  it('says nothing is to be done with 0', async () => {
    const { code, view } = await plan(
      [configMap('a', { x: '1' })],
      [configMap('a', { x: '1', theirs: '2' }, annotated('ConfigMap', 'a'))],
      application(),
    );
    expect([code, view?.changes]).toEqual([0, { create: 0, update: 0, prune: 0, unchanged: 1 }]);
  });

  it('says what would be created, changed and pruned, in the order of waves, with 2', async () => {
    const { code, view } = await plan(
      [
        configMap('late', { x: '1' }, { 'argocd.argoproj.io/sync-wave': '2' }),
        configMap('changed', { x: '2' }),
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'migrate', namespace: 'shop', annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
          spec: {},
        },
      ],
      [
        configMap('changed', { x: '1' }, annotated('ConfigMap', 'changed')),
        configMap('gone', { x: '1' }, annotated('ConfigMap', 'gone')),
        configMap('somebodys', { x: '1' }),
      ],
      application(),
    );
    expect(code).toBe(2);
    expect(actions(view)).toEqual([
      'PreSync 0 hook batch/Job/shop/migrate',
      'Sync 0 prune /ConfigMap/shop/gone',
      'Sync 0 update /ConfigMap/shop/changed',
      'Sync 2 create /ConfigMap/shop/late',
    ]);
    expect(view?.steps.flatMap(({ entries }) => entries).find(({ action }) => action === 'update')?.fields).toEqual(['/data/x']);
  });

  it('keeps what is not to be pruned, and holds what waits for a person', async () => {
    const live = [
      configMap('gone', {}, annotated('ConfigMap', 'gone')),
      configMap('held', {}, annotated('ConfigMap', 'held', { 'argocd.argoproj.io/sync-options': 'Prune=confirm' })),
    ];
    const held = await plan([configMap('a', {})], [...live, configMap('a', {}, annotated('ConfigMap', 'a'))], application());
    expect(held.view?.held.map(({ key }) => key)).toEqual(['/ConfigMap/shop/held']);
    const kept = await plan(
      [configMap('a', {})],
      [...live, configMap('a', {}, annotated('ConfigMap', 'a'))],
      application({}, {}),
    );
    expect([kept.code, kept.view?.kept.length]).toEqual([0, 2]);
  });

  it('leaves ignored differences out, jq too', async () => {
    const live = [configMap('a', { x: '9', y: '9' }, annotated('ConfigMap', 'a'))];
    const rule = (parts: object) => application({ ignoreDifferences: [{ kind: 'ConfigMap', ...parts }] });
    const pointers = await plan([configMap('a', { x: '1', y: '9' })], live, rule({ jsonPointers: ['/data/x'] }));
    const jq = await plan([configMap('a', { x: '1', y: '9' })], live, rule({ jqPathExpressions: ['.data.x'] }));
    const broken = await plan([configMap('a', { x: '1', y: '9' })], live, rule({ jqPathExpressions: ['.data.[['] }));
    expect([pointers.code, jq.code, broken.code]).toEqual([0, 0, 2]);
    expect(broken.view?.problems).toMatchObject([{ code: 'diff.ignore_invalid' }]);
  });

  it('knows Flux’ rules', async () => {
    const kustomization = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'shop', namespace: 'flux-system' },
      spec: { prune: true, targetNamespace: 'shop' },
    };
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };
    const ours = (name: string) => ({ ...configMap(name, {}), metadata: { name, namespace: 'shop', labels } });
    const { code, view } = await plan([configMap('a', {})], [ours('a'), ours('gone')], kustomization);
    expect([code, view?.changes]).toEqual([2, { create: 0, update: 0, prune: 1, unchanged: 1 }]);
  });

  it('never shows the value of a Secret', async () => {
    const secret = (value: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'key', namespace: 'shop', annotations: annotated('Secret', 'key') },
      data: { password: Buffer.from(value).toString('base64') },
    });
    const { out, err, code } = await plan([secret('canary-git')], [secret('canary-live')], application());
    expect(code).toBe(2);
    for (const value of ['canary-git', 'canary-live']) expect(out + err).not.toContain(Buffer.from(value).toString('base64'));
  });

  it('ends with 1 when it cannot tell', async () => {
    const { cwd } = await createTestTerminal();
    await writeFile(join(cwd, 'bad.yaml'), 'a: [');
    await writeFile(join(cwd, 'good.yaml'), '');
    for (const words of [
      ['-f', 'bad.yaml', '--live', 'good.yaml'],
      ['-f', 'good.yaml', '--live', 'missing.yaml'],
      ['-f', '-', '--live', '-'],
      ['-f', 'good.yaml', '--live', 'good.yaml', '--policy', 'good.yaml'],
    ])
      expect((await runPlumb(['plan', ...words], { cwd })).code).toBe(1);
  });

  it('is a table for people that says what it cannot know', async () => {
    const { cwd } = await createTestTerminal();
    await writeFile(join(cwd, 'a.yaml'), JSON.stringify(configMap('a', { x: '1' })));
    await writeFile(join(cwd, 'live.yaml'), '');
    const { out, code } = await runPlumb(['plan', '-f', 'a.yaml', '--live', 'live.yaml'], { cwd });
    expect(code).toBe(2);
    expect(out).toContain('ConfigMap shop/a');
    expect(out).toContain('without an API server');
  });
});

it('a policy of the API is taken as it is', () =>
  expect(readPolicy({ dialect: 'flux', name: 'x', prune: false })).toMatchObject({
    dialect: 'flux',
    name: 'x',
    prune: false,
    autoSync: true,
  }));
