import { setTimeout as sleep } from 'node:timers/promises';
import { createGitServer } from '../cli/git-server/git-server.ts';
import { type LoneWorker, startLoneWorker } from '../test/contract/system/support/lone-worker.ts';
import { sampleFleet } from './sample-apps.ts';

/** A Worker without any agent, which knows a fleet of many Apps. */
export interface LoneFleet {
  readonly worker: LoneWorker;
  stop(): Promise<void>;
}

/** Starts a Worker and pushes so many Apps to it; settles when all of them are on the board. */
export async function startLoneFleet(apps: number, log: (line: string) => void): Promise<LoneFleet> {
  const git = await createGitServer();
  const worker = await startLoneWorker();
  const stop = async () => {
    await worker.stop();
    await worker.remove();
    await git.stop();
  };
  try {
    const url = await git.createRepository('bench');
    await git.pushFiles('bench', sampleFleet(url, apps, 'first'), 'seed');
    await worker.ask('/api/clusters', { method: 'POST', body: { name: 'demo' } });
    await worker.ask('/api/fleet', { method: 'POST', body: { url, revision: 'main', path: 'fleet', cluster: 'demo' } });
    for (let known = 0; known < apps; ) {
      await sleep(500);
      known = ((await worker.ask('/api/board')).json as { readonly apps: readonly unknown[] }).apps.length; // the route's own type
      log(`${known} of ${apps} Apps`);
    }
    return { worker, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
