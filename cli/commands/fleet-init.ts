import type { Command } from 'commander';
import type { FleetKeys } from '../../core/api/views.ts';
import type { PublicKey } from '../../core/protocol/messages.ts';
import { ok } from '../../core/result.ts';
import { EXIT, notAsAsked } from '../failure.ts';
import { formatFields } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb fleet init`: makes the root key on this machine and signs the first list of signing keys. May be repeated. */
export function defineFleetInit(fleet: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    fleet.command('init').description('make the root key on this machine and let it name the key with which the Worker signs'),
  ).option('--key <file>', 'root key (default: root-key.pem beside your settings); made when it is missing, never overwritten');
  addExamples(command, [
    ['once per installation', 'plumb fleet init'],
    ['with the key on a disk that is kept elsewhere', 'plumb fleet init --key /media/safe/plumbline-root.pem'],
  ]);
  handle<{ readonly key?: string }>(command, terminal, async ({ flags, writer, api }) => {
    const [keys, lists] = await Promise.all([import('../keys/root-key.ts'), import('../keys/key-list.ts')]);
    const client = await api();
    if (!client.ok) return client;
    const known = await client.value.get<FleetKeys>('/keys');
    if (!known.ok) return known;
    const path = keys.rootKeyPath(flags.key, terminal);
    const had = await keys.readRootKey(path);
    if (!had.ok) return had;
    if (had.value === undefined && known.value.root !== undefined) {
      return notAsAsked(
        `this fleet has a root key already: ${keys.fingerprint(known.value.root)}; ${path} does not exist`,
        'Name that key with --key. If it is lost, install Plumbline anew.',
      );
    }
    const root = had.value ?? (await keys.createRootKey(path));
    const { publicKey } = root.signer;
    const current = await lists.currentKeyList(known.value, publicKey);
    if (!current.ok) return current;
    let version = current.value?.version;
    if (version === undefined) {
      // A key that an interrupted attempt has made is as good as a new one.
      const waiting = known.value.online.at(-1);
      const online = waiting === undefined ? await client.value.send<PublicKey>('POST', '/keys') : ok(waiting);
      if (!online.ok) return online;
      const published = await lists.publishKeyList(client.value, { version: 1, keys: [online.value] }, root.signer);
      if (!published.ok) return published;
      version = published.value.version;
    }
    const result = { root: publicKey, fingerprint: keys.fingerprint(publicKey), version, keyFile: path };
    await writer.result(
      result,
      () =>
        `${formatFields(
          [
            ['Root key', `${path}${had.value === undefined ? ' (new)' : ''}`],
            ['Fingerprint', result.fingerprint],
            ['Key list', `version ${version}${current.value === undefined ? '' : ' (was there already)'}`],
          ],
          terminal,
        )}\nKeep a copy of the root key in a safe place: agents trust nothing else, and nobody can make it again.\n`,
    );
    return ok(EXIT.ok);
  });
}
