import type { FileContent } from '../../../../cli/git-server/push-files.ts';
import type { ProblemCode } from '../../../../core/problem/codes.ts';
import { application, configMap } from './application.ts';

/** What must never be seen: the content of files beside the repository, and where links point. */
export const OUTSIDE = { content: 'canary-outside-3d91', target: 'canary-target-7e02' } as const;

/** An App of the fleet that is wrong in one way; its files lie in a folder of its own name unless the path says otherwise. */
export interface HostileApp {
  readonly threat: string;
  readonly what: string;
  readonly name: string;
  readonly code: ProblemCode;
  readonly files: Readonly<Record<string, FileContent>>;
  readonly path?: string;
  readonly helm?: object;
  readonly directory?: object;
}

const chart = (template: string, more: Readonly<Record<string, FileContent>> = {}): Record<string, FileContent> => ({
  'Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'templates/a.yaml': template,
  ...more,
});
const overlay = (resource: string): string =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: ["${resource}"]\n`;
const loop = (depth: number): string => (depth === 0 ? '' : `{{ range until 10000 }}${loop(depth - 1)}{{ end }}`);

/** 2^n ways to the same base. */
function diamonds(levels: number): Record<string, FileContent> {
  const files: Record<string, FileContent> = { 'kustomization.yaml': 'resources: [b0]\n' };
  files[`b${levels}/kustomization.yaml`] = 'configMapGenerator: [{name: leaf}]\n';
  for (let i = 0; i < levels; i++) {
    files[`b${i}/kustomization.yaml`] = 'resources: [left, right]\n';
    files[`b${i}/left/kustomization.yaml`] = `namePrefix: l-\nresources: [../../b${i + 1}]\n`;
    files[`b${i}/right/kustomization.yaml`] = `namePrefix: r-\nresources: [../../b${i + 1}]\n`;
  }
  return files;
}

const aliases = Array.from(
  { length: 12 },
  (_, i) =>
    `  a${i}: &a${i} [${Array(9)
      .fill(i === 0 ? 'x' : `*a${i - 1}`)
      .join(',')}]`,
).join('\n');
const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: bomb }\ndata:\n${aliases}\n`;
const deep = `apiVersion: v1\nkind: X\nmetadata: { name: x }\nspec: ${'['.repeat(5000)}${']'.repeat(5000)}\n`;

const resources = ['../../../../etc/passwd', '/etc/passwd', '../../neighbour.git/secret.yaml', 'file:///etc/passwd'].map(
  (resource, i): HostileApp => ({
    threat: 'S01',
    what: `the resource ${resource} is outside of the repository`,
    name: `resource-${i}`,
    code: 'render.outside_root',
    files: { 'kustomization.yaml': overlay(resource) },
  }),
);
const links = [`/etc/${OUTSIDE.target}`, `../../../${OUTSIDE.target}`, '../../..'].flatMap((link, i): HostileApp[] => [
  {
    threat: 'S02',
    what: `a link out of the repository is not followed by Kustomize (${i})`,
    name: `link-kustomize-${i}`,
    code: 'render.outside_root',
    files: { 'kustomization.yaml': overlay('a.yaml'), 'a.yaml': { link } },
  },
  {
    threat: 'S02',
    what: `a link out of the repository is not followed by Helm (${i})`,
    name: `link-helm-${i}`,
    code: 'render.outside_root',
    files: chart(configMap('a'), { 'values.yaml': { link } }),
  },
  {
    threat: 'S02',
    what: `a link out of the repository is not a manifest (${i})`,
    name: `link-plain-${i}`,
    code: 'render.outside_root',
    files: { 'a.yaml': { link } },
  },
]);

export const HOSTILE_APPS: readonly HostileApp[] = [
  ...resources,
  ...links,
  {
    threat: 'S01',
    what: 'a folder whose name begins like the App’s is another folder',
    name: 'prefix',
    code: 'render.kustomize',
    files: { 'kustomization.yaml': overlay('../prefix2/a.yaml') },
  },
  {
    threat: 'S02',
    what: 'links in a circle end',
    name: 'link-circle',
    code: 'render.cycle',
    files: { 'kustomization.yaml': overlay('a.yaml'), 'a.yaml': { link: 'b.yaml' }, 'b.yaml': { link: 'a.yaml' } },
  },
  {
    threat: 'S02',
    what: 'a link to nothing is a missing file',
    name: 'link-nothing',
    code: 'render.kustomize',
    files: { 'kustomization.yaml': overlay('a.yaml'), 'a.yaml': { link: 'nowhere.yaml' } },
  },
  {
    threat: 'S02',
    what: 'a folder that is a link out of the repository is not entered',
    name: 'link-folder',
    code: 'render.outside_root',
    path: 'link-folder/app',
    files: { app: { link: `../../../${OUTSIDE.target}` } },
  },
  { threat: 'S18', what: 'aliases of aliases are refused', name: 'aliases', code: 'render.yaml', files: { 'a.yaml': bomb } },
  {
    threat: 'S18',
    what: 'aliases of aliases are refused in values',
    name: 'aliases-values',
    code: 'render.values',
    files: chart(configMap('a'), { 'values.yaml': `data:\n${aliases}\n` }),
  },
  { threat: 'S18', what: 'nesting without end is refused', name: 'deep', code: 'render.limit_depth', files: { 'a.yaml': deep } },
  {
    threat: 'S18',
    what: 'a manifest that the renderer could not hold is refused',
    name: 'huge',
    code: 'render.limit_memory',
    files: { 'a.yaml': configMap('huge', { value: 'x'.repeat(24 << 20) }) },
  },
  {
    threat: 'S18',
    what: 'a manifest of many megabytes is refused',
    name: 'large',
    code: 'render.limit_steps',
    files: { 'a.yaml': configMap('large', { value: 'x'.repeat(17 << 20) }) },
  },
  {
    threat: 'S21',
    what: 'a base that includes itself is a cycle',
    name: 'cycle-self',
    code: 'render.cycle',
    files: { 'kustomization.yaml': overlay('../cycle-self') },
  },
  {
    threat: 'S21',
    what: 'bases that include each other are a cycle',
    name: 'cycle-mutual',
    code: 'render.cycle',
    files: { 'kustomization.yaml': overlay('b'), 'b/kustomization.yaml': overlay('..') },
  },
  { threat: 'S21', what: 'a fan-out of 2^20 ends', name: 'diamonds', code: 'render.limit_steps', files: diamonds(20) },
  {
    threat: 'S07',
    what: 'a base on the network is not fetched',
    name: 'remote-base',
    code: 'render.remote',
    files: { 'kustomization.yaml': overlay('https://git.example.com/org/base?ref=main') },
  },
  { threat: 'S20', what: 'loops that never end do', name: 'loops', code: 'render.limit_steps', files: chart(loop(4)) },
  {
    threat: 'S20',
    what: 'a template that includes itself ends',
    name: 'recursion',
    code: 'render.limit_depth',
    files: chart('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'),
  },
  {
    threat: 'S20',
    what: 'a template that repeats a letter a billion times ends',
    name: 'repeat',
    code: 'render.limit_output',
    files: chart('{{ repeat 1000000000 "x" }}'),
  },
  {
    threat: 'S05',
    what: 'a release name that looks like a flag is refused',
    name: 'flag',
    code: 'render.helm',
    files: chart(configMap('a')),
    helm: { releaseName: '--post-renderer=x' },
  },
  {
    threat: 'F29',
    what: 'a path that renders to nothing is held',
    name: 'empty',
    code: 'render.empty',
    files: { 'README.md': 'nothing here\n' },
  },
  {
    threat: 'F29',
    what: 'a path that is not there is held',
    name: 'missing',
    code: 'git.path_missing',
    files: {},
    path: 'missing/x',
  },
];

/** A file of the fleet path that is no good definition; it costs itself. */
export interface HostileDefinition {
  readonly threat: string;
  readonly what: string;
  readonly name: string;
  readonly code: ProblemCode;
  readonly text: (repoURL: string) => string;
}

const paths = ['../..', '/../x', 'x/../../y'].map(
  (path, i): HostileDefinition => ({
    threat: 'S01',
    what: `the path ${path} is outside of the repository`,
    name: `path-${i}`,
    code: 'app.invalid',
    text: (repoURL) => application({ name: `path-${i}`, repoURL, path }),
  }),
);
const valueFiles = ['../../etc/passwd', '../../neighbour.git/secret.yaml', '/../x.yaml', 'file:///etc/passwd'].map(
  (file, i): HostileDefinition => ({
    threat: 'S01',
    what: `the value file ${file} is outside of the repository`,
    name: `values-${i}`,
    code: file.includes('://') ? 'app.unsupported' : 'app.invalid',
    text: (repoURL) => application({ name: `values-${i}`, repoURL, path: 'good', helm: { valueFiles: [file] } }),
  }),
);
const flux = (name: string, spec: string) => (repoURL: string) =>
  `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: ${name}, namespace: flux-system }
spec: { interval: 1m, url: "${repoURL}", ref: { branch: main } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec: { sourceRef: { kind: GitRepository, name: ${name} }, path: good, prune: true, ${spec} }
`;
const intervals = ['-1s', '0', 'NaN', '1d'].map(
  (interval, i): HostileDefinition => ({
    threat: 'S22',
    what: `an interval of ${interval} costs its object only`,
    name: `interval-${i}`,
    code: 'app.invalid',
    text: flux(`interval-${i}`, `interval: "${interval}"`),
  }),
);

export const HOSTILE_DEFINITIONS: readonly HostileDefinition[] = [
  ...paths,
  ...valueFiles,
  ...intervals,
  { threat: 'S18', what: 'aliases of aliases are refused', name: 'def-aliases', code: 'yaml.limit', text: () => bomb },
  { threat: 'S18', what: 'nesting without end is refused', name: 'def-deep', code: 'yaml.limit', text: () => deep },
  {
    threat: 'S18',
    what: 'a file of many megabytes is refused',
    name: 'def-huge',
    code: 'yaml.limit',
    text: () => `# ${'x'.repeat(3 << 20)}\n`,
  },
  {
    threat: 'S19',
    what: 'a key of the prototype is refused',
    name: 'def-proto',
    code: 'yaml.forbidden_key',
    text: (repoURL) =>
      application({ name: 'def-proto', repoURL, path: 'good' }).replace('spec:\n', '__proto__: { polluted: true }\nspec:\n'),
  },
  {
    threat: 'S19',
    what: 'a key of the prototype is refused behind a merge',
    name: 'def-merge',
    code: 'yaml.forbidden_key',
    text: (repoURL) =>
      application({ name: 'def-merge', repoURL, path: 'good' }).replace(
        'spec:\n',
        'x: &x { __proto__: { polluted: true } }\ny: { <<: *x }\nspec:\n',
      ),
  },
  { threat: 'S18', what: 'YAML that is none is refused', name: 'def-broken', code: 'yaml.syntax', text: () => 'a: [\nb: }\n' },
  {
    threat: 'S06',
    what: 'a kubeconfig is refused',
    name: 'kubeconfig',
    code: 'app.unsupported',
    text: flux('kubeconfig', 'interval: 1m, kubeConfig: { secretRef: { name: x } }'),
  },
];
