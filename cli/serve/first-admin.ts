import type { SignInOptions } from '../../core/api/access.ts';
import type { RunningWorker } from './start-worker.ts';

/**
 * What to tell whoever started the Worker while nobody is administrator: where to go, and the one-time code that makes them one. Each start makes a new
 * code, which voids the one before. undefined once there is an administrator.
 */
export async function describeFirstAdmin(
  worker: Pick<RunningWorker, 'ask'>,
  at: { readonly url: string; readonly apiToken: string },
): Promise<string | undefined> {
  // Our own Worker, by its contract.
  const options = (await worker.ask('/auth/providers')) as SignInOptions;
  if (!options.needsFirstAdmin) return undefined;
  const made = (await worker.ask('/auth/first-admin-code', {
    method: 'POST',
    headers: { authorization: `Bearer ${at.apiToken}` },
  })) as { readonly code: string };
  return `Nobody is administrator yet: open ${at.url}/sign-in and enter this code. It counts once, within a day.\n\n  ${made.code}\n`;
}
