import { type Command, InvalidArgumentError, Option } from 'commander';
import { type NotifyServiceInput, type NotifyView, SERVICE_KINDS, type ServiceKind } from '../../core/api/notify.ts';
import type { Json } from '../../core/objects/object.ts';
import { ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, notAsAsked, usage } from '../failure.ts';
import { formatAge } from '../output/age.ts';
import { printable, printableLine } from '../output/printable.ts';
import { formatTable } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb notify …`: where people are told, who subscribed, what was delivered. */
export function defineNotify(program: Command, terminal: Terminal): void {
  const notify = program.command('notify').description('notifications: services, subscriptions, deliveries, and a test');
  defineList(notify, terminal);
  defineTest(notify, terminal);
  defineSet(notify, terminal);
  defineRemove(notify, terminal);
}

function defineList(notify: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    notify.command('list').description('services, subscriptions, the newest deliveries, and what is wrong with them'),
  );
  addExamples(command, [
    ['why was nobody told?', 'plumb notify list'],
    ['what failed', `plumb notify list -o json | jq '.deliveries[] | select(.state == "failed")'`],
  ]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const view = await client.value.call('GET /notify', {});
    if (!view.ok) return view;
    const data = writer.format === 'name' ? view.value.services : view.value;
    await writer.result(data, () => formatNotify(view.value, terminal, Date.now()));
    return ok(EXIT.ok);
  });
}

const SHOWN_DELIVERIES = 20;

/** Services, subscriptions and deliveries in tables, problems below. */
export async function formatNotify(
  { services, subscriptions, deliveries, problems }: NotifyView,
  terminal: Terminal,
  now: number,
): Promise<string> {
  if (services.length === 0 && problems.length === 0)
    return 'No services. `plumb notify set <name> --kind slack --secret token < token.txt` adds one.\n';
  const parts = [
    await formatTable(
      ['Service', 'Kind', 'Secret', 'From', 'Problem'],
      services.map(({ name, kind, hasSecret, origin, problem = '' }) => [
        name,
        kind,
        hasSecret ? 'yes' : 'no',
        origin,
        bad(problem),
      ]),
      terminal,
    ),
  ];
  if (subscriptions.length > 0) {
    const rows = subscriptions.map(({ service, recipient, cluster, project, app, kinds, origin, problem = '' }) => [
      service,
      recipient === '' ? '-' : recipient,
      [cluster, project, app].filter((part) => part !== undefined && part !== '').join('/') || 'everything',
      origin,
      problem === '' ? kinds.join(', ') : bad(problem),
    ]);
    parts.push(await formatTable(['To', 'Recipient', 'About', 'From', 'When'], rows, terminal));
  }
  if (deliveries.length > 0) {
    const rows = deliveries
      .slice(0, SHOWN_DELIVERIES)
      .map(({ time, kind, cluster, app, service, recipient, state, nextAt, problem = '' }) => [
        `${formatAge(time, now)} ago`,
        kind,
        app === '' ? cluster : `${cluster}/${app}`,
        `${service}${recipient === '' ? '' : `:${recipient}`}`,
        nextAt === undefined || nextAt < now ? state : `${state}, again in ${formatAge(now, nextAt)}`,
        bad(problem),
      ]);
    parts.push(await formatTable(['When', 'What', 'About', 'To', 'State', 'Problem'], rows, terminal));
  }
  if (problems.length > 0)
    parts.push(problems.map(({ where, message }) => `  ${printableLine(`${where}: ${message}`)}\n`).join(''));
  return parts.join('\n');
}

function bad(problem: string): string | { readonly text: string; readonly colour: 'red' } {
  return problem === '' ? '' : { text: problem, colour: 'red' };
}

function defineTest(notify: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    notify
      .command('test')
      .description('send a test message now, and say what the service answered; ends with 1 when it did not take it')
      .argument('<service>', 'its name')
      .argument('[recipient]', 'channel, address or whatever the service sends to', ''),
  );
  addExamples(command, [
    ['a channel of Slack', 'plumb notify test slack "#deploys"'],
    ['a webhook', 'plumb notify test hook'],
  ]);
  handle(command, terminal, async ({ writer, api }, [service = '', recipient = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const answer = await client.value.call('POST /notify/test', { body: { service, recipient } });
    if (!answer.ok) return answer;
    const { ok: isSent, problem } = answer.value;
    await writer.result(answer.value, () => (isSent ? printable(`${service} took the test message.\n`) : ''));
    if (isSent) return ok(EXIT.ok);
    return writer.format === 'table'
      ? notAsAsked(`${service} did not take it: ${problem ?? 'it did not say why'}`)
      : ok(EXIT.notAsAsked);
  });
}

interface SetFlags {
  readonly kind: ServiceKind;
  readonly setting: readonly (readonly [string, Json])[];
  readonly secret?: string;
  readonly secretsStdin?: true;
}

function defineSet(notify: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    notify
      .command('set')
      .description('add a service, or change it; its secret is kept encrypted and never shown')
      .argument('<service>', 'its name, as subscriptions call it'),
  )
    .addOption(new Option('--kind <kind>', 'what it is').choices([...SERVICE_KINDS]).makeOptionMandatory())
    .option('--setting <name=value>', 'a setting; name:=value for numbers and other JSON; may be repeated', parseSetting, [])
    .option('--secret <name>', 'read this secret from standard input: token, password, key, …')
    .option('--secrets-stdin', 'read several secrets from standard input, as a JSON object');
  addExamples(command, [
    ['Slack', 'plumb notify set slack --kind slack --secret token < token.txt'],
    [
      'e-mail',
      'plumb notify set mail --kind smtp --setting host=smtp.example.org --setting port:=587 --secret password < password.txt',
    ],
  ]);
  handle<SetFlags>(command, terminal, async ({ flags, writer, api }, [name = '']) => {
    const secret = await readSecrets(flags, terminal);
    if (!secret.ok) return secret;
    const client = await api();
    if (!client.ok) return client;
    const body: NotifyServiceInput = {
      kind: flags.kind,
      settings: Object.fromEntries(flags.setting),
      ...(secret.value === undefined ? {} : { secret: secret.value }),
    };
    const set = await client.value.call('PUT /notify/services/:name', { params: { name }, body });
    if (!set.ok) return set;
    await writer.result({ name, kind: flags.kind }, () => printable(`${name} is set. \`plumb notify test ${name}\` tries it.\n`));
    return ok(EXIT.ok);
  });
}

function parseSetting(text: string, all: readonly (readonly [string, Json])[]): readonly (readonly [string, Json])[] {
  const match = /^([^:=]+)(:?)=([\s\S]*)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It is written name=value, or name:=json.');
  const [, name = '', isJson = '', value = ''] = match;
  if (isJson === '') return [...all, [name, value]];
  try {
    return [...all, [name, JSON.parse(value) as Json]]; // JSON.parse gives nothing else
  } catch {
    throw new InvalidArgumentError(`The value of ${name} is not JSON.`);
  }
}

async function readSecrets(
  { secret, secretsStdin }: SetFlags,
  terminal: Terminal,
): Promise<Result<{ readonly [name: string]: string } | undefined, Failure>> {
  if (secret === undefined && secretsStdin === undefined) return ok(undefined);
  if (secret !== undefined && secretsStdin === true) return usage('give --secret or --secrets-stdin');
  if (terminal.canAsk)
    return usage('standard input is a terminal, which would show the secret', 'Pipe it in: `… --secret token < file`.');
  const text = await terminal.readInput();
  if (text === '') return usage('standard input is empty: there is no secret to read');
  if (secret !== undefined) return ok({ [secret]: text });
  const parsed = parseObject(text);
  return parsed === undefined ? usage('standard input is no JSON object of texts', 'Write {"name": "value", …}.') : ok(parsed);
}

function parseObject(text: string): { readonly [name: string]: string } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const isText = Object.values(value).every((one) => typeof one === 'string');
    return isText ? (value as { [name: string]: string }) : undefined; // checked just now
  } catch {
    return undefined;
  }
}

function defineRemove(notify: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    notify
      .command('remove')
      .description('forget a service and its secret; subscriptions to it say so')
      .argument('<service>', 'its name'),
  );
  addExamples(command, [['as before', 'plumb notify remove slack']]);
  handle(command, terminal, async ({ writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const removed = await client.value.call('DELETE /notify/services/:name', { params: { name } });
    if (!removed.ok) return removed;
    await writer.result({ name, removed: true }, () => printable(`${name} is forgotten.\n`));
    return ok(EXIT.ok);
  });
}
