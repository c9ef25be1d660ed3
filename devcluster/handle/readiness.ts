import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAccess, callApi } from './api-client.ts';
import { ComponentError, type ComponentProcess, describeFailure } from './component-process.ts';

const POLL_MS = 25;
const TIMEOUT_MS = 90_000;

/**
 * Waits until the API server says that it is ready.
 * @throws ComponentError when one of `needed` ends first, or after a minute and a half
 */
export function awaitApiServer(access: ApiAccess, needed: readonly ComponentProcess[]): Promise<void> {
  const ready = async () => (await callApi(access, { method: 'GET', path: '/readyz' })).status === 200;
  return awaitCondition(ready, needed);
}

/** Waits until the Node called `name` is ready, which shows that kwok works; fails like awaitApiServer. */
export function awaitNode(access: ApiAccess, name: string, needed: readonly ComponentProcess[]): Promise<void> {
  const ready = async () => {
    const node = await callApi(access, { method: 'GET', path: `/api/v1/nodes/${name}` });
    return node.status === 200 && isReady(JSON.parse(node.text));
  };
  return awaitCondition(ready, needed);
}

/** Waits until the controller manager has made the ServiceAccount that Pods of `default` use; fails like awaitApiServer. */
export function awaitServiceAccount(access: ApiAccess, needed: readonly ComponentProcess[]): Promise<void> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default';
  return awaitCondition(async () => (await callApi(access, { method: 'GET', path })).status === 200, needed);
}

async function awaitCondition(holds: () => Promise<boolean>, needed: readonly ComponentProcess[]): Promise<void> {
  let over = false;
  const ends = needed.map(async (component) => {
    const how = await component.ended;
    if (over) return;
    throw new ComponentError(await describeFailure(component, `ended (${how}) before the cluster was ready`));
  });
  const poll = async () => {
    const deadline = performance.now() + TIMEOUT_MS;
    // An unanswered request only means that the server does not listen yet.
    while (!over && !(await holds().catch(() => false))) {
      if (performance.now() > deadline) {
        const tails = await Promise.all(needed.map((component) => describeFailure(component, 'is not ready')));
        throw new ComponentError(`The cluster was not ready within ${TIMEOUT_MS / 1_000} s.\n${tails.join('\n')}`);
      }
      await sleep(POLL_MS);
    }
  };
  try {
    await Promise.race([poll(), ...ends]);
  } finally {
    over = true;
  }
}

/** True when a Node as JSON has condition Ready at status True. */
function isReady(node: unknown): boolean {
  // Of an object that the API server answered only this part is read, and each step allows for its absence.
  const conditions = (node as { status?: { conditions?: { type?: string; status?: string }[] } }).status?.conditions ?? [];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}
