import { generateKeyPairSync } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { currentKeyList, signKeyList } from '../../cli/keys/key-list.ts';
import { pinnedRoots } from '../../cli/keys/pinned-roots.ts';
import { createRootKey, fingerprint, readRootKey, verifyEd25519 } from '../../cli/keys/root-key.ts';
import { agentManifest } from '../../core/install/agent-manifest.ts';
import { acceptKeyList } from '../../core/protocol/keys.ts';
import type { PublicKey } from '../../core/protocol/messages.ts';
import { createTestTerminal, writePrivate } from './test-terminal.ts';

async function newRoot() {
  const { home } = await createTestTerminal();
  return createRootKey(join(home, 'keys/root.pem'));
}
const newOnlineKey = async (): Promise<PublicKey> => (await newRoot()).signer.publicKey;

describe('the root key', () => {
  it('is readable by its owner only, and reads back as the same key', async () => {
    const made = await newRoot();
    expect((await stat(made.path)).mode & 0o777).toBe(0o600);
    expect(await readFile(made.path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(await readRootKey(made.path)).toMatchObject({ ok: true, value: { signer: { publicKey: made.signer.publicKey } } });
  });

  it('is never overwritten', async () => {
    const made = await newRoot();
    await expect(createRootKey(made.path)).rejects.toThrow('EEXIST');
    expect(await readRootKey(made.path)).toMatchObject({ ok: true, value: { signer: { publicKey: made.signer.publicKey } } });
  });

  it('is absent, or of another kind, without an exception', async () => {
    const { home } = await createTestTerminal();
    expect(await readRootKey(join(home, 'none.pem'))).toEqual({ ok: true, value: undefined });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'pem', type: 'pkcs8' });
    for (const [name, text] of [
      ['rsa', String(rsa)],
      ['text', 'hello'],
    ] as const) {
      await writePrivate(join(home, name), text);
      expect(await readRootKey(join(home, name))).toMatchObject({ ok: false, error: { exit: 2 } });
    }
  });

  it('has a fingerprint that begins with its id', async () => {
    const { publicKey } = (await newRoot()).signer;
    expect(fingerprint(publicKey)).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint(publicKey).slice(0, 16)).toBe(publicKey.keyid);
  });
});

describe('a key list', () => {
  it('is accepted by the rules of the protocol (P05, P06)', async () => {
    const root = await newRoot();
    const online = await newOnlineKey();
    const signed = await signKeyList({ version: 3, keys: [online] }, root.signer);
    const trust = { root: root.signer.publicKey, accepted: undefined, verify: verifyEd25519 };
    expect(signed.ok && (await acceptKeyList(signed.value, trust))).toEqual({
      ok: true,
      value: { root: root.signer.publicKey.keyid, version: 3, keys: [online] },
    });
  });

  it('never names a key whose id is not its own (S17)', async () => {
    const [root, online, other] = [await newRoot(), await newOnlineKey(), await newOnlineKey()];
    expect(await signKeyList({ version: 1, keys: [{ ...online, keyid: other.keyid }] }, root.signer)).toMatchObject({
      ok: false,
      error: { exit: 1 },
    });
  });

  it('has the version that the root key signed, whatever the Worker says', async () => {
    const root = await newRoot();
    const keys = [await newOnlineKey()];
    const signed = await signKeyList({ version: 2, keys }, root.signer);
    const { publicKey } = root.signer;
    const claimed = {
      root: publicKey,
      version: 9_000_000,
      online: keys,
      everSigned: keys,
      ...(signed.ok ? { envelope: signed.value } : {}),
    };
    expect(await currentKeyList(claimed, publicKey)).toMatchObject({ ok: true, value: { version: 2 } });
  });

  it('of another root key, or signed by one, is refused', async () => {
    const [mine, other] = [await newRoot(), await newRoot()];
    const keys = [await newOnlineKey()];
    const signed = await signKeyList({ version: 1, keys }, other.signer);
    const envelope = signed.ok ? { envelope: signed.value } : {};
    const claimed = { version: 1, online: keys, everSigned: keys, ...envelope };
    expect(await currentKeyList({ ...claimed, root: other.signer.publicKey }, mine.signer.publicKey)).toMatchObject({
      ok: false,
      error: { exit: 1 },
    });
    expect(await currentKeyList({ ...claimed, root: mine.signer.publicKey }, mine.signer.publicKey)).toMatchObject({
      error: { code: 'protocol.refused' },
    });
  });

  it('is absent before the first', async () => {
    const root = await newRoot();
    expect(await currentKeyList({ version: 0, online: [], everSigned: [] }, root.signer.publicKey)).toEqual({
      ok: true,
      value: undefined,
    });
  });
});

describe('an install manifest', () => {
  it('pins a root key as a variable or in a ConfigMap', () => {
    const variable = 'spec: {containers: [{env: [{name: PLUMBLINE_ROOT_KEY, value: AAAA}]}]}';
    const map = 'kind: ConfigMap\ndata:\n  PLUMBLINE_ROOT_KEY: BBBB';
    expect(pinnedRoots(`${variable}\n---\n${map}\n`)).toEqual(['AAAA', 'BBBB']);
  });
  it('as the Worker serves it pins the key of the fleet and no other', () => {
    const options = { workerUrl: 'https://worker.example', token: 't', rootKey: 'CCCC', clusterName: 'eu-1' };
    expect(pinnedRoots(agentManifest({ ...options, bundle: { packed: new Uint8Array(900_000) } }))).toEqual(['CCCC']);
  });
  it('that is not YAML, or pins nothing, pins nothing', () =>
    expect([pinnedRoots('a: ['), pinnedRoots('a: 1')]).toEqual([[], []]));
});
