/** App definitions and manifests as users write them; JSON is YAML. */
export interface ArgoOptions {
  readonly name: string;
  readonly path: string;
  /** Default: the name. */
  readonly namespace?: string;
  readonly revision?: string;
  /** Default: prune and self-heal; undefined is manual. */
  readonly automated?: { readonly prune?: boolean; readonly selfHeal?: boolean; readonly allowEmpty?: boolean } | 'manual';
  /** With Argo CD's finalizer the objects go with the App. Default true. */
  readonly finalizer?: boolean;
  readonly syncOptions?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly helm?: unknown;
}

/** An Argo CD Application of a repository. */
export function argoApp(repoURL: string, options: ArgoOptions): string {
  const { name, path, namespace = name, revision = 'main', automated = { prune: true, selfHeal: true } } = options;
  return yaml({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
      ...(options.finalizer === false ? {} : { finalizers: ['resources-finalizer.argocd.argoproj.io'] }),
    },
    spec: {
      project: 'default',
      source: { repoURL, targetRevision: revision, path, ...(options.helm === undefined ? {} : { helm: options.helm }) },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: {
        ...(automated === 'manual' ? {} : { automated }),
        syncOptions: options.syncOptions ?? ['CreateNamespace=true'],
        retry: { limit: -1, backoff: { duration: '1s', factor: 1, maxDuration: '1s' } },
      },
    },
  });
}

/** The GitRepository `journey` of a repository, for fluxApp. */
export function fluxSource(url: string, branch = 'main'): string {
  return yaml({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'journey', namespace: 'flux-system' },
    spec: { interval: '1m', url, ref: { branch } },
  });
}

/** A Flux Kustomization of the GitRepository `journey`. */
export function fluxApp(options: {
  readonly name: string;
  readonly path: string;
  readonly prune?: boolean;
  readonly suspend?: boolean;
}): string {
  const { name, path, prune = true, suspend } = options;
  return yaml({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: {
      interval: '1m',
      retryInterval: '1s',
      sourceRef: { kind: 'GitRepository', name: 'journey' },
      path,
      prune,
      ...(suspend === undefined ? {} : { suspend }),
    },
  });
}

/** A ConfigMap with one value; without a namespace it takes its App's. */
export function configMapYaml(name: string, value: string, namespace?: string): string {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return yaml({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } });
}

export function namespaceYaml(name: string): string {
  return yaml({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** A Deployment of stock nginx, which kwok rolls out; without replicas the field is left to somebody else. */
export function deploymentYaml(name: string, options: { readonly replicas?: number; readonly image?: string } = {}): string {
  const { replicas, image = 'nginx:1.29' } = options;
  return yaml({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image }] },
      },
    },
  });
}

export function yaml(object: unknown): string {
  return `${JSON.stringify(object, null, 2)}\n`;
}
