import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSettled } from '../cli/apps/app-state.ts';
import { listApps } from '../cli/apps/find-app.ts';
import { type System, sendWebhook, startSystem } from '../cli/demo/start-system.ts';
import type { AppSummary } from '../core/api/views.ts';
import type { Devcluster } from '../devcluster/handle/cluster.ts';
import { startDevcluster } from '../devcluster/handle/start-devcluster.ts';
import { createKubeClient, type KubeClient } from './kube-client.ts';

/** The whole system on a control plane whose etcd waits for the disk, and a bare client beside it. */
export interface BenchSystem {
  readonly system: System;
  readonly cluster: Devcluster;
  readonly kube: KubeClient;
  /** Sends the webhook of a push that was made without one; the time that it is measured from. */
  hook(repository: string, commit: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startBenchSystem(log: (line: string) => void, audit = false): Promise<BenchSystem> {
  const cluster = await startDevcluster({ durable: true, audit, progress: log });
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-bench-'));
  const system = await startSystem({ cluster, dataDir, webhooks: false, cron: false, progress: log, log });
  const kube = createKubeClient(cluster);
  const webhook = await system.api.send<{ secret: string }>('POST', '/webhook');
  if (!webhook.ok) throw new Error(webhook.error.message);
  const { secret } = webhook.value;
  return {
    system,
    cluster,
    kube,
    hook: (repository, commit) =>
      sendWebhook(system.worker().url, secret, { repository: system.git.url(repository), ref: 'refs/heads/main', after: commit }),
    async stop() {
      kube.close();
      await system.stop();
      await cluster.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Adds a repository's `fleet/` folder as the fleet path of the system's cluster. */
export async function addFleet({ system }: BenchSystem, repository: string): Promise<void> {
  const added = await system.api.send('POST', '/fleet', {
    url: system.git.url(repository),
    revision: 'main',
    path: 'fleet',
    cluster: system.clusterName,
  });
  if (!added.ok) throw new Error(added.error.message);
}

/** Waits until that many Apps fulfil a condition; throws after two minutes with what is missing. */
export async function waitForApps(
  { system }: BenchSystem,
  count: number,
  done: (app: AppSummary) => boolean = isSettled,
): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const apps = await listApps(system.api);
    const ready = apps.ok ? apps.value.filter(done).length : 0;
    if (ready >= count) return;
    if (performance.now() > deadline) {
      const open = apps.ok ? apps.value.find((app) => !done(app)) : undefined;
      throw new Error(`${ready} of ${count} Apps after two minutes; the first open one: ${JSON.stringify(open)}`);
    }
    await sleep(count > 50 ? 100 : 10);
  }
}
