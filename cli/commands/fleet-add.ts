import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import {
  addCredentialOptions,
  type CredentialFlags,
  checkRepositoryUrl,
  readCredentials,
} from '../connection/repository-credentials.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { formatFields } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends CredentialFlags {
  readonly path: string;
  readonly revision: string;
  readonly cluster: string;
}

/** `plumb fleet add <url>`, `plumb source add <url>`: a folder in Git whose Application and Kustomization objects become Apps. */
export function defineFleetAdd(fleet: Command, terminal: Terminal): void {
  const command = addCredentialOptions(
    addConnectionOptions(
      fleet
        .command('add')
        .description('take the Apps that a folder of a Git repository defines')
        .argument('<url>', 'https URL of the repository, without credentials'),
    )
      .option('--path <folder>', 'folder with Argo CD Applications or Flux Kustomizations', '')
      .option('--revision <ref>', 'branch, tag or commit', 'HEAD')
      .requiredOption('--cluster <name>', "cluster of Flux objects, and of Argo CD's https://kubernetes.default.svc"),
  );
  addExamples(command, [
    ['a public repository', `plumb ${fleet.name()} add https://github.com/org/fleet --path clusters/eu-1 --cluster eu-1`],
    [
      'a private one',
      `plumb ${fleet.name()} add https://git.example.org/org/fleet --cluster eu-1 --username bot --password-stdin < token.txt`,
    ],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }, [address = '']) => {
    const url = checkRepositoryUrl(address);
    if (!url.ok) return url;
    const credentials = await readCredentials(flags, terminal);
    if (!credentials.ok) return credentials;
    const client = await api();
    if (!client.ok) return client;
    const { path, revision, cluster } = flags;
    const added = await client.value.call('POST /fleet', {
      body: {
        url: url.value,
        path,
        revision,
        cluster,
        ...(credentials.value === undefined ? {} : { credentials: credentials.value }),
      },
    });
    if (!added.ok) return added;
    const webhook = `${client.value.url}/hooks`;
    await writer.result(
      { ...added.value, webhook },
      () =>
        `${formatFields(
          [
            ['Fleet path', printable(added.value.id)],
            ['Webhook', `${webhook}  (push events as JSON; \`plumb fleet webhook\` shows the secret)`],
          ],
          terminal,
        )}\nWithout a webhook Git is looked at every minute. \`plumb app list\` shows what was found.\n`,
    );
    return ok(EXIT.ok);
  });
}
