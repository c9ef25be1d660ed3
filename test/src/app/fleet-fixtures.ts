import type { FleetContext } from '../../../src/app/fleet-context.ts';
import { type ParsedFleet, parseFleet } from '../../../src/app/parse-fleet.ts';

export const CONTEXT: FleetContext = {
  defaultCluster: 'eu-1',
  clusters: [{ name: 'eu-1' }, { name: 'us-1', server: 'https://us-1.example.com:6443' }],
  fleetRepoURL: 'https://git.example.com/org/fleet.git',
  fleetPath: 'clusters/eu-1',
};

/** Parses one file named fleet.yaml, or several. */
export function parse(files: string | { readonly [path: string]: string }, context: FleetContext = CONTEXT): ParsedFleet {
  const named = typeof files === 'string' ? { 'fleet.yaml': files } : files;
  return parseFleet(
    Object.entries(named).map(([path, text]) => ({ path, text })),
    context,
  );
}

/** `code where` of each problem, for assertions that do not depend on wording. */
export function codes(problems: readonly { readonly code: string; readonly where?: string }[]): string[] {
  return problems.map(({ code, where }) => `${code} ${where}`);
}

/** An Application with a spec of its own below the usual source and destination; `spec` replaces whole fields. */
export function application(name: string, spec: object = {}, metadata: object = {}): string {
  return JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', ...metadata },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.example.com/org/shop.git', path: `apps/${name}` },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      ...spec,
    },
  });
}

/** An Application whose source has more fields than the usual ones. */
export function applicationOf(name: string, source: object): string {
  return application(name, { source: { repoURL: 'https://git.example.com/org/shop.git', path: `apps/${name}`, ...source } });
}

export function gitRepository(name: string, spec: object = {}, metadata: object = {}): string {
  return JSON.stringify({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name, namespace: 'flux-system', ...metadata },
    spec: { url: 'https://git.example.com/org/shop', interval: '1m', ref: { branch: 'main' }, ...spec },
  });
}

export function kustomization(name: string, spec: object = {}, metadata: object = {}): string {
  return JSON.stringify({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system', ...metadata },
    spec: { interval: '10m', prune: true, path: `./apps/${name}`, sourceRef: { kind: 'GitRepository', name: 'shop' }, ...spec },
  });
}

export function helmRelease(name: string, spec: object = {}, metadata: object = {}): string {
  return JSON.stringify({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, namespace: 'flux-system', ...metadata },
    spec: {
      interval: '10m',
      chart: { spec: { chart: `./charts/${name}`, sourceRef: { kind: 'GitRepository', name: 'shop' } } },
      ...spec,
    },
  });
}

/** An AppProject that allows everything, but for what `spec` says. */
export function project(name: string, spec: object = {}): string {
  return JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: 'argocd' },
    spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }], ...spec },
  });
}

export function argoSettings(data: object): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' }, data });
}

/** Documents of one file. */
export function file(...documents: readonly string[]): string {
  return documents.join('\n---\n');
}
