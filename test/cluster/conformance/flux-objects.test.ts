import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { newAgeKey, sopsEncrypt } from '../../agent/resolve/sops-encrypt.ts';
import { configMap } from '../agent-process.ts';
import { annotated, codesOf, done, labelled, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const FLUX = 'kustomize.toolkit.fluxcd.io';
const STAYS = configMap('stays', '1');
const frozen = (value: string): Manifest => ({ ...configMap('a', value), immutable: true });
/** Each way to say it: an annotation, a label, and another case of the value. */
const ways = (key: string, value: string) =>
  [
    ['annotation', (object: Manifest) => annotated(object, { [`${FLUX}/${key}`]: value })],
    ['label', (object: Manifest) => labelled(object, { [`${FLUX}/${key}`]: value })],
    ['label in capitals', (object: Manifest) => labelled(object, { [`${FLUX}/${key}`]: value.toUpperCase() })],
  ] as const;

describe.concurrent('kustomize.toolkit.fluxcd.io on an object in Git', () => {
  for (const [name, mark] of ways('prune', 'Disabled')) {
    it(`prune: Disabled (${name}) keeps it when Git loses it`, async () => {
      const app = await stage.flux();
      await app.commit([STAYS, mark(configMap('a', '1'))]);
      await app.commit([STAYS]);
      expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
    });

    it(`prune: Disabled (${name}) keeps it when the Kustomization goes`, async () => {
      const app = await stage.flux();
      await app.commit([STAYS, mark(configMap('a', '1'))]);
      expect((await app.remove()).outcome).toBe('removed');
      expect(await app.names('ConfigMap')).toEqual(['a']);
    });
  }

  it('prune: Enabled is the default', async () => {
    const app = await stage.flux();
    await app.commit([STAYS, annotated(configMap('a', '1'), { [`${FLUX}/prune`]: 'Enabled' }), configMap('b', '1')]);
    expect(done(await app.commit([STAYS]))).toMatchObject({ 'ConfigMap/a': 'pruned', 'ConfigMap/b': 'pruned' });
  });

  for (const [name, mark] of ways('ssa', 'Override'))
    it(`ssa: Override (${name}) takes fields back from others, as without it`, async () => {
      const app = await stage.flux();
      await app.commit([mark(configMap('a', '1')), STAYS]);
      for (const short of ['ConfigMap/a', 'ConfigMap/stays']) await app.patch(short, { data: { value: 'somebody' } });
      await app.until('both are healed', () => stage.worker.drifts.filter(({ key }) => key.includes(app.namespace)).length >= 2);
      await app.synced();
      expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '1' });
      expect((await app.live('ConfigMap/stays'))?.data).toEqual({ value: '1' });
    });

  for (const [name, mark] of ways('ssa', 'Merge'))
    it(`ssa: Merge (${name}) leaves what others added with kubectl`, async () => {
      const app = await stage.flux();
      const objects = [{ ...configMap('a', '1', app.namespace), data: { value: '1', theirs: 'x' } }];
      for (const object of objects)
        await stage.cluster.kubectl(['apply', '-n', app.namespace, '-f', '-'], { input: JSON.stringify(object) });
      await app.commit([mark(configMap('a', '2'))]);
      expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '2', theirs: 'x' });
    });

  for (const [name, mark] of ways('ssa', 'IfNotPresent'))
    it(`ssa: IfNotPresent (${name}) makes it once and leaves it alone`, async () => {
      const app = await stage.flux();
      await app.commit([mark(configMap('a', '1'))]);
      await app.commit([STAYS, mark(configMap('a', '2'))]);
      expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '1' });
    });

  for (const [name, mark] of ways('ssa', 'Ignore'))
    it(`ssa: Ignore (${name}) never writes it`, async () => {
      const app = await stage.flux();
      await app.commit([STAYS, mark(configMap('a', '1'))]);
      expect(await app.names('ConfigMap')).toEqual(['stays']);
    });

  for (const [name, mark] of ways('force', 'Enabled'))
    it(`force: Enabled (${name}) recreates it when a field is immutable`, async () => {
      const app = await stage.flux();
      await app.commit([mark(frozen('1'))]);
      const before = (await app.live('ConfigMap/a'))?.metadata.uid;
      expect((await app.commit([mark(frozen('2'))])).outcome).toBe('synced');
      const after = await app.live('ConfigMap/a');
      expect([after?.data, after?.metadata.uid === before]).toEqual([{ value: '2' }, false]);
    });

  it('force: Disabled, and without it, says what is immutable and changes nothing', async () => {
    const app = await stage.flux();
    const marked = (value: string) => annotated(frozen(value), { [`${FLUX}/force`]: 'Disabled' });
    await app.commit([marked('1')]);
    const receipt = await app.commit([marked('2')]);
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['failed', ['apply.immutable']]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '1' });
  });

  // Only in this spelling, as upstream.
  for (const [name, mark] of ways('substitute', 'disabled').slice(0, 2))
    it(`substitute: disabled (${name}) leaves its \${…} as they are`, async () => {
      const app = await stage.flux({ spec: { postBuild: { substitute: { name: 'filled' } } } });
      await app.commit([mark(configMap('a', `\${name}`)), configMap('b', `\${name}`)]);
      expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: `\${name}` });
      expect((await app.live('ConfigMap/b'))?.data).toEqual({ value: 'filled' });
    });

  it('decrypt: Disabled leaves it encrypted, which the API server refuses; without it, it is opened', async () => {
    const app = await stage.flux({ spec: { decryption: { provider: 'sops', secretRef: { name: 'age' } } } });
    const key = await newAgeKey();
    await app.create('Secret', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'age' },
      stringData: { 'a.agekey': key.identity },
    });
    const sealed = async (name: string): Promise<Manifest> => {
      const plain = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { password: 'canary-of-flux' } };
      // Its apiVersion, kind and metadata are as they were.
      return (await sopsEncrypt(plain, {
        recipients: [key.recipient],
        isEncrypted: (path) => path[0] === 'stringData',
      })) as unknown as Manifest;
    };
    await app.commit([await sealed('a')]);
    expect((await app.live('Secret/a'))?.data).toEqual({ password: btoa('canary-of-flux') });
    const receipt = await app.commit([await sealed('a'), annotated(await sealed('b'), { [`${FLUX}/decrypt`]: 'Disabled' })]);
    expect(receipt.outcome).toBe('failed');
    expect(await app.live('Secret/b')).toBeUndefined();
    expect(JSON.stringify([stage.worker.receipts, [...stage.worker.statuses.values()]])).not.toContain('canary-of-flux');
  });

  it('substitute: Disabled in capitals has no effect, as upstream, and is a warning that says so', async () => {
    const app = await stage.flux({ spec: { postBuild: { substitute: { name: 'filled' } } } });
    await app.commit([annotated(configMap('a', `\${name}`), { [`${FLUX}/substitute`]: 'Disabled' })]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: 'filled' });
    await app.synced();
    expect(app.status?.problems.map(({ code }) => code)).toEqual(['object.annotation_invalid']);
  });

  it('an unknown value, and an unknown key of the family, are warnings that name it', async () => {
    const app = await stage.flux();
    await app.commit([
      annotated(configMap('a', '1'), { [`${FLUX}/prune`]: 'never' }),
      annotated(configMap('b', '1'), { [`${FLUX}/purge`]: 'Disabled' }),
    ]);
    await app.synced();
    const told = app.status?.problems.map(({ code, where }) => [code, where]);
    expect(told).toEqual([
      ['object.annotation_invalid', expect.stringContaining('/a')],
      ['object.annotation_unknown', expect.stringContaining('/b')],
    ]);
  });
});

describe.concurrent('kustomize.toolkit.fluxcd.io on the object in the cluster', () => {
  for (const value of ['disabled', 'Disabled'])
    it(`reconcile: ${value} has it neither written nor pruned`, async () => {
      const app = await stage.flux();
      await app.commit([STAYS, configMap('a', '1')]);
      await app.patch('ConfigMap/a', { metadata: { annotations: { [`${FLUX}/reconcile`]: value } }, data: { value: 'mine' } });
      await app.commit([STAYS, configMap('a', '2')]);
      expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: 'mine' });
      await app.commit([STAYS]);
      expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: 'mine' });
    });

  it('prune: disabled on the live object keeps it', async () => {
    const app = await stage.flux();
    await app.commit([STAYS, configMap('a', '1')]);
    await app.patch('ConfigMap/a', { metadata: { labels: { [`${FLUX}/prune`]: 'disabled' } } });
    await app.commit([STAYS]);
    expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
  });

  it('kustomize.toolkit.fluxcd.io/name and namespace: are the labels of what a Kustomization owns', async () => {
    const app = await stage.flux();
    await app.commit([STAYS]);
    expect((await app.live('ConfigMap/stays'))?.metadata.labels).toEqual({
      [`${FLUX}/name`]: app.namespace,
      [`${FLUX}/namespace`]: app.namespace,
    });
  });
});
