import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineFleetAdd } from './fleet-add.ts';
import { defineFleetList } from './fleet-list.ts';
import { defineFleetRemove } from './fleet-remove.ts';
import { defineSourceCredentials } from './source-credentials.ts';

/** `plumb source …`: the Git repositories that Apps come from, and what they are read with. */
export function defineSource(program: Command, terminal: Terminal): void {
  const source = program.command('source').description('folders in Git that define Apps, and credentials of repositories');
  defineFleetAdd(source, terminal);
  defineFleetList(source, terminal);
  defineFleetRemove(source, terminal);
  defineSourceCredentials(source, terminal);
}
