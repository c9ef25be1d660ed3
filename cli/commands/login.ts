import type { Command } from 'commander';
import type { Me } from '../../core/api/access.ts';
import { ok, type Result } from '../../core/result.ts';
import { type ApiClient, createApiClient } from '../connection/api-client.ts';
import { awaitDeviceToken, startDeviceFlow } from '../connection/device-flow.ts';
import { type ConnectionFlags, resolveSettings, type Settings } from '../connection/settings.ts';
import { folderSettingsPath, readSettingsFile, userSettingsPath } from '../connection/settings-file.ts';
import { writeSettingsFile } from '../connection/write-settings.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import { formatAge, formatTime } from '../output/age.ts';
import { printable, printableLine } from '../output/printable.ts';
import { formatFields } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends ConnectionFlags {
  readonly tokenStdin?: true;
  readonly browser: boolean;
}

/** `plumb login [url]`: signs in with the browser or a token, and keeps it in the person's own settings file. */
export function defineLogin(program: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    program
      .command('login')
      .description('sign in with the browser, or with a token, and keep that for later commands')
      .argument('[url]', 'URL of the Worker'),
  )
    .option('--token-stdin', 'read an API token from standard input instead of signing in with the browser')
    .option('--no-browser', 'do not open the browser: print the address');
  addExamples(command, [
    ['with the browser', 'plumb login https://plumbline.example.org'],
    ['from another machine: prints the address and the code', 'plumb login https://plumbline.example.org --no-browser'],
    ['with a token', 'plumb login https://plumbline.example.org --token-stdin < token.txt'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer }, [address]) => {
    if (flags.tokenStdin === true && terminal.canAsk)
      return usage('standard input is a terminal, which would show the token', 'Pipe it in: `plumb login --token-stdin < file`.');
    const settings = await resolveSettings({ ...flags, ...(address === undefined ? {} : { url: address }) }, terminal);
    if (!settings.ok) return settings;
    const token = await obtainToken(flags, settings.value, terminal);
    if (!token.ok) return token;
    const signedIn = { ...settings.value, token: token.value };
    const api = await createApiClient(signedIn);
    if (!api.ok) return api;
    const me = await api.value.call('GET /me', {});
    if (!me.ok) return me;
    const path = userSettingsPath(terminal);
    await writeSettingsFile(path, toKept(signedIn));
    const folder = await readSettingsFile(folderSettingsPath(terminal));
    if (folder.ok && folder.value?.url !== undefined)
      terminal.say('note: in this folder .plumbline/cli.json counts first; elsewhere the sign-in does.');
    await writer.result({ url: signedIn.url, name: me.value.name, kind: me.value.kind, file: path }, () =>
      printable(`Signed in to ${signedIn.url} as ${me.value.name}; kept in ${path}.\n`),
    );
    return ok(EXIT.ok);
  });
}

function toKept({ url, token, caFile }: Settings & { readonly token: string }) {
  return { url, token, ...(caFile === undefined ? {} : { caFile }) };
}

async function obtainToken(flags: Flags, settings: Settings, terminal: Terminal): Promise<Result<string, Failure>> {
  if (flags.tokenStdin === true) {
    const token = (await terminal.readInput()).trim();
    return token === '' ? usage('standard input is empty: there is no token to read') : ok(token);
  }
  const isGiven = flags.token !== undefined || flags.tokenFile !== undefined;
  if (isGiven && settings.token !== undefined) return ok(settings.token);
  const api = await createApiClient({ ...settings, token: undefined });
  return api.ok ? signInWithBrowser(api.value, flags, terminal) : api;
}

async function signInWithBrowser(api: ApiClient, { browser }: Flags, terminal: Terminal): Promise<Result<string, Failure>> {
  const code = await startDeviceFlow(api);
  if (!code.ok) return code;
  const { userCode, verificationUrl, expiresIn } = code.value;
  terminal.say(`Open ${verificationUrl}\nand enter the code ${userCode}  (it counts for ${formatAge(0, expiresIn * 1000)})`);
  if (browser && terminal.canAsk) await openBrowser(verificationUrl);
  const token = await awaitDeviceToken(api, code.value);
  return token.ok ? ok(token.value.token) : token;
}

async function openBrowser(address: string): Promise<void> {
  const { default: open } = await import('open');
  // Without a browser the person has read the address.
  await open(address).catch(() => undefined);
}

/** `plumb logout`: ends the session and forgets the token. */
export function defineLogout(program: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    program.command('logout').description('end the session and forget the token that `plumb login` kept'),
  );
  addExamples(command, [['as before', 'plumb logout']]);
  handle(command, terminal, async ({ writer }) => {
    const path = userSettingsPath(terminal);
    const kept = await readSettingsFile(path);
    if (!kept.ok) return kept;
    const { url, token, caFile } = kept.value ?? {};
    if (url === undefined || token === undefined) return usage('nobody is signed in here', '`plumb login` signs in.');
    const api = await createApiClient({ url, token, caFile });
    const ended = api.ok ? await api.value.outside('POST', '/auth/logout', {}) : api;
    await writeSettingsFile(path, { url, ...(caFile === undefined ? {} : { caFile }) });
    if (!ended.ok) terminal.say(`note: ${ended.error.message}; the session ends by itself, or with \`plumb token revoke\``);
    await writer.result({ url, signedOut: true }, () => printable(`Signed out of ${url}.\n`));
    return ok(EXIT.ok);
  });
}

/** `plumb whoami`: as whom the Worker sees the caller, and what they may do. */
export function defineWhoami(program: Command, terminal: Terminal): void {
  const command = addConnectionOptions(program.command('whoami').description('who you are here, and what you may do'));
  addExamples(command, [
    ['for people', 'plumb whoami'],
    ['may I sync everything?', `plumb whoami -o json | jq '.can["applications, sync"]'`],
  ]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const me = await client.value.call('GET /me', {});
    if (!me.ok) return me;
    await writer.result(me.value, () => formatMe(me.value, client.value.url, terminal));
    return ok(EXIT.ok);
  });
}

function formatMe(me: Me, url: string, terminal: Terminal): string {
  const may = Object.entries(me.can).flatMap(([permission, is]) => (is ? [permission] : []));
  return formatFields(
    [
      ['Name', me.name],
      ['Kind', me.kind],
      ['E-mail', me.email],
      ['Groups', me.groups.join(', ')],
      ['Roles', me.roles.join(', ')],
      ['Worker', url],
      ['Until', me.expiresAt === undefined ? undefined : formatTime(me.expiresAt)],
      ['May', printableLine(may.join('; '))],
    ],
    terminal,
  );
}
