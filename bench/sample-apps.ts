/** Made-up Apps of four objects, as the peers were measured with: ConfigMap, Secret, ServiceAccount and Role in a folder of plain manifests, because no controller adds work for them. */

/** One App's definition and its folder; `stamp` is in all four objects, so that a new one changes them all. */
export function sampleApp(repositoryUrl: string, name: string, stamp: string): Record<string, string> {
  return { ...sampleDefinition(repositoryUrl, name), ...sampleObjects(name, stamp) };
}

function sampleDefinition(repositoryUrl: string, name: string): Record<string, string> {
  return {
    [`fleet/${name}.yaml`]: `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  project: default
  source: { repoURL: ${repositoryUrl}, targetRevision: main, path: apps/${name} }
  destination: { server: https://kubernetes.default.svc, namespace: bench }
  syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: [CreateNamespace=true] }
`,
  };
}

/** The four objects of an App. */
export function sampleObjects(name: string, stamp: string): Record<string, string> {
  const metadata = `metadata: { name: ${name}, annotations: { stamp: "${stamp}" } }`;
  return {
    [`apps/${name}/config.yaml`]: `apiVersion: v1\nkind: ConfigMap\n${metadata}\ndata: { value: "${stamp}" }\n`,
    [`apps/${name}/secret.yaml`]: `apiVersion: v1\nkind: Secret\n${metadata}\nstringData: { password: "p-${stamp}" }\n`,
    [`apps/${name}/account.yaml`]: `apiVersion: v1\nkind: ServiceAccount\n${metadata}\n`,
    [`apps/${name}/role.yaml`]: `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n${metadata}\nrules: [{ apiGroups: [""], resources: [configmaps], verbs: [get] }]\n`,
  };
}

/** Where the objects of an App stand in the API of a namespace. */
export function samplePaths(namespace: string): readonly string[] {
  const core = `/api/v1/namespaces/${namespace}`;
  return [
    `${core}/configmaps`,
    `${core}/secrets`,
    `${core}/serviceaccounts`,
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
  ];
}

/** The same four objects as a bare client would apply them, in the order of samplePaths. */
export function bareObjects(name: string, stamp: string): readonly object[] {
  const metadata = { name, annotations: { stamp } };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value: stamp } },
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: `p-${stamp}` } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
    },
  ];
}

/** Files of many Apps in one repository. */
export function sampleFleet(repositoryUrl: string, count: number, stamp: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (let i = 0; i < count; i++) Object.assign(files, sampleApp(repositoryUrl, `app-${String(i).padStart(4, '0')}`, stamp));
  return files;
}
