import { application } from './application.ts';
import { need } from './lone-worker.ts';
import { isHealthy, type RunningSystem } from './running-system.ts';

/** Values that may be in a Secret of the cluster and in the agent's hands, and in no other place that can be read. */
export const SECRET_VALUES = {
  data: 'canary-data-7b1e55',
  stringData: 'canary-string-data-9c40d2',
  annotation: 'canary-annotation-08aa31',
  helm: 'canary-helm-value-5d77ce',
  generator: 'canary-generator-e1f3b0',
  refused: 'canary-refused-44c9a8!!',
  live: 'canary-live-6ab2f7',
  gitPassword: 'canary-git-password-2f80c4',
} as const;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const lastApplied = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Secret',
  data: { token: base64(SECRET_VALUES.annotation) },
  stringData: { token: SECRET_VALUES.annotation },
});

const FILES: Readonly<Record<string, string>> = {
  'plain/secret.yaml': `apiVersion: v1
kind: Secret
metadata:
  name: plain
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '${lastApplied}'
data:
  token: ${base64(SECRET_VALUES.data)}
stringData:
  password: ${SECRET_VALUES.stringData}
`,
  'overlay/kustomization.yaml': `secretGenerator:\n- name: generated\n  literals: [password=${SECRET_VALUES.generator}]\n`,
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/templates/secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata: { name: chart }\nstringData: { password: {{ .Values.password | quote }} }\n',
  // S11: not base64, which the API server refuses with the value in its words.
  'refused/secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: refused }\ndata: { token: "${SECRET_VALUES.refused}" }\n`,
};

/** Deploys Apps whose Secrets hold every canary, changes one by hand, and waits until all of that has been reported. */
export async function deploySecrets(system: RunningSystem): Promise<void> {
  const { git, api, clusterName } = system;
  for (const name of ['fleet', 'secrets']) await git.createRepository(name);
  await git.pushFiles('secrets', FILES, 'secrets');
  const repoURL = git.url('secrets');
  const credentials = { kind: 'basic', username: 'robot', password: SECRET_VALUES.gitPassword };
  need(await api.send('PUT', '/credentials', { url: repoURL, credentials }));
  const definitions = [
    application({ name: 'plain', repoURL, path: 'plain' }),
    application({ name: 'overlay', repoURL, path: 'overlay' }),
    application({ name: 'chart', repoURL, path: 'chart', helm: { valuesObject: { password: SECRET_VALUES.helm } } }),
    application({ name: 'refused', repoURL, path: 'refused' }),
  ];
  await git.pushFiles('fleet', { 'fleet/apps.yaml': definitions.join('---\n') }, 'a fleet');
  need(await api.send('POST', '/fleet', { url: git.url('fleet'), revision: 'main', path: 'fleet', cluster: clusterName }));
  for (const app of ['plain', 'overlay', 'chart']) await system.untilApp(app, isHealthy);
  await system.untilApp('refused', ({ status }) => status?.resources.some(({ problem }) => problem !== undefined) === true);
  const patch = JSON.stringify({ stringData: { password: SECRET_VALUES.live } });
  await system.cluster.kubectl(['patch', 'secret', 'plain', '-n', 'plain', '--type=merge', '-p', patch]);
  await system.untilApp('plain', ({ status }) => status?.drift.some(({ action }) => action === 'healed') === true);
}
