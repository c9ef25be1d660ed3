import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import {
  addCredentialOptions,
  type CredentialFlags,
  checkRepositoryUrl,
  readCredentials,
} from '../connection/repository-credentials.ts';
import { EXIT, usage } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends CredentialFlags {
  readonly remove?: true;
}

/** `plumb source credentials <url>`: sets or removes what the Worker uses to read a repository. It is never shown again. */
export function defineSourceCredentials(source: Command, terminal: Terminal): void {
  const command = addCredentialOptions(
    addConnectionOptions(
      source
        .command('credentials')
        .description('set how the Worker signs in to a Git repository; kept encrypted, never shown')
        .argument('<url>', 'URL of the repository'),
    ),
  ).option('--remove', 'forget the credentials of this repository');
  addExamples(command, [
    [
      'a token as password',
      'plumb source credentials https://github.com/org/web --username x-access-token --password-stdin < token.txt',
    ],
    ['forget them', 'plumb source credentials https://github.com/org/web --remove'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }, [address = '']) => {
    const url = checkRepositoryUrl(address);
    if (!url.ok) return url;
    const credentials = await readCredentials(flags, terminal);
    if (!credentials.ok) return credentials;
    if ((credentials.value === undefined) !== (flags.remove === true))
      return usage('give the credentials (--username and --password-stdin, or --token-stdin), or --remove');
    const client = await api();
    if (!client.ok) return client;
    const body = { url: url.value, ...(credentials.value === undefined ? {} : { credentials: credentials.value }) };
    const set = await client.value.call('PUT /credentials', { body });
    if (!set.ok) return set;
    const done = credentials.value === undefined ? 'removed' : 'set';
    await writer.result({ url: url.value, credentials: done }, () => printable(`Credentials of ${url.value} are ${done}.\n`));
    return ok(EXIT.ok);
  });
}
