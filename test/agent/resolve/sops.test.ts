import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ResolvedBundle, resolveBundle } from '../../../agent/resolve/resolve-bundle.ts';
import type { AppPolicy } from '../../../core/app/policy.ts';
import type { Json, JsonObject, Manifest } from '../../../core/objects/object.ts';
import { policyOf } from '../../core/plan/policy.ts';
import { clusterInputs } from './cluster-inputs.ts';
import { type AgeKey, newAgeKey, type SopsOptions, sopsEncrypt } from './sops-encrypt.ts';

const vector = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
// The files are maps.
const manifestOf = (name: string): Manifest => parse(vector(name)) as Manifest;
const secretWith = (key: string, text: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'files' },
  data: { [key]: Buffer.from(text).toString('base64'), other: 'eA==' },
});

interface Given {
  readonly objects: readonly Manifest[];
  readonly keys?: string;
  readonly decryption?: AppPolicy['decryption'];
}

/** Resolves objects in a cluster whose Secret team/age holds the given keys; by default those of testdata. */
async function resolve({
  objects,
  keys = vector('keys.agekey'),
  decryption = { secret: 'age' },
}: Given): Promise<ResolvedBundle> {
  const cluster = clusterInputs();
  cluster.put('Secret', 'team/age', { 'first.agekey': keys, 'other.txt': 'no key' });
  const policy = { ...policyOf({ dialect: 'flux', namespace: 'team' }), ...(decryption === null ? {} : { decryption }) };
  const result = await resolveBundle({ format: 1, salt: '00'.repeat(32), objects }, policy, cluster);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

/** The code of the problem that blocks the only object; undefined when it is not blocked. */
async function blockedAs(given: Given): Promise<string | undefined> {
  const { blocked, bundle } = await resolve(given);
  expect(blocked.length + bundle.objects.length).toBe(1);
  return blocked[0]?.problem.code;
}

const fileOf = (resolved: ResolvedBundle, key: string): string => {
  const data = resolved.bundle.objects[0]?.['data'] as JsonObject | undefined; // Made above by secretWith.
  return Buffer.from(String(data?.[key]), 'base64').toString();
};

describe('manifests that real SOPS encrypted', () => {
  it.each([
    ['secret.enc.yaml', 'secret.plain.json'],
    ['secret-pq.enc.yaml', 'secret.plain.json'],
    ['secret-mac-only.enc.yaml', 'secret.plain.json'],
    ['typed.enc.yaml', 'typed.plain.json'],
  ])('%s becomes what sops decrypt makes of it', async (sealed, plain) => {
    const resolved = await resolve({ objects: [manifestOf(sealed)] });
    expect(resolved.blocked).toEqual([]);
    expect(resolved.bundle.objects).toEqual([JSON.parse(vector(plain))]);
    expect(resolved.secretObjects.has(resolved.bundle.objects[0] as Manifest)).toBe(true); // It is there: compared just now.
    expect(resolved.inputs).toEqual([{ kind: 'Secret', namespace: 'team', name: 'age', resourceVersion: '1' }]);
  });

  it('is decrypted in whatever order and with whatever labels rendering left it', async () => {
    const { sops, stringData, data, metadata, kind, apiVersion } = manifestOf('secret.enc.yaml');
    const shuffled = {
      sops,
      stringData,
      data,
      metadata: { ...metadata, labels: { added: 'yes' } },
      kind,
      apiVersion,
    } as Manifest;
    const resolved = await resolve({ objects: [shuffled] });
    expect(resolved.bundle.objects[0]).toMatchObject({
      data: { password: 'aHVudGVyMg==' },
      metadata: { labels: { added: 'yes' } },
    });
  });

  it('S10 what was encrypted is redacted', async () => {
    const { redact } = await resolve({ objects: [manifestOf('secret.enc.yaml')] });
    expect(redact('nine aHVudGVyMg==')).toBe('•••••• ••••••');
  });

  it('several key groups are refused by name', async () => {
    expect(await blockedAs({ objects: [manifestOf('secret-shamir.enc.yaml')] })).toBe('sops.unsupported');
  });
});

describe('files in Secrets that real SOPS encrypted', () => {
  it.each([
    ['values.enc.yaml', 'values.yaml', 'values.plain.yaml'],
    ['values-mac-only.enc.yaml', 'values.yml', 'values-mac-only.plain.yaml'],
    ['values-comment.enc.yaml', 'values.yaml', 'values-comment.plain.yaml'],
    ['config.enc.json', 'config.json', 'config.plain.json'],
    ['values.enc.json', 'values.json', 'values.plain.json'],
    ['app.enc.env', 'app.env', 'app.plain.env'],
    ['token.enc.bin', 'token', 'token.plain.bin'],
  ])('%s under %s becomes %s, byte for byte', async (sealed, key, plain) => {
    const resolved = await resolve({ objects: [secretWith(key, vector(sealed))] });
    expect(resolved.blocked).toEqual([]);
    expect(fileOf(resolved, key)).toBe(vector(plain));
    expect(fileOf(resolved, 'other')).toBe('x');
  });

  it('JSON under a YAML key is YAML, YAML under a JSON key is JSON', async () => {
    const yaml = await resolve({ objects: [secretWith('a.yaml', vector('values.enc.json'))] });
    expect(parse(fileOf(yaml, 'a.yaml'))).toEqual(JSON.parse(vector('values.plain.json')));
    const json = await resolve({ objects: [secretWith('a.json', vector('values.enc.yaml'))] });
    expect(JSON.parse(fileOf(json, 'a.json'))).toEqual(JSON.parse(vector('values.plain.json')));
  });

  it('files stand in stringData as well', async () => {
    const object: Manifest = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a' },
      stringData: { 'a.env': vector('app.enc.env') },
    };
    const resolved = await resolve({ objects: [object] });
    expect(resolved.bundle.objects[0]?.['stringData']).toEqual({ 'a.env': vector('app.plain.env') });
  });

  it('an App without decryption leaves files as they are', async () => {
    const object = secretWith('a.env', vector('app.enc.env'));
    const cluster = clusterInputs();
    const result = await resolveBundle({ format: 1, salt: '', objects: [object] }, policyOf(), cluster);
    expect(result.ok && result.value.bundle.objects[0]).toBe(object);
  });

  it.each([
    ['an INI file', 'a.ini', 'app.enc.ini', 'sops.unsupported'],
    ['a map under a key without an ending', 'token', 'values.enc.yaml', 'sops.invalid'],
    ['lists under a dotenv key', 'a.env', 'values.enc.yaml', 'sops.invalid'],
  ])('%s is refused', async (_name, key, sealed, code) => {
    expect(await blockedAs({ objects: [secretWith(key, vector(sealed))] })).toBe(code);
  });

  it.each([
    [
      'a plain value',
      'values.enc.yaml',
      'a.yaml',
      (text: string) => text.replace('plain_unencrypted: visible', 'plain_unencrypted: changed'),
    ],
    ['a value taken out', 'values.enc.yaml', 'a.yaml', (text: string) => text.replace(/^ {4}port: .*\n/m, '')],
    ['values moved to other keys', 'app.enc.env', 'a.env', (text: string) => text.replace(/^USER=/m, 'ADMIN=')],
    [
      'the time of the MAC',
      'config.enc.json',
      'a.json',
      (text: string) => text.replace('lastmodified": "2026', 'lastmodified": "2027'),
    ],
    [
      'the MAC',
      'app.enc.env',
      'a.env',
      (text: string) => text.replace(/^sops_mac=ENC\[AES256_GCM,data:..../m, 'sops_mac=ENC[AES256_GCM,data:AAAA'),
    ],
  ])('%s that was changed is noticed', async (_name, sealed, key, change) => {
    const changed = change(vector(sealed));
    expect(changed).not.toBe(vector(sealed));
    expect(await blockedAs({ objects: [secretWith(key, changed)] })).toBe('sops.invalid');
  });
});

describe('encrypted manifests', () => {
  let key: AgeKey | undefined;
  const plain: JsonObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'shop' },
    stringData: { user: 'admin', empty: '', password: 'canary-password' },
  };
  const encrypted = async (options: Partial<SopsOptions> = {}, object: JsonObject = plain): Promise<Manifest> => {
    key ??= await newAgeKey();
    const isEncrypted = (path: readonly string[]) => path[0] === 'stringData' || path[0] === 'spec';
    // What is encrypted keeps its apiVersion, kind and metadata.
    return (await sopsEncrypt(object, { recipients: [key.recipient], isEncrypted, ...options })) as unknown as Manifest;
  };
  const keys = () => key?.identity ?? '';

  it('values come back with their types', async () => {
    const spec: Json = { n: 3, f: 0.5, b: true, s: 'x', list: [1, 'a', [false]], none: null };
    const object = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' }, spec };
    const sealed = await encrypted({}, object);
    const resolved = await resolve({ objects: [sealed], keys: keys() });
    expect(resolved.bundle.objects).toEqual([object]);
  });

  it('one of several recipients is enough', async () => {
    const other = await newAgeKey();
    const mine = key ?? (await newAgeKey());
    key = mine;
    const sealed = await encrypted({ recipients: [other.recipient, mine.recipient] });
    expect(await blockedAs({ objects: [sealed], keys: keys() })).toBeUndefined();
  });

  it('an object that says decrypt: disabled is left as it is', async () => {
    const annotations = { 'kustomize.toolkit.fluxcd.io/decrypt': 'disabled' };
    const sealed = await encrypted({}, { ...plain, metadata: { name: 'db', annotations } });
    const resolved = await resolve({ objects: [sealed], keys: keys() });
    expect(resolved.bundle.objects[0]).toBe(sealed);
  });

  it('an App without decryption never applies them', async () => {
    const cluster = clusterInputs();
    const object = await encrypted();
    const result = await resolveBundle({ format: 1, salt: '', objects: [object] }, policyOf({ dialect: 'argo' }), cluster);
    expect(result).toMatchObject({
      ok: true,
      value: { bundle: { objects: [] }, blocked: [{ problem: { code: 'sops.no_key' } }] },
    });
  });

  it.each<[string, string, Partial<SopsOptions>]>([
    ['PGP recipients only', 'sops.unsupported', { recipients: [], metadata: { pgp: [{ enc: 'x', fp: 'y' }] } }],
    ['KMS recipients only', 'sops.unsupported', { recipients: [], metadata: { kms: [{ enc: 'x', arn: 'y' }], azure_kv: [] } }],
    ['no recipient', 'sops.invalid', { recipients: [] }],
    ['no time', 'sops.invalid', { metadata: { lastmodified: null } }],
    ['a data key that is none', 'sops.no_key', { metadata: { age: [{ recipient: 'age1x', enc: 'no armor' }] } }],
  ])('%s: refused', async (_name, code, options) => {
    expect(await blockedAs({ objects: [await encrypted(options)], keys: keys() })).toBe(code);
  });

  it.each<[string, string, (object: Manifest) => Manifest]>([
    [
      'a value moved to another key',
      'sops.invalid',
      (o) => ({ ...o, stringData: { other: (o['stringData'] as JsonObject)['user'] } }),
    ],
    ['a value cut short', 'sops.invalid', (o) => ({ ...o, stringData: { user: 'ENC[AES256_GCM,data:AA==' } })],
    [
      'a value of another type',
      'sops.invalid',
      (o) => ({ ...o, stringData: { user: String((o['stringData'] as JsonObject)['user']).replace('type:str', 'type:int') } }),
    ],
  ])('%s: refused without quoting it', async (_name, code, change) => {
    const { blocked } = await resolve({ objects: [change(await encrypted())], keys: keys() });
    expect(blocked[0]?.problem.code).toBe(code);
    expect(JSON.stringify(blocked[0]?.problem)).not.toMatch(/canary|admin|AA==/);
  });

  it.each<[string, string]>([
    ['keys for somebody else', 'AGE-SECRET-KEY-1'],
    ['no keys', '# empty\n'],
    ['something else', 'hunter2\n'],
  ])('%s: not decrypted, and the Secret is not quoted', async (_name, text) => {
    const object = await encrypted();
    const other = text === 'AGE-SECRET-KEY-1' ? (await newAgeKey()).identity : text;
    const { blocked } = await resolve({ objects: [object], keys: other });
    expect(blocked[0]?.problem.code).toBe('sops.no_key');
    expect(JSON.stringify(blocked[0]?.problem)).not.toMatch(/hunter2|AGE-SECRET-KEY-1[0-9A-Z]/);
  });

  it('keys that are not there block what is encrypted only, and are waited for', async () => {
    const open: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    const resolved = await resolve({ objects: [await encrypted(), open], decryption: { secret: 'missing' } });
    expect(resolved.bundle.objects).toEqual([open]);
    expect(resolved.blocked.map((entry) => entry.problem.code)).toEqual(['sops.no_key']);
    expect(resolved.inputs).toEqual([{ kind: 'Secret', namespace: 'team', name: 'missing', resourceVersion: '' }]);
  });

  it('S18 a file that nests without end is refused', async () => {
    const nested = `a: ${'['.repeat(20_000)}\nsops:\n    mac: ENC[AES256_GCM,x]\n`;
    expect(await blockedAs({ objects: [secretWith('a.yaml', nested)] })).toBe('sops.invalid');
  });

  it('S19 a key __proto__ is no prototype', async () => {
    const object = JSON.parse(
      '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"__proto__":"x","a":"b"}}',
    ) as JsonObject;
    const resolved = await resolve({ objects: [await encrypted({}, object)], keys: keys() });
    expect(Object.keys(resolved.bundle.objects[0]?.['stringData'] ?? {})).toEqual(['__proto__', 'a']);
  });
});
