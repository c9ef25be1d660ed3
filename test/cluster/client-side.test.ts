import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject, Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { appIn, gotten, type ObjectBench, objectBench } from './one-object.ts';

/**
 * Argo CD applies client-side unless told otherwise, we always apply server-side. Each case is a row of manifests, applied one after the other by kubectl
 * to one object and by us to another: in the end both say the same.
 */
let cluster: SharedCluster;
let bench: ObjectBench;
let theirs: string;
let ours: string;

beforeAll(async () => {
  cluster = sharedCluster();
  bench = await objectBench();
});
beforeEach(async () => {
  [theirs, ours] = [await cluster.namespace('client-side'), await cluster.namespace('server-side')];
});

const LABELS = { app: 'web' };

interface Parts {
  readonly spec?: JsonObject;
  readonly pod?: JsonObject;
  readonly container?: JsonObject;
  readonly more?: readonly JsonObject[];
}

function deployment({ spec = {}, pod = {}, container = {}, more = [] }: Parts = {}): JsonObject {
  const containers = [{ name: 'web', image: 'example.com/web:1', ...container }, ...more];
  const template = { metadata: { labels: LABELS }, spec: { containers, ...pod } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', spec: { selector: { matchLabels: LABELS }, template, ...spec } };
}

const service = (spec: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'Service', spec });
const configMap = (data: Json): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', data });
const volume = (source: JsonObject) => deployment({ pod: { volumes: [{ name: 'v', ...source }] } });
const env = (...items: readonly JsonObject[]) => deployment({ container: { env: items } });
const probe = (livenessProbe: JsonObject) => deployment({ container: { livenessProbe } });

const CASES: readonly (readonly [string, ...JsonObject[]])[] = [
  [
    'an environment variable that goes',
    env({ name: 'A', value: '1' }, { name: 'B', value: '2' }),
    env({ name: 'A', value: '1' }),
  ],
  [
    'environment variables in another order',
    env({ name: 'A', value: '1' }, { name: 'B', value: '2' }),
    env({ name: 'B', value: '2' }, { name: 'A', value: '1' }),
  ],
  [
    'a variable that gets its value elsewhere',
    env({ name: 'A', value: '1' }),
    env({ name: 'A', valueFrom: { configMapKeyRef: { name: 'x', key: 'y' } } }),
  ],
  [
    'a variable that gets its value here',
    env({ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }),
    env({ name: 'A', value: '1' }),
  ],
  ['a container that goes', deployment({ more: [{ name: 'side', image: 'example.com/side:1' }] }), deployment()],
  ['a container that comes', deployment(), deployment({ more: [{ name: 'side', image: 'example.com/side:1' }] })],
  [
    'arguments, which are a list as a whole',
    deployment({ container: { args: ['a', 'b'] } }),
    deployment({ container: { args: ['b'] } }),
  ],
  [
    'a port of another protocol',
    deployment({ container: { ports: [{ containerPort: 53 }] } }),
    deployment({ container: { ports: [{ containerPort: 53, protocol: 'UDP' }] } }),
  ],
  ['a volume of another kind', volume({ configMap: { name: 'a' } }), volume({ secret: { secretName: 'a' } })],
  ['an empty volume that becomes a host path', volume({ emptyDir: {} }), volume({ hostPath: { path: '/x' } })],
  ['a probe of another kind', probe({ httpGet: { path: '/', port: 80 } }), probe({ exec: { command: ['true'] } })],
  ['a probe without its numbers', probe({ tcpSocket: { port: 80 }, periodSeconds: 3 }), probe({ tcpSocket: { port: 80 } })],
  ['replicas that go back to their default', deployment({ spec: { replicas: 3 } }), deployment()],
  ['a Deployment that is recreated instead of rolled', deployment(), deployment({ spec: { strategy: { type: 'Recreate' } } })],
  ['a Deployment that is rolled again', deployment({ spec: { strategy: { type: 'Recreate' } } }), deployment()],
  [
    'a rolling Deployment with its own numbers that is recreated',
    deployment({ spec: { strategy: { rollingUpdate: { maxSurge: 2 } } } }),
    deployment({ spec: { strategy: { type: 'Recreate' } } }),
    deployment(),
  ],
  [
    'fields that are null',
    deployment({ container: { resources: { limits: { cpu: '1' } } } }),
    deployment({ container: { resources: null, env: null } }),
  ],
  [
    'fields that are null from the beginning',
    deployment({ spec: { replicas: null, strategy: null }, container: { resources: null, command: null } }),
  ],
  ['numbers for quantities', deployment({ container: { resources: { limits: { cpu: 0.5, memory: 128000000 } } } })],
  [
    'a Service of another type and back',
    service({ type: 'NodePort', ports: [{ port: 80, nodePort: 0 }] }),
    service({ ports: [{ port: 80 }] }),
  ],
  [
    'a Service that is only a name',
    service({ ports: [{ port: 80 }] }),
    service({ type: 'ExternalName', externalName: 'x.example.com' }),
  ],
  [
    'a Service with another port',
    service({
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    }),
    service({ ports: [{ name: 'b', port: 82 }] }),
  ],
  [
    'a selector with a key less',
    service({ selector: { a: '1', b: '2' }, ports: [{ port: 80 }] }),
    service({ selector: { a: '1' }, ports: [{ port: 80 }] }),
  ],
  ['data that go', configMap({ a: '1', b: '2' }), configMap({ b: '2' })],
  ['all data', configMap({ a: '1' }), configMap({})],
];

/** Fields that the API server chooses. */
const CHOSEN = /"(clusterIPs?|nodePort|uid)":("[^"]*"|\[[^\]]*\]|\d+),?/g;

async function contentOf(namespace: string, kind: string): Promise<string> {
  const plural = { Deployment: 'apis/apps/v1', Service: 'api/v1', ConfigMap: 'api/v1' }[kind];
  const path = `/${plural}/namespaces/${namespace}/${kind.toLowerCase()}s/x`;
  const { spec = null, data = null } = JSON.parse((await cluster.call({ method: 'GET', path })).text) as JsonObject;
  return JSON.stringify({ spec, data }).replace(CHOSEN, '');
}

describe('what client-side apply does, server-side apply does too', () => {
  for (const [name, ...manifests] of CASES)
    it(name, async () => {
      for (const manifest of manifests) {
        const named = (namespace: string) => ({ ...manifest, metadata: { name: 'x', namespace } }) as unknown as Manifest; // the cases are manifests but for this
        const run = await cluster.kubectl(['apply', '--validate=false', '-f', '-'], { input: JSON.stringify(named(theirs)) });
        expect(run.stderr).not.toContain('error');
        const { compared, written } = await bench.sync(named(ours), appIn(ours));
        gotten(compared);
        if (written !== undefined) gotten(written);
        expect((await bench.sync(named(ours), appIn(ours))).written).toBeUndefined();
      }
      const kind = String(manifests[0]?.['kind']);
      expect(await contentOf(ours, kind)).toBe(await contentOf(theirs, kind));
    });
});
