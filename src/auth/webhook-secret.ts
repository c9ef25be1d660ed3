import type { Env } from '../platform/env.ts';
import { openVault } from '../platform/vault.ts';

/** The secret that Git hosts sign their webhooks with: derived from the installation's secret, so that nothing has to be stored. 64 hex digits. */
export async function webhookSecret(env: Env): Promise<string> {
  const bytes = await (await openVault(env.PLUMBLINE_SECRET)).derive('webhook');
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
