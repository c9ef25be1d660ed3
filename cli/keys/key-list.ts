import type { FleetKeys } from '../../core/api/views.ts';
import { signEnvelope } from '../../core/protocol/dsse.ts';
import { acceptKeyList } from '../../core/protocol/keys.ts';
import { type Envelope, KEY_LIST_TYPE, type KeyList, type PublicKey } from '../../core/protocol/messages.ts';
import { keyBytes, type Signer } from '../../core/protocol/signing.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure, fromProblem, notAsAsked } from '../failure.ts';
import { fingerprint, verifyEd25519 } from './root-key.ts';

/**
 * The key list that the root key signed last, or undefined before the first. What the Worker says about versions is not believed: a list
 * signed with an invented, enormous version could never be followed by another.
 * Fails when the Worker has another root key, or a list that this root key did not sign.
 */
export async function currentKeyList(keys: FleetKeys, root: PublicKey): Promise<Result<KeyList | undefined, Failure>> {
  if (keys.root !== undefined && keys.root.key !== root.key) {
    return notAsAsked(
      `this fleet has another root key: ${fingerprint(keys.root)}, yours is ${fingerprint(root)}`,
      'Name the root key of this fleet with --key.',
    );
  }
  if (keys.envelope === undefined) return ok(undefined);
  const list = await acceptKeyList(keys.envelope, { root, accepted: undefined, verify: verifyEd25519 });
  return list.ok ? list : err(fromProblem(list.error, EXIT.notAsAsked));
}

/** Signs a key list. Fails when a key is not the one that its id names. */
export async function signKeyList(list: Omit<KeyList, 'root'>, root: Signer): Promise<Result<Envelope, Failure>> {
  const impostor = list.keys.find((key) => keyBytes(key) === undefined);
  if (impostor !== undefined)
    return notAsAsked(
      `the Worker names a key ${impostor.keyid} that is not the key of this id`,
      'Check that the URL is your Worker.',
    );
  return ok(await signEnvelope(KEY_LIST_TYPE, { ...list, root: root.publicKey.keyid } satisfies KeyList, root));
}

/** Signs a key list and gives it to the Worker. */
export async function publishKeyList(
  api: ApiClient,
  list: Omit<KeyList, 'root'>,
  root: Signer,
): Promise<Result<{ readonly version: number }, Failure>> {
  const envelope = await signKeyList(list, root);
  return envelope.ok ? api.send('PUT', '/keys', { envelope: envelope.value, root: root.publicKey }) : envelope;
}
