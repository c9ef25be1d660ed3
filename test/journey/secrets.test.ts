import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap } from './support/cluster-objects.ts';
import { argoApp, configMapYaml, fluxSource, yaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';

/** What only the cluster knows, through the program that clusters really run: its parts for this are packed until they are needed. */
const vector = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../agent/resolve/testdata/${name}`, import.meta.url)), 'utf8');
const DOMAIN = 'hush-hush.example.test';

let journey: Journey;
let demo: Repository;

beforeAll(async () => {
  journey = await startJourney();
  demo = await journey.repository('demo');
  await demo.push({
    'fleet/source.yaml': fluxSource(demo.url),
    'fleet/rest.yaml': argoApp(demo.url, { name: 'rest', path: 'apps/rest' }),
    'apps/rest/a.yaml': configMapYaml('a', '1'),
  });
  await journey.addFleet(demo);
  for (const name of ['flux-system', 'shop'])
    await journey.objects.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const secrets = { age: { 'keys.agekey': vector('keys.agekey') }, values: { domain: DOMAIN } };
  for (const [name, stringData] of Object.entries(secrets))
    await journey.objects.create('/api/v1/namespaces/flux-system/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      stringData,
    });
});
afterAll(() => journey?.stop());

test('S12: values are filled in and decrypted in the cluster, and the Worker never has them', async () => {
  const commit = await demo.push({
    'fleet/shop.yaml': yaml({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'shop', namespace: 'flux-system' },
      spec: {
        interval: '1m',
        prune: true,
        path: './apps/shop',
        sourceRef: { kind: 'GitRepository', name: 'journey' },
        postBuild: { substitute: { tier: 'gold' }, substituteFrom: [{ kind: 'Secret', name: 'values' }] },
        decryption: { provider: 'sops', secretRef: { name: 'age' } },
      },
    }),
    // Kustomize's quotes and Git's hold no value: ${…} is filled in after rendering.
    'apps/shop/config.yaml': configMapYaml('site', `https://\${domain}/\${tier}`, 'shop'),
    'apps/shop/db.yaml': vector('secret.enc.yaml'),
  });
  await journey.waitForApp('shop', { revision: commit, sync: 'Synced', health: 'Healthy' });
  const site = await journey.objects.get(configMap('shop', 'site'));
  expect(JSON.stringify(site?.['data'])).toContain(`https://${DOMAIN}/gold`);
  const live = await journey.objects.get('/api/v1/namespaces/shop/secrets/db');
  const plain = JSON.parse(vector('secret.plain.json')) as { readonly data: Readonly<Record<string, string>> };
  expect(live?.['data']).toMatchObject(plain.data);
  expect(live).not.toHaveProperty('sops');
  const told = await journey.system.api.get<unknown>(`/apps/${journey.system.clusterName}/shop`);
  expect(told.ok && JSON.stringify(told.value)).toContain('"Synced"');
  expect(JSON.stringify(told)).not.toContain(DOMAIN);
  // The ledger holds what was signed: without the values. So the checker sees a difference, and must not see the values.
  const violations = await findViolations(journey, { repositories: [demo], canaries: [DOMAIN] });
  expect(violations.filter((found) => !found.startsWith('I9: shop says Synced, but'))).toEqual([]);
});
