import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineLedgerClone } from './ledger-clone.ts';
import { defineLedgerVerify } from './ledger-verify.ts';

/** `plumb ledger …`: the record of a cluster, a Git repository. */
export function defineLedger(program: Command, terminal: Terminal): void {
  const ledger = program.command('ledger').description('clone and verify the record of a cluster');
  defineLedgerClone(ledger, terminal);
  defineLedgerVerify(ledger, terminal);
}
