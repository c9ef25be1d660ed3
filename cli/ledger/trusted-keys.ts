import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ClusterDetails, FleetKeys } from '../../core/api/views.ts';
import { fromBase64 } from '../../core/json/bytes.ts';
import { INSTALLATION_LEDGER } from '../../core/ledger/installation.ts';
import { sshPublicKey } from '../../core/ledger/ssh-signature.ts';
import type { PublicKey } from '../../core/protocol/messages.ts';
import { toPublicKey } from '../../core/protocol/signing.ts';
import { ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { type Failure, usage } from '../failure.ts';

/** Against what a ledger is verified. */
export interface TrustedKeys {
  readonly signers: readonly PublicKey[];
  readonly agents: readonly PublicKey[];
  /** The newest entry that the installation knows; undefined when it was not asked or does not say. */
  readonly head?: string;
}

/** Keys from files and arguments, for a check without the Worker. Fails (usage) for what is not a key. */
export async function givenKeys(
  flags: { readonly signers: string; readonly agentKey: readonly string[] },
  cwd: string,
): Promise<Result<TrustedKeys, Failure>> {
  const text = await readFile(resolve(cwd, flags.signers), 'utf8').catch(() => undefined);
  if (text === undefined) return usage(`the file ${flags.signers} cannot be read`);
  const signers = parseAllowedSigners(text);
  if (signers.length === 0)
    return usage(`${flags.signers} names no Ed25519 key`, 'It is the file that the Worker serves at /ledger/allowed_signers.');
  const agents: PublicKey[] = [];
  for (const key of flags.agentKey) {
    const bytes = fromBase64(key);
    if (bytes?.length !== 32) return usage('--agent-key is the base64 of the 32 bytes of an Ed25519 key');
    agents.push(toPublicKey(bytes));
  }
  return ok({ signers, agents });
}

/** Keys as the Worker names them. Fails when the Worker does not know the cluster. */
export async function keysOfWorker(api: ApiClient, cluster: string): Promise<Result<TrustedKeys, Failure>> {
  // No agent signs in the ledger of the installation.
  if (cluster === INSTALLATION_LEDGER) {
    const keys = await api.get<FleetKeys>('/keys');
    return keys.ok ? ok({ signers: keys.value.everSigned, agents: [] }) : keys;
  }
  const [keys, found] = await Promise.all([
    api.get<FleetKeys>('/keys'),
    api.get<ClusterDetails>(`/clusters/${encodeURIComponent(cluster)}`),
  ]);
  if (!keys.ok) return keys;
  if (!found.ok) return found;
  const { agentKeys, ledgerHead } = found.value;
  return ok({ signers: keys.value.everSigned, agents: agentKeys, ...(ledgerHead === undefined ? {} : { head: ledgerHead }) });
}

/** The Ed25519 keys of an allowed_signers file (ssh-keygen(1)); the last 32 bytes of such a key are the key itself. */
export function parseAllowedSigners(text: string): PublicKey[] {
  return [...text.matchAll(/^[^#\s].*?\b(ssh-ed25519 ([A-Za-z0-9+/=]+))/gm)].flatMap(([, whole, blob = '']) => {
    const key = fromBase64(blob)?.slice(-32);
    return key?.length === 32 && sshPublicKey(key) === whole ? [toPublicKey(key)] : [];
  });
}
