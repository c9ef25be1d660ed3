import type { Command } from 'commander';
import type { FleetKeys } from '../../core/api/views.ts';
import type { PublicKey } from '../../core/protocol/messages.ts';
import { ok } from '../../core/result.ts';
import { EXIT, notAsAsked, usage } from '../failure.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly key?: string;
  readonly keepOld?: true;
}

/** `plumb fleet rotate-keys`: a new online signing key; the old ones are retired at once unless they are kept. */
export function defineFleetRotateKeys(fleet: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    fleet
      .command('rotate-keys')
      .description('let the Worker make a new signing key and name it in the next key list; agents follow by themselves'),
  )
    .option('--key <file>', 'root key (default: root-key.pem beside your settings)')
    .option('--keep-old', 'keep the former keys valid too; without it what they signed is worth nothing any more');
  addExamples(command, [
    ['after a suspicion: nothing that the old key signed counts any more', 'plumb fleet rotate-keys'],
    ['as a routine', 'plumb fleet rotate-keys --keep-old'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }) => {
    const [keys, lists] = await Promise.all([import('../keys/root-key.ts'), import('../keys/key-list.ts')]);
    const client = await api();
    if (!client.ok) return client;
    const path = keys.rootKeyPath(flags.key, terminal);
    const root = await keys.readRootKey(path);
    if (!root.ok) return root;
    if (root.value === undefined)
      return usage(`there is no root key at ${path}`, 'Name it with --key; `plumb fleet init` makes one for a new fleet.');
    const known = await client.value.get<FleetKeys>('/keys');
    if (!known.ok) return known;
    const current = await lists.currentKeyList(known.value, root.value.signer.publicKey);
    if (!current.ok) return current;
    if (current.value === undefined) return notAsAsked('this fleet has no key list yet', 'Run `plumb fleet init`.');
    const made = await client.value.send<PublicKey>('POST', '/keys');
    if (!made.ok) return made;
    const kept = flags.keepOld === true ? current.value.keys : [];
    const list = { version: current.value.version + 1, keys: [made.value, ...kept] };
    const published = await lists.publishKeyList(client.value, list, root.value.signer);
    if (!published.ok) return published;
    await writer.result(list, () => {
      const what = kept.length === 0 ? 'alone' : `beside ${kept.map((key) => key.keyid).join(', ')}`;
      return `Key list ${list.version}: ${made.value.keyid} signs from now on, ${what}.\n`;
    });
    return ok(EXIT.ok);
  });
}
