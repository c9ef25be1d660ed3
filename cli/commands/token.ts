import type { Command } from 'commander';
import type { TokenCreated, TokenView } from '../../core/api/access.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import { formatAge, formatTime } from '../output/age.ts';
import { nearNames } from '../output/near-names.ts';
import { printable } from '../output/printable.ts';
import { formatFields, formatTable } from '../output/table.ts';
import { parseDuration } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb token …`: API tokens, for pipelines and programs. */
export function defineToken(program: Command, terminal: Terminal): void {
  const token = program.command('token').description('API tokens, for pipelines and programs');
  defineCreate(token, terminal);
  defineList(token, terminal);
  defineRevoke(token, terminal);
}

interface CreateFlags {
  readonly role: readonly string[];
  readonly expires?: number;
  readonly project?: string;
}

function defineCreate(token: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    token
      .command('create')
      .description('make a token; it is shown once, here, and can do no more than you')
      .argument('<name>', 'what it is for'),
  )
    .requiredOption(
      '--role <role...>',
      'what it may do: role:readonly, role:admin, proj:<project>:<role>, or a role of your policy',
    )
    .option('--expires <duration>', 'how long it counts: 12h, 90d (default 30 days)', parseDuration)
    .option('--project <name>', 'only for Apps of this project');
  addExamples(command, [
    ['for a pipeline that waits', 'plumb token create ci --role role:readonly --expires 90d'],
    ['into a file', 'plumb token create ci --role role:readonly -o json | jq -r .token > token.txt'],
  ]);
  handle<CreateFlags>(command, terminal, async ({ flags, writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const { role: roles, expires: expiresIn, project } = flags;
    const body = {
      name,
      roles,
      ...(expiresIn === undefined ? {} : { expiresIn }),
      ...(project === undefined ? {} : { project }),
    };
    const made = await client.value.call('POST /tokens', { body });
    if (!made.ok) return made;
    await writer.result(made.value, () => formatCreated(made.value, terminal));
    return ok(EXIT.ok);
  });
}

function formatCreated({ id, name, token, roles, project, expiresAt }: TokenCreated, terminal: Terminal): string {
  const fields = formatFields(
    [
      ['Token', token],
      ['Id', id],
      ['Name', name],
      ['Roles', roles.join(', ')],
      ['Project', project],
      ['Until', expiresAt === undefined ? 'it is revoked' : formatTime(expiresAt)],
    ],
    terminal,
  );
  return `${fields}\nKeep it now: nobody can show it again.\n`;
}

function defineList(token: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    token.command('list').description('every token: what it may do, until when, when it was used'),
  );
  addExamples(command, [['which are not used?', 'plumb token list']]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const tokens = await client.value.call('GET /tokens', {});
    if (!tokens.ok) return tokens;
    await writer.result(tokens.value.tokens, () => formatTokens(tokens.value.tokens, terminal, Date.now()));
    return ok(EXIT.ok);
  });
}

/** Tokens in columns. */
function formatTokens(tokens: readonly TokenView[], terminal: Terminal, now: number): string | Promise<string> {
  if (tokens.length === 0) return 'No tokens. `plumb token create <name> --role <role>` makes one.\n';
  const rows = tokens.map(({ id, name, roles, project, createdBy, expiresAt, lastUsedAt }) => [
    id,
    name,
    [...roles, ...(project === undefined ? [] : [`in ${project}`])].join(', '),
    createdBy,
    lastUsedAt === undefined ? 'never' : `${formatAge(lastUsedAt, now)} ago`,
    expiresAt === undefined ? '-' : expiresAt < now ? 'over' : `in ${formatAge(now, expiresAt)}`,
  ]);
  return formatTable(['Id', 'Name', 'Roles', 'Made by', 'Used', 'Ends'], rows, terminal);
}

function defineRevoke(token: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    token
      .command('revoke')
      .description('end a token at once, with every stream that it opened')
      .argument('<token>', 'its id or name'),
  );
  addExamples(command, [['one that leaked', 'plumb token revoke ci']]);
  handle(command, terminal, async ({ writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const token = await findToken(client.value, name);
    if (!token.ok) return token;
    const { id } = token.value;
    const revoked = await client.value.call('DELETE /tokens/:id', { params: { id } });
    if (!revoked.ok) return revoked;
    await writer.result({ id, name: token.value.name, revoked: true }, () =>
      printable(`Token ${token.value.name} is revoked.\n`),
    );
    return ok(EXIT.ok);
  });
}

async function findToken(api: ApiClient, name: string): Promise<Result<TokenView, Failure>> {
  const answer = await api.call('GET /tokens', {});
  if (!answer.ok) return answer;
  const { tokens } = answer.value;
  const found = tokens.filter((token) => token.id === name || token.name === name);
  const [only] = found;
  if (found.length > 1)
    return usage(`${found.length} tokens are called ${name}`, `Give its id: ${found.map(({ id }) => id).join(', ')}.`);
  if (only !== undefined) return ok(only);
  const near = nearNames(
    name,
    tokens.map((token) => token.name),
  );
  const fix = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : '`plumb token list` shows them.';
  return err({ exit: EXIT.refused, code: 'api.not_found', message: `there is no token ${name}`, fix });
}
