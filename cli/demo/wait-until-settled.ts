import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../core/result.ts';
import { computeState, isSettled, nameOf } from '../apps/app-state.ts';
import { listApps } from '../apps/find-app.ts';
import type { ApiClient } from '../connection/api-client.ts';

/** Waits until that many Apps exist and all are settled; the error says, App by App, what is missing. Throws when interrupted. */
export async function waitUntilSettled(
  api: ApiClient,
  wait: { readonly apps: number; readonly seconds: number; readonly signal: AbortSignal },
): Promise<Result<true, string>> {
  const deadline = performance.now() + wait.seconds * 1000;
  for (;;) {
    const apps = await listApps(api);
    if (apps.ok && apps.value.length >= wait.apps && apps.value.every(isSettled)) return ok(true);
    if (performance.now() > deadline) {
      if (!apps.ok) return err(apps.error.message);
      if (apps.value.length < wait.apps) return err(`only ${apps.value.length} of ${wait.apps} Apps are known`);
      const open = apps.value.filter((view) => !isSettled(view)).map((view) => ({ name: nameOf(view), ...computeState(view) }));
      return err(open.map(({ name, sync, health, message }) => `  ${name}: ${sync}, ${health}: ${message}`).join('\n'));
    }
    await sleep(100, undefined, { signal: wait.signal });
  }
}
