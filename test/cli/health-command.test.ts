import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Run, runPlumb } from './run-plumb.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, generation: 1}
spec: {replicas: 1}
status: {observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 0}
`;
const WIDGET = `apiVersion: example.org/v1
kind: Widget
metadata: {name: w}
status: {phase: Broken}
`;
const SETTINGS = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.customizations.health.example.org_Widget: |
    return { status = obj.status.phase == "Broken" and "Degraded" or "Healthy", message = obj.status.phase }
`;
const EXPRESSIONS = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps}
spec:
  healthCheckExprs:
    - {apiVersion: example.org/v1, kind: Widget, current: "status.phase == 'Good'", failed: "status.phase == 'Broken'"}
`;

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'plumb-health-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true });
    await writeFile(join(dir, name), content);
  }
  return dir;
}

const health = (cwd: string, ...args: readonly string[]): Promise<Run> => runPlumb(['health', ...args], { cwd });

it('says what the agent would say, in a table and as data', async () => {
  const cwd = await folder({ 'live/web.yaml': DEPLOYMENT });
  const people = await health(cwd, '-f', 'live');
  expect([people.code, people.err]).toEqual([0, '']);
  expect(people.out).toContain('apps/Deployment');
  const data = await health(cwd, '-f', 'live/web.yaml', '-o', 'json');
  expect(JSON.parse(data.out)).toEqual([
    {
      group: 'apps',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
      by: 'known',
      health: {
        status: 'Progressing',
        message: 'Waiting for rollout to finish: 0 of 1 updated replicas are available...',
      },
    },
  ]);
});

it('takes a list from standard input', async () => {
  const list = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }],
  });
  const run = await runPlumb(['health', '-f', '-', '--dialect', 'flux', '-o', 'json'], { input: list });
  expect(JSON.parse(run.out)).toMatchObject([{ kind: 'ConfigMap', health: { status: 'Healthy' } }]);
});

it('runs the scripts of an argocd-cm, and ends with 1 for what is Degraded', async () => {
  const cwd = await folder({ 'w.yaml': WIDGET, 'cm.yaml': SETTINGS });
  const run = await health(cwd, '-f', 'w.yaml', '--customizations', 'cm.yaml', '-o', 'json');
  expect(run.code).toBe(1);
  expect(JSON.parse(run.out)).toMatchObject([{ by: 'lua', health: { status: 'Degraded', message: 'Broken' } }]);
});

it("asks the expressions of a Kustomization, whose dialect is Flux'", async () => {
  const cwd = await folder({ 'w.yaml': WIDGET, 'k.yaml': EXPRESSIONS });
  const run = await health(cwd, '-f', 'w.yaml', '--expr', 'k.yaml', '-o', 'json');
  expect(run.code).toBe(1);
  expect(JSON.parse(run.out)).toMatchObject([{ by: 'cel', health: { status: 'Degraded' } }]);
});

it('S20 a script that never ends costs a second, and the object is Unknown', async () => {
  const cwd = await folder({ 'w.yaml': WIDGET, 'cm.yaml': SETTINGS.replace(/return .*/, 'while true do end') });
  const run = await health(cwd, '-f', 'w.yaml', '--customizations', 'cm.yaml', '-o', 'json');
  expect(run.code).toBe(1);
  expect(JSON.parse(run.out)).toMatchObject([{ health: { status: 'Unknown' } }]);
});

it.each([
  ['a file that is not there', ['-f', 'no.yaml']],
  ['nothing to judge', ['-f', 'empty.yaml']],
  ['YAML that is none', ['-f', 'broken.yaml']],
  ['settings without scripts', ['-f', 'w.yaml', '--customizations', 'w.yaml']],
  ['a Kustomization without expressions', ['-f', 'w.yaml', '--expr', 'w.yaml']],
  ['scripts in the dialect of Flux', ['-f', 'w.yaml', '--dialect', 'flux', '--customizations', 'cm.yaml']],
  ['expressions in the dialect of Argo CD', ['-f', 'w.yaml', '--dialect', 'argo', '--expr', 'k.yaml']],
])('%s is wrong usage', async (_, args) => {
  const cwd = await folder({
    'w.yaml': WIDGET,
    'cm.yaml': SETTINGS,
    'k.yaml': EXPRESSIONS,
    'empty.yaml': '',
    'broken.yaml': 'a: [',
  });
  expect((await health(cwd, ...args)).code).toBe(2);
});
