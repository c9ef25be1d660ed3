import type { Context } from 'hono';
import { boardOf } from '../platform/env.ts';
import type { ApiEnv } from './api-env.ts';

/** Writes down, in the installation's own ledger and journal, what the caller has just done to the installation. */
export async function record(
  c: Context<ApiEnv>,
  event: { readonly kind: string; readonly text: string; readonly reason?: string },
): Promise<void> {
  await boardOf(c.env).record({ app: '', actor: c.get('caller').name, ...event });
}
