import { readFile } from 'node:fs/promises';
import type { Devcluster } from '../../../devcluster/handle/cluster.ts';

/** What an operator does to the etcd of a cluster, through its JSON gateway. */
export interface Etcd {
  /** Refuses every write, as etcd does once its quota of space is used up. */
  raiseNoSpace(): Promise<void>;
  clearNoSpace(): Promise<void>;
}

/** The etcd of a cluster that runs; its port stands on its command line. */
export async function etcdOf(cluster: Devcluster): Promise<Etcd> {
  const args = (await readFile(`/proc/${cluster.processes()['etcd']}/cmdline`, 'utf8')).split('\0');
  const url = args.find((arg) => arg.startsWith('--listen-client-urls='))?.slice('--listen-client-urls='.length);
  if (url === undefined) throw new Error('etcd does not say where it listens');
  const call = async (path: string, body: unknown) => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd answered ${answer.status} to ${path}: ${await answer.text()}`);
    // Every answer of etcd has this head.
    return (await answer.json()) as { readonly header: { readonly member_id: string } };
  };
  const status = () => call('/v3/maintenance/status', {});
  const alarm = async (action: 'ACTIVATE' | 'DEACTIVATE') => {
    const { header } = await status();
    await call('/v3/maintenance/alarm', { action, memberID: header.member_id, alarm: 'NOSPACE' });
  };
  return {
    raiseNoSpace: () => alarm('ACTIVATE'),
    clearNoSpace: () => alarm('DEACTIVATE'),
  };
}
