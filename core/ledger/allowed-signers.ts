import type { PublicKey } from '../protocol/messages.ts';
import { keyBytes } from '../protocol/signing.ts';
import { sshPublicKey } from './ssh-signature.ts';

/** A key that signs, or signed, the ledger of a cluster. */
export interface LedgerKey {
  readonly key: PublicKey;
  /** The period in which its signatures count, milliseconds since the epoch; open where absent. */
  readonly from?: number;
  readonly until?: number;
}

/**
 * The `allowed_signers` file (ssh-keygen(1), ALLOWED SIGNERS) against which `git log --show-signature` checks a ledger: one line per key,
 * old keys too, each limited to Git signatures and to its period (compared with the committer's date).
 * `principal` is what Git shows as the signer. A key whose id is not its own is left out.
 */
export function allowedSigners(principal: string, keys: readonly LedgerKey[]): string {
  const who = principal.replace(/[^A-Za-z0-9@._-]/g, '-');
  return keys
    .flatMap(({ key, from, until }) => {
      const bytes = keyBytes(key);
      if (bytes === undefined) return [];
      const options = ['namespaces="git"'];
      if (from !== undefined) options.push(`valid-after="${toUtc(from)}"`);
      if (until !== undefined) options.push(`valid-before="${toUtc(until)}"`);
      return [`${who} ${options.join(',')} ${sshPublicKey(bytes)} ${key.keyid}\n`];
    })
    .join('');
}

/** `YYYYMMDDHHMMSSZ`, the form that ssh-keygen reads as UTC (OpenSSH 9.1 and newer). */
function toUtc(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
}
