import { type Command, Option } from 'commander';
import type { CredentialsInput, GitHostKind } from '../../core/api/routes.ts';
import { ok, type Result } from '../../core/result.ts';
import { type Failure, usage } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** Credentials of a Git repository as the API takes them; held encrypted there and never given back. */
export type RepositoryCredentials = CredentialsInput;

export interface CredentialFlags {
  readonly username?: string;
  readonly passwordStdin?: true;
  readonly tokenStdin?: true;
  readonly host?: GitHostKind;
  readonly hostApi?: string;
}

const HOST_KINDS: readonly GitHostKind[] = ['github', 'gitlab', 'gitea'];

/** Secrets come through standard input: arguments can be seen by others and stay in the shell's history. */
export function addCredentialOptions(command: Command): Command {
  return command
    .option('--username <name>', 'user name for the Git host')
    .option('--password-stdin', 'read the password, or a token used as one, from standard input')
    .option('--token-stdin', 'read a bearer token from standard input')
    .addOption(new Option('--host <kind>', 'what kind of host it is, for pull and merge requests').choices(HOST_KINDS))
    .option('--host-api <url>', 'URL of its API, where that of the repository does not tell');
}

/** Reads what the options announce; undefined when they announce nothing. */
export async function readCredentials(
  flags: CredentialFlags,
  terminal: Terminal,
): Promise<Result<RepositoryCredentials | undefined, Failure>> {
  const { username, passwordStdin, tokenStdin } = flags;
  if (username === undefined && passwordStdin === undefined && tokenStdin === undefined) return ok(undefined);
  if (tokenStdin === true && (username !== undefined || passwordStdin === true))
    return usage('give --token-stdin, or --username with --password-stdin');
  if (tokenStdin !== true && (username === undefined || passwordStdin !== true))
    return usage('--username and --password-stdin belong together');
  if (terminal.canAsk)
    return usage('standard input is a terminal, which would show the secret', 'Pipe it in: `plumb … --password-stdin < file`.');
  const secret = await terminal.readInput();
  if (secret === '') return usage('standard input is empty: there is no secret to read');
  if (flags.hostApi !== undefined && flags.host === undefined) return usage('--host-api belongs to --host');
  const host =
    flags.host === undefined
      ? {}
      : { host: { kind: flags.host, ...(flags.hostApi === undefined ? {} : { api: flags.hostApi }) } };
  return ok(
    username === undefined ? { kind: 'bearer', token: secret, ...host } : { kind: 'basic', username, password: secret, ...host },
  );
}

/** Refuses URLs with credentials in them before they travel or are shown. */
export function checkRepositoryUrl(text: string): Result<string, Failure> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return usage('the URL of the repository is not an http(s) URL');
  if (url.username !== '' || url.password !== '')
    return usage('the URL of the repository holds credentials', 'Give them with --username and --password-stdin.');
  return ok(text);
}
