import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineAppAction, defineAppActions } from './app-actions.ts';
import { defineAppApprove } from './app-approve.ts';
import { defineAppBreakGlass, defineAppOverrideWindows } from './app-break-glass.ts';
import { defineAppConfirm } from './app-confirm.ts';
import { defineAppDelete } from './app-delete.ts';
import { defineAppDiff } from './app-diff.ts';
import { defineAppGet } from './app-get.ts';
import { defineAppHistory } from './app-history.ts';
import { defineAppList } from './app-list.ts';
import { defineAppLogs } from './app-logs.ts';
import { defineAppObject } from './app-object.ts';
import { defineAppRevert } from './app-revert.ts';
import { defineAppPin, defineAppRollback } from './app-rollback.ts';
import { defineAppSync } from './app-sync.ts';
import { defineAppTree } from './app-tree.ts';
import { defineAppVerbs } from './app-verbs.ts';
import { defineAppWait } from './app-wait.ts';

/** `plumb app …`. An App is named `web`, or `eu-1/web` where several clusters have one. */
export function defineApp(program: Command, terminal: Terminal): void {
  const app = program.command('app').description('look at Apps, sync them, wait for them, roll them back');
  for (const define of [
    defineAppList,
    defineAppGet,
    defineAppTree,
    defineAppObject,
    defineAppLogs,
    defineAppDiff,
    defineAppSync,
    defineAppWait,
    defineAppHistory,
    defineAppRollback,
    defineAppPin,
    defineAppRevert,
    defineAppApprove,
    defineAppConfirm,
    defineAppBreakGlass,
    defineAppOverrideWindows,
    defineAppActions,
    defineAppAction,
    defineAppDelete,
    defineAppVerbs,
  ])
    define(app, terminal);
}
