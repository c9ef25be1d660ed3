import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineSourceCredentials } from './source-credentials.ts';

/** `plumb source …`: the Git repositories that Apps come from. */
export function defineSource(program: Command, terminal: Terminal): void {
  const source = program.command('source').description('credentials of Git repositories');
  defineSourceCredentials(source, terminal);
}
