import { expect, test } from 'vitest';
import { allowedSigners } from '../../../core/ledger/allowed-signers.ts';
import { signSsh, verifySsh } from '../../../core/ledger/ssh-signature.ts';
import { makeEd25519, openSigner, verifyEd25519 } from '../../../src/platform/ed25519.ts';

const message = new TextEncoder().encode('tree 0\n');

async function signer() {
  const { seed, publicKey } = await makeEd25519();
  return openSigner(seed, publicKey);
}

test('a signature is good for its message and its key only', async () => {
  const [ours, other] = [await signer(), await signer()];
  const signature = await signSsh(message, ours);
  const trust = (...keys: (typeof ours.publicKey)[]) => ({ keys, verify: verifyEd25519 });
  expect(await verifySsh(message, signature, trust(other.publicKey, ours.publicKey))).toEqual(ours.publicKey);
  expect(await verifySsh(message, signature, trust(other.publicKey))).toBeUndefined();
  expect(await verifySsh(message.subarray(1), signature, trust(ours.publicKey))).toBeUndefined();
});

/** Changes a word inside the armor. */
function respell(armor: string, from: string, to: string): string {
  const lines = armor.trimEnd().split('\n');
  const blob = Buffer.from(lines.slice(1, -1).join(''), 'base64');
  blob.write(to, blob.indexOf(from), 'latin1');
  return [lines[0], ...(blob.toString('base64').match(/.{1,70}/g) ?? []), lines.at(-1), ''].join('\n');
}

test.each<[string, (armor: string) => string]>([
  ['nothing', () => ''],
  ['another namespace', (armor) => respell(armor, 'git', 'gif')],
  ['another hash', (armor) => respell(armor, 'sha512', 'sha256')],
  ['a flipped letter', (armor) => armor.replace(/.(?=.{8}\n-----END)/, (letter) => (letter === 'A' ? 'B' : 'A'))],
  ['another line length', (armor) => armor.replace(/(.{70})\n(.)/, '$1$2\n')],
  ['text around it', (armor) => `x\n${armor}`],
  ['a PGP signature', () => '-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n'],
])('S42 %s is not a signature', async (_name, spoil) => {
  const ours = await signer();
  const spoilt = spoil(await signSsh(message, ours));
  expect(await verifySsh(message, spoilt, { keys: [ours.publicKey], verify: verifyEd25519 })).toBeUndefined();
});

test('allowed signers has a line per key, limited to Git and to its period', async () => {
  const [old, current] = [await signer(), await signer()];
  const text = allowedSigners('plumbline', [
    { key: old.publicKey, from: 0, until: 1_700_000_000_000 },
    { key: current.publicKey },
  ]);
  const [first, second] = text.split('\n');
  expect(first).toMatch(
    /^plumbline namespaces="git",valid-after="19700101000000Z",valid-before="20231114221320Z" ssh-ed25519 AAAA/,
  );
  expect(second).toBe(`plumbline namespaces="git" ${second?.split(' ').slice(2).join(' ')}`);
});

test('S17 a key under an id that is not its own is left out, a principal cannot add a line', async () => {
  const ours = await signer();
  expect(allowedSigners('plumbline', [{ key: { ...ours.publicKey, keyid: '0'.repeat(16) } }])).toBe('');
  expect(allowedSigners('a\n* ssh-ed25519 x', [{ key: ours.publicKey }]).trimEnd()).not.toContain('\n');
});
