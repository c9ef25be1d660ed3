import { stringify } from 'yaml';

/** What a test says of an Argo CD Application; the rest is what everybody writes. */
export interface ApplicationOptions {
  readonly name: string;
  readonly repoURL: string;
  readonly path: string;
  readonly revision?: string;
  readonly helm?: object;
  readonly directory?: object;
  readonly namespace?: string;
}

/** An automated Application as YAML. */
export function application(options: ApplicationOptions): string {
  const { name, repoURL, path, revision = 'main', helm, directory, namespace = name } = options;
  return stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', finalizers: ['resources-finalizer.argocd.argoproj.io'] },
    spec: {
      project: 'default',
      source: {
        repoURL,
        targetRevision: revision,
        path,
        ...(helm === undefined ? {} : { helm }),
        ...(directory === undefined ? {} : { directory }),
      },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
    },
  });
}

/** A ConfigMap as YAML. */
export function configMap(name: string, data: Readonly<Record<string, string>> = { greeting: 'hello' }): string {
  return stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}
