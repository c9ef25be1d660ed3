import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readKubeconfigServer } from '../../devcluster/handle/kubeconfig.ts';
import { useCluster } from '../../devcluster/handle/use-cluster.ts';
import { sharedCluster } from './shared.ts';

test('kubectl gives output, takes input and reports a failure as a code', async () => {
  const cluster = sharedCluster();
  const version = await cluster.kubectl(['version', '-o', 'json']);
  expect(version.code).toBe(0);
  expect(JSON.parse(version.stdout)).toMatchObject({
    clientVersion: { gitVersion: 'v1.36.3' },
    serverVersion: { gitVersion: 'v1.36.3', major: '1', minor: '36' },
  });
  const namespace = await cluster.namespace('kubectl');
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'blue' } };
  const applied = await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { input: JSON.stringify(map) });
  expect(applied).toMatchObject({ code: 0, stdout: 'configmap/settings created\n' });
  expect(await cluster.kubectl(['get', 'configmap', 'missing', '-n', namespace])).toMatchObject({ code: 1, stdout: '' });
});

test('a ServiceAccount may do what RBAC allows it and is refused the rest', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('rbac');
  const inNamespace = (...args: readonly string[]) => cluster.kubectl([...args, '--namespace', namespace]);
  await inNamespace('create', 'serviceaccount', 'reader');
  await inNamespace('create', 'role', 'reader', '--verb=get,list', '--resource=configmaps');
  await inNamespace('create', 'rolebinding', 'reader', '--role=reader', `--serviceaccount=${namespace}:reader`);
  const token = await cluster.serviceAccountToken(namespace, 'reader');
  const status = async (path: string) => (await cluster.call({ method: 'GET', path }, token)).status;
  expect(await status(`/api/v1/namespaces/${namespace}/configmaps`)).toBe(200);
  expect(await status(`/api/v1/namespaces/${namespace}/secrets`)).toBe(403);
  expect(await status('/api/v1/namespaces/default/configmaps')).toBe(403);
});

test('a token that nobody issued is refused', async () => {
  const answer = await sharedCluster().call({ method: 'GET', path: '/api/v1/namespaces' }, 'not-a-token');
  expect(answer.status).toBe(401);
});

test('a token of a ServiceAccount that does not exist is an error', async () => {
  await expect(sharedCluster().serviceAccountToken('default', 'nobody')).rejects.toThrow('default/nobody');
});

test('requests are in the audit log, and no token is', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('audit');
  await expect.poll(() => readFile(cluster.auditLog, 'utf8'), { timeout: 30_000 }).toContain(`"name":"${namespace}"`);
  expect(await readFile(cluster.auditLog, 'utf8')).not.toContain(cluster.adminToken);
});

test('a cluster that somebody else runs is used through its kubeconfig', async () => {
  const shared = sharedCluster();
  expect(await readKubeconfigServer(shared.kubeconfig)).toEqual({ server: shared.server, ca: shared.ca });
  const cluster = await useCluster(shared.kubeconfig);
  expect(cluster.server).toBe(shared.server);
  expect((await cluster.kubectl(['get', 'namespace', 'default', '-o', 'name'])).stdout).toBe('namespace/default\n');
  const token = await cluster.serviceAccountToken('default', 'default');
  const path = '/api/v1/namespaces/default/pods';
  expect((await shared.call({ method: 'GET', path }, token)).status).toBe(403);
});
