import type { Command } from 'commander';
import type { PersonView } from '../../core/api/access.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { confirm } from '../confirm.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import { formatAge } from '../output/age.ts';
import { nearNames } from '../output/near-names.ts';
import { printable } from '../output/printable.ts';
import { formatTable } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb people …`: who signed in, their roles and sessions. */
export function definePeople(program: Command, terminal: Terminal): void {
  const people = program.command('people').description('who has signed in, what they may do, and their sessions');
  defineList(people, terminal);
  defineSet(people, terminal);
  defineSignOut(people, terminal);
  defineRemove(people, terminal);
  defineFirstAdmin(people, terminal);
}

function defineList(people: Command, terminal: Terminal): void {
  const command = addConnectionOptions(people.command('list').description('everybody who has signed in, with roles and groups'));
  addExamples(command, [['for people', 'plumb people list']]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const answer = await client.value.call('GET /people', {});
    if (!answer.ok) return answer;
    await writer.result(answer.value.people, () => formatPeople(answer.value.people, terminal, Date.now()));
    return ok(EXIT.ok);
  });
}

/** People in columns. */
function formatPeople(people: readonly PersonView[], terminal: Terminal, now: number): string | Promise<string> {
  if (people.length === 0) return 'Nobody has signed in yet.\n';
  const rows = people.map(({ name, email, provider, roles, groups, sessions, lastSeenAt }) => [
    name,
    email ?? '-',
    provider,
    roles.join(', ') || '-',
    sessions.length,
    `${formatAge(lastSeenAt, now)} ago`,
    groups.join(', '),
  ]);
  return formatTable(['Name', 'E-mail', 'Provider', 'Roles', 'Sessions', 'Seen', 'Groups'], rows, terminal);
}

function defineSet(people: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    people
      .command('set')
      .description('set the roles of a person, instead of those that they have; the policy may give more by group')
      .argument('<person>', 'name, e-mail address or id'),
  )
    .option('--role <role...>', 'role:admin, role:readonly, or a role of your policy')
    .option('--no-roles', 'take all of them away');
  addExamples(command, [
    ['make an administrator', 'plumb people set ana@example.org --role role:admin'],
    ['take roles away', 'plumb people set ana@example.org --no-roles'],
  ]);
  handle<{ readonly role?: readonly string[]; readonly roles: boolean }>(command, terminal, async (session, [name = '']) => {
    const { flags, writer, api } = session;
    if ((flags.role === undefined) === flags.roles) return usage('give --role, or --no-roles');
    const client = await api();
    if (!client.ok) return client;
    const person = await findPerson(client.value, name);
    if (!person.ok) return person;
    const roles = flags.role ?? [];
    const set = await client.value.call('PUT /people/:id', { params: { id: person.value.id }, body: { roles } });
    if (!set.ok) return set;
    await writer.result({ id: person.value.id, name: person.value.name, roles }, () =>
      printable(`${person.value.name} has ${roles.length === 0 ? 'no role' : roles.join(', ')} now.\n`),
    );
    return ok(EXIT.ok);
  });
}

function defineSignOut(people: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    people
      .command('sign-out')
      .description('end every session of a person at once, and what they have open')
      .argument('<person>', 'name, e-mail address or id'),
  );
  addExamples(command, [['a laptop was lost', 'plumb people sign-out ana@example.org']]);
  handle(command, terminal, async ({ writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const person = await findPerson(client.value, name);
    if (!person.ok) return person;
    for (const { id } of person.value.sessions) {
      const ended = await client.value.call('DELETE /sessions/:id', { params: { id } });
      if (!ended.ok && ended.error.code !== 'api.not_found') return ended;
    }
    const count = person.value.sessions.length;
    await writer.result({ id: person.value.id, name: person.value.name, sessions: count }, () =>
      printable(`${count} sessions of ${person.value.name} are ended.\n`),
    );
    return ok(EXIT.ok);
  });
}

function defineRemove(people: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    people
      .command('remove')
      .description('forget a person: sessions end and roles are gone; who may sign in can come back')
      .argument('<person>', 'name, e-mail address or id'),
  ).option('--yes', 'do not ask');
  addExamples(command, [['asks first', 'plumb people remove ana@example.org']]);
  handle<{ readonly yes?: true }>(command, terminal, async ({ flags, writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const person = await findPerson(client.value, name);
    if (!person.ok) return person;
    const word = person.value.name;
    const sure = await confirm(terminal, { question: `Forget ${word} with their roles?`, word, yes: flags.yes === true });
    if (!sure.ok) return sure;
    const removed = await client.value.call('DELETE /people/:id', { params: { id: person.value.id } });
    if (!removed.ok) return removed;
    await writer.result({ id: person.value.id, name: word, removed: true }, () => printable(`${word} is forgotten.\n`));
    return ok(EXIT.ok);
  });
}

function defineFirstAdmin(people: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    people
      .command('first-admin')
      .description("print a code that makes whoever enters it at /sign-in an administrator, once; needs the operator's token"),
  );
  addExamples(command, [
    ['after the installation, or when no administrator can get in', 'PLUMBLINE_API_TOKEN=… plumb people first-admin'],
  ]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const answer = await client.value.outside('POST', '/auth/first-admin-code', {});
    if (!answer.ok) return answer;
    const made = answer.value.result<{ readonly code: string; readonly expiresAt?: number }>();
    if (!made.ok) return made;
    await writer.result(made.value, () => printable(`${made.value.code}\n`));
    terminal.say(`Enter it at ${client.value.url}/sign-in. It counts once.`);
    return ok(EXIT.ok);
  });
}

async function findPerson(api: ApiClient, name: string): Promise<Result<PersonView, Failure>> {
  const answer = await api.call('GET /people', {});
  if (!answer.ok) return answer;
  const { people } = answer.value;
  const found = people.filter((person) => [person.id, person.name, person.email].includes(name));
  const [only] = found;
  if (found.length > 1)
    return usage(`${found.length} people are called ${name}`, `Give the id: ${found.map(({ id }) => id).join(', ')}.`);
  if (only !== undefined) return ok(only);
  const near = nearNames(
    name,
    people.flatMap((person) => [person.name, ...(person.email === undefined ? [] : [person.email])]),
  );
  const fix = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : '`plumb people list` shows them.';
  return err({ exit: EXIT.refused, code: 'api.not_found', message: `nobody is called ${name}`, fix });
}
