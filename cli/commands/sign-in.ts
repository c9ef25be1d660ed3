import { type Command, Option } from 'commander';
import type { SignInProvider } from '../../core/api/access.ts';
import { err, ok } from '../../core/result.ts';
import { EXIT, usage } from '../failure.ts';
import { nearNames } from '../output/near-names.ts';
import { printable } from '../output/printable.ts';
import { formatTable } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb sign-in …`: by which providers people can sign in. */
export function defineSignIn(program: Command, terminal: Terminal): void {
  const signIn = program.command('sign-in').description('by which providers people sign in: OIDC, GitHub, Cloudflare Access');
  defineList(signIn, terminal);
  defineSet(signIn, terminal);
  defineRemove(signIn, terminal);
}

function defineList(signIn: Command, terminal: Terminal): void {
  const command = addConnectionOptions(signIn.command('list').description('the providers; secrets are never shown'));
  addExamples(command, [['for people', 'plumb sign-in list']]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const answer = await client.value.call('GET /sign-in', {});
    if (!answer.ok) return answer;
    await writer.result(answer.value.providers, () => formatProviders(answer.value.providers, terminal));
    return ok(EXIT.ok);
  });
}

function formatProviders(providers: readonly SignInProvider[], terminal: Terminal): string | Promise<string> {
  if (providers.length === 0) return 'No providers. `plumb sign-in set <id> --kind oidc …` adds one.\n';
  const rows = providers.map(({ id, kind, title, issuer, teamDomain, clientId, hasSecret }) => [
    id,
    kind,
    title,
    hasSecret === true ? 'yes' : 'no',
    clientId ?? '-',
    issuer ?? teamDomain ?? '-',
  ]);
  return formatTable(['Id', 'Kind', 'Title', 'Secret', 'Client', 'Where'], rows, terminal);
}

interface SetFlags {
  readonly kind: SignInProvider['kind'];
  readonly title?: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly secretStdin?: true;
  readonly scope?: readonly string[];
  readonly groupsClaim?: string;
  readonly teamDomain?: string;
  readonly audience?: string;
}

function defineSet(signIn: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    signIn
      .command('set')
      .description('add a provider, or change it; without --secret-stdin the secret stays as it is')
      .argument('<id>', 'short name, part of its address here'),
  )
    .addOption(new Option('--kind <kind>', 'what it is').choices(['oidc', 'github', 'cloudflare-access']).makeOptionMandatory())
    .option('--title <text>', 'what people read on the button (default: its id)')
    .option('--issuer <url>', 'of OIDC: the issuer')
    .option('--client-id <id>', 'of OIDC and GitHub')
    .option('--secret-stdin', 'read the client secret from standard input')
    .option('--scope <scope...>', 'of OIDC: scopes to ask for')
    .option('--groups-claim <name>', 'of OIDC: the claim that holds the groups')
    .option('--team-domain <domain>', 'of Cloudflare Access')
    .option('--audience <tag>', 'of Cloudflare Access: the audience tag of the application');
  addExamples(command, [
    [
      'OIDC',
      'plumb sign-in set corp --kind oidc --issuer https://id.example.org --client-id plumbline --secret-stdin < secret.txt',
    ],
    ['GitHub', 'plumb sign-in set github --kind github --client-id Iv1.0123 --secret-stdin < secret.txt'],
  ]);
  handle<SetFlags>(command, terminal, async ({ flags, writer, api }, [id = '']) => {
    if (flags.secretStdin === true && terminal.canAsk)
      return usage('standard input is a terminal, which would show the secret', 'Pipe it in: `… --secret-stdin < file`.');
    const clientSecret = flags.secretStdin === true ? await terminal.readInput() : undefined;
    if (clientSecret === '') return usage('standard input is empty: there is no secret to read');
    const client = await api();
    if (!client.ok) return client;
    const known = await client.value.call('GET /sign-in', {});
    if (!known.ok) return known;
    const { kind, title = id, issuer, clientId, scope: scopes, groupsClaim, teamDomain, audience } = flags;
    const given = { issuer, clientId, clientSecret, scopes, groupsClaim, teamDomain, audience };
    const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const provider: SignInProvider = { id, kind, title, ...settings };
    const had = known.value.providers;
    const providers = had.some((one) => one.id === id) ? had.map((one) => (one.id === id ? provider : one)) : [...had, provider];
    const set = await client.value.call('PUT /sign-in', { body: { providers } });
    if (!set.ok) return set;
    await writer.result({ id, kind, title }, () => printable(`People can sign in with ${title} now.\n`));
    return ok(EXIT.ok);
  });
}

function defineRemove(signIn: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    signIn
      .command('remove')
      .description('take a provider away; sessions that it began go on until they end')
      .argument('<id>', 'its id'),
  );
  addExamples(command, [['as before', 'plumb sign-in remove corp']]);
  handle(command, terminal, async ({ writer, api }, [id = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const known = await client.value.call('GET /sign-in', {});
    if (!known.ok) return known;
    const had = known.value.providers;
    const providers = had.filter((one) => one.id !== id);
    if (providers.length === had.length) {
      const near = nearNames(
        id,
        had.map((one) => one.id),
      );
      const fix = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : '`plumb sign-in list` shows them.';
      return err({ exit: EXIT.refused, code: 'api.not_found', message: `there is no provider ${id}`, fix });
    }
    const set = await client.value.call('PUT /sign-in', { body: { providers } });
    if (!set.ok) return set;
    await writer.result({ id, removed: true }, () => printable(`Nobody can sign in with ${id} any more.\n`));
    return ok(EXIT.ok);
  });
}
