import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineAppDiff } from './app-diff.ts';
import { defineAppGet } from './app-get.ts';
import { defineAppHistory } from './app-history.ts';
import { defineAppList } from './app-list.ts';
import { defineAppRefresh } from './app-refresh.ts';
import { defineAppReset } from './app-reset.ts';
import { defineAppSync } from './app-sync.ts';
import { defineAppTerminate } from './app-terminate.ts';
import { defineAppWait } from './app-wait.ts';

/** `plumb app …`. An App is named `web`, or `eu-1/web` where several clusters have one. */
export function defineApp(program: Command, terminal: Terminal): void {
  const app = program.command('app').description('look at Apps, sync them, wait for them');
  defineAppList(app, terminal);
  defineAppGet(app, terminal);
  defineAppDiff(app, terminal);
  defineAppSync(app, terminal);
  defineAppTerminate(app, terminal);
  defineAppReset(app, terminal);
  defineAppWait(app, terminal);
  defineAppHistory(app, terminal);
  defineAppRefresh(app, terminal);
}
