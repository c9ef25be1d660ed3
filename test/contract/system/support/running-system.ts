import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type System, type SystemOptions, startSystem } from '../../../../cli/demo/start-system.ts';
import type { AppSummary, AppView } from '../../../../core/api/views.ts';
import type { Devcluster } from '../../../../devcluster/handle/cluster.ts';
import { startDevcluster } from '../../../../devcluster/handle/start-devcluster.ts';
import { need } from './lone-worker.ts';
import { type Recording, recordConsole } from './record-console.ts';
import { waitFor } from './wait-for.ts';

/** The whole system around a control plane of its own. */
export interface RunningSystem extends System {
  readonly cluster: Devcluster;
  /** A folder for whatever the test keeps. */
  readonly dir: string;
  /** All Apps as the API lists them. */
  apps(): Promise<readonly AppSummary[]>;
  /** Waits until an App satisfies the predicate; gives it whole. */
  untilApp(app: string, holds: (view: AppView) => boolean, ms?: number): Promise<AppView>;
  /** What the agent and the Worker have printed. */
  logs(): Promise<string>;
}

/** Starts everything; whatever was started is stopped again when a part fails. */
export async function startRunningSystem(options: Partial<SystemOptions> = {}): Promise<RunningSystem> {
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-system-'));
  const printed: Recording = recordConsole();
  const cluster = await startDevcluster();
  const endCluster = async () => {
    await cluster.stop();
    printed.end();
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  const lines: string[] = [];
  try {
    const system = await startSystem({
      cluster,
      dataDir: dir,
      cron: false,
      progress: () => undefined,
      log: (line) => void lines.push(line),
      ...options,
    });
    const view = async (app: string) => {
      const got = await system.api.get<AppView>(`/apps/${system.clusterName}/${app}`);
      return got.ok ? got.value : undefined;
    };
    const logs = async () => `${printed.text()}\n${lines.join('\n')}\n${await readFile(join(dir, 'agent.log'), 'utf8')}`;
    return {
      ...system,
      cluster,
      dir,
      apps: async () => need(await system.api.get<{ apps: readonly AppSummary[] }>('/apps')).apps,
      untilApp: (app, holds, ms = 90_000) =>
        waitFor(
          `App ${app} as wanted`,
          async () => {
            const found = await view(app);
            return found !== undefined && holds(found) ? found : undefined;
          },
          {
            ms,
            seen: async () => ({
              logs: (await logs()).slice(-3000),
              view: (await view(app)) ?? need(await system.api.get('/apps')),
            }),
          },
        ),
      logs,
      async stop() {
        await system.stop();
        await endCluster();
      },
    };
  } catch (error) {
    await endCluster();
    throw error;
  }
}

/** An App that runs the newest bundle and is well. */
export function isHealthy(view: AppView): boolean {
  const { status } = view;
  return status?.sync === 'Synced' && status.health.status === 'Healthy' && status.bundle === view.bundle;
}
