import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ApiAccess } from './api-client.ts';

/** Gives a kubeconfig (YAML) with one cluster, one user with a bearer token and one context, all of them current. */
export function toKubeconfig(access: ApiAccess): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'devcluster',
        cluster: { server: access.server, 'certificate-authority-data': Buffer.from(access.ca).toString('base64') },
      },
    ],
    users: [{ name: 'devcluster', user: { token: access.token } }],
    contexts: [{ name: 'devcluster', context: { cluster: 'devcluster', user: 'devcluster', namespace: 'default' } }],
    'current-context': 'devcluster',
  });
}

/**
 * Reads where the current context of a kubeconfig points: server URL and CA (PEM, empty when it names none).
 * @throws when the file is missing, or its current context leads to no cluster
 */
export async function readKubeconfigServer(path: string): Promise<{ readonly server: string; readonly ca: string }> {
  const config: unknown = parse(await readFile(path, 'utf8'));
  const context = findNamed(field(config, 'contexts'), field(config, 'current-context'));
  const cluster = field(findNamed(field(config, 'clusters'), field(field(context, 'context'), 'cluster')), 'cluster');
  const server = field(cluster, 'server');
  if (typeof server !== 'string') {
    throw new Error(`${path} has no server for its current context. Select one with \`kubectl config use-context\`.`);
  }
  const data = field(cluster, 'certificate-authority-data');
  if (typeof data === 'string') return { server, ca: Buffer.from(data, 'base64').toString() };
  const file = field(cluster, 'certificate-authority');
  // A relative path is relative to the file that names it.
  return { server, ca: typeof file === 'string' ? await readFile(resolve(dirname(path), file), 'utf8') : '' };
}

function findNamed(list: unknown, name: unknown): unknown {
  return Array.isArray(list) ? list.find((item: unknown) => field(item, 'name') === name) : undefined;
}

function field(value: unknown, key: string): unknown {
  // An object read from YAML has string keys, whatever their values are.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
