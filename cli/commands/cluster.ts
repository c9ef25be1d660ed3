import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineClusterAdd } from './cluster-add.ts';
import { defineClusterList } from './cluster-list.ts';
import { defineClusterRemove } from './cluster-remove.ts';

/** `plumb cluster …` */
export function defineCluster(program: Command, terminal: Terminal): void {
  const cluster = program.command('cluster').description('add, list and remove clusters');
  defineClusterAdd(cluster, terminal);
  defineClusterList(cluster, terminal);
  defineClusterRemove(cluster, terminal);
}
