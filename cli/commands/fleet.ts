import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineFleetAdd } from './fleet-add.ts';
import { defineFleetInit } from './fleet-init.ts';
import { defineFleetList } from './fleet-list.ts';
import { defineFleetRemove } from './fleet-remove.ts';
import { defineFleetRotateKeys } from './fleet-rotate-keys.ts';
import { defineFleetWebhook } from './fleet-webhook.ts';

/** `plumb fleet …`: the keys of the installation, and the folders in Git that define its Apps. */
export function defineFleet(program: Command, terminal: Terminal): void {
  const fleet = program.command('fleet').description('keys, fleet paths and the webhook of the installation');
  defineFleetInit(fleet, terminal);
  defineFleetRotateKeys(fleet, terminal);
  defineFleetAdd(fleet, terminal);
  defineFleetList(fleet, terminal);
  defineFleetRemove(fleet, terminal);
  defineFleetWebhook(fleet, terminal);
}
