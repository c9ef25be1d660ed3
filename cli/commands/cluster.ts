import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineClusterAdd, defineClusterRotate } from './cluster-add.ts';
import { defineClusterGet } from './cluster-get.ts';
import { defineClusterList } from './cluster-list.ts';
import { defineClusterRemove } from './cluster-remove.ts';

/** `plumb cluster …` */
export function defineCluster(program: Command, terminal: Terminal): void {
  const cluster = program.command('cluster').description('add, look at, renew and remove clusters');
  defineClusterAdd(cluster, terminal);
  defineClusterList(cluster, terminal);
  defineClusterGet(cluster, terminal);
  defineClusterRotate(cluster, terminal);
  defineClusterRemove(cluster, terminal);
}
