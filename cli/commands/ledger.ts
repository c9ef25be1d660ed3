import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineLedgerClone } from './ledger-clone.ts';
import { defineLedgerLog, defineLedgerShow, defineLedgerState } from './ledger-log.ts';
import { defineLedgerVerify } from './ledger-verify.ts';

/** `plumb ledger …`: the record of a cluster, a Git repository. */
export function defineLedger(program: Command, terminal: Terminal): void {
  const ledger = program.command('ledger').description('read, clone and verify the record of a cluster');
  defineLedgerLog(ledger, terminal);
  defineLedgerShow(ledger, terminal);
  defineLedgerState(ledger, terminal);
  defineLedgerClone(ledger, terminal);
  defineLedgerVerify(ledger, terminal);
}
