import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { resolveBundle } from '../../agent/resolve/resolve-bundle.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { JsonObject, Manifest } from '../../core/objects/object.ts';
import { clusterInputs } from '../agent/resolve/cluster-inputs.ts';
import { policyOf } from '../core/plan/policy.ts';

/** The files with which Flux tests its own decryption and substitution, out of its Go modules. */
function moduleDir(module: string): string {
  const { stdout, stderr } = spawnSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' });
  const { Dir } = JSON.parse(stdout === '' ? '{}' : stdout) as { readonly Dir?: string };
  if (Dir === undefined) throw new Error(`${module}: ${stdout}${stderr}`);
  return Dir;
}

const bundleOf = (objects: readonly Manifest[]) => ({ format: 1, salt: '00'.repeat(32), objects }) as const;

describe("kustomize-controller's encrypted files", () => {
  let dir: string;
  beforeAll(() => {
    dir = join(moduleDir('github.com/fluxcd/kustomize-controller@v1.9.6'), 'internal/controller/testdata/sops');
  }, 120_000);
  const read = (file: string) => readFileSync(join(dir, file), 'utf8');

  /** What one of its Secrets holds, decrypted with the keys that its test has; or the code of the problem. */
  async function decrypt(file: string, keys: readonly string[]): Promise<unknown> {
    const cluster = clusterInputs();
    cluster.put('Secret', 'team/keys', Object.fromEntries(keys.map((key) => [`${key}.agekey`, read(`keys/${key}.txt`)])));
    const policy: AppPolicy = policyOf({ dialect: 'flux', namespace: 'team', decryption: { secret: 'keys' } });
    const result = await resolveBundle(bundleOf([parse(read(file)) as Manifest]), policy, cluster); // All of them are Secrets.
    if (!result.ok) return result.error.code;
    const [blocked] = result.value.blocked;
    const [secret] = result.value.bundle.objects;
    if (blocked !== undefined) return blocked.problem.code;
    const { stringData, data } = (secret ?? {}) as {
      readonly stringData?: JsonObject;
      readonly data?: Readonly<Record<string, string>>;
    };
    return stringData ?? Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, atob(value)]));
  }

  it.each<[string, unknown]>([
    ['algorithms/age.yaml', { key: 'value' }],
    ['algorithms/age-pq.yaml', { key: 'value' }],
    ['algorithms/pgp.yaml', 'sops.unsupported'],
    // In plain: upstream encrypts it while it tests.
    ['algorithms/vault.yaml', { key: 'value' }],
    ['inside/secret.yaml', { key: 'value' }],
    ['global/secret.yaml', { key: 'global-value' }],
    ['patches/merge1.yaml', { key: 'merge1' }],
    ['patches/merge2.yaml', { merge2: 'merge2' }],
  ])('%s', async (file, expected) => {
    expect(await decrypt(file, ['age', 'age-pq', 'age-global'])).toEqual(expected);
  });

  it('with keys for others only, nothing is decrypted', async () => {
    expect(await decrypt('algorithms/age.yaml', ['age-global'])).toBe('sops.no_key');
  });
});

describe("the files of Flux' substitution", () => {
  it('become what its own test expects', async () => {
    const dir = join(moduleDir('github.com/fluxcd/pkg/kustomize@v1.41.0'), 'testdata');
    const documents = (file: string): JsonObject[] =>
      parseAllDocuments(readFileSync(join(dir, file), 'utf8')).map((document) => document.toJS() as JsonObject); // Kubernetes objects.
    const [kustomization] = documents('kustomization_varsub.yaml').filter((object) => object !== null);
    const spec = kustomization?.['spec'] as
      | { readonly postBuild: { readonly substitute: Readonly<Record<string, string>> } }
      | undefined;
    const [source] = documents('configmap.yaml').filter((object) => object !== null);
    const cluster = clusterInputs();
    cluster.put('ConfigMap', 'apps/app-vars', source?.['data'] as Record<string, string>);
    const policy: AppPolicy = policyOf({
      dialect: 'flux',
      namespace: 'apps',
      substitute: {
        values: spec?.postBuild.substitute ?? {},
        from: [{ kind: 'ConfigMap', name: 'app-vars', optional: false }],
        always: false,
      },
    });
    const objects = ['resources/deployment.yaml', 'resources/config.yaml'].flatMap(documents) as unknown as Manifest[];
    const result = await resolveBundle(bundleOf(objects), policy, cluster);
    expect(result.ok && result.value.bundle.objects).toEqual(documents('kustomization_varsub_expected.yaml'));
  }, 120_000);
});
