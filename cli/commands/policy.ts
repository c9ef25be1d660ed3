import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { compilePolicy } from '../../core/access/policy.ts';
import type { PolicyView } from '../../core/api/access.ts';
import { ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import { printable, printableLine } from '../output/printable.ts';
import { addConnectionOptions, addExamples, addOutputOption, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb policy …`: who may do what, as Argo CD's policy.csv. */
export function definePolicy(program: Command, terminal: Terminal): void {
  const policy = program.command('policy').description("who may do what: Argo CD's policy.csv");
  defineGet(policy, terminal);
  defineSet(policy, terminal);
  defineCheck(policy, terminal);
}

function defineGet(policy: Command, terminal: Terminal): void {
  const command = addConnectionOptions(policy.command('get').description('print the policy that is in force'));
  addExamples(command, [
    ['into a file', 'plumb policy get > policy.csv'],
    ['with the roles of projects', 'plumb policy get -o yaml'],
  ]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const found = await client.value.call('GET /policy', {});
    if (!found.ok) return found;
    const { csv, defaultRole } = found.value;
    await writer.result(found.value, () => printable(csv === '' || csv.endsWith('\n') ? csv : `${csv}\n`));
    if (writer.format === 'table') terminal.say(`default role: ${defaultRole === '' ? 'none' : defaultRole}`);
    sayProblems(found.value.problems, terminal);
    return ok(EXIT.ok);
  });
}

interface SetFlags {
  readonly defaultRole?: string;
}

function defineSet(policy: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    policy
      .command('set')
      .description('put a policy in force; lines that mean nothing grant nothing, and are named; ends with 1 when there are some')
      .argument('<file>', 'policy.csv, or - for standard input'),
  ).option('--default-role <role>', "what everybody may do who is signed in; '' for nothing (default: as it is)");
  addExamples(command, [
    ['check it, then put it in force', 'plumb policy check policy.csv && plumb policy set policy.csv'],
    ['let everybody look', 'plumb policy set policy.csv --default-role role:readonly'],
  ]);
  handle<SetFlags>(command, terminal, async ({ flags, writer, api }, [file = '']) => {
    const csv = await readPolicy(file, terminal);
    if (!csv.ok) return csv;
    const client = await api();
    if (!client.ok) return client;
    let { defaultRole } = flags;
    if (defaultRole === undefined) {
      const now = await client.value.call('GET /policy', {});
      if (!now.ok) return now;
      defaultRole = now.value.defaultRole;
    }
    const set = await client.value.call('PUT /policy', { body: { csv: csv.value, defaultRole } });
    if (!set.ok) return set;
    await writer.result(set.value, () => 'The policy is in force.\n');
    sayProblems(set.value.problems, terminal);
    return ok(set.value.problems.length === 0 ? EXIT.ok : EXIT.notAsAsked);
  });
}

function defineCheck(policy: Command, terminal: Terminal): void {
  const command = addOutputOption(
    policy
      .command('check')
      .description(
        'read a policy offline: name lines that mean nothing, or say whether somebody may do something; ends with 1 if not',
      )
      .argument('<file>', 'policy.csv, or - for standard input')
      .argument('[subject]', 'role, group, user or e-mail address')
      .argument('[action]', 'get, sync, update, delete, …')
      .argument('[resource]', 'applications, clusters, logs, …')
      .argument('[object]', 'project/app, or a name'),
  ).option('--default-role <role>', 'what everybody may do who is signed in', '');
  addExamples(command, [
    ['is every line understood?', 'plumb policy check policy.csv'],
    ['may the group deploy?', 'plumb policy check policy.csv org:deployers sync applications default/web'],
  ]);
  handle<{ readonly defaultRole: string }>(command, terminal, async ({ flags, writer }, args) => {
    const [file = '', subject, action, resource, object] = args;
    if (args.length > 1 && object === undefined) return usage('give subject, action, resource and object, or none of them');
    const csv = await readPolicy(file, terminal);
    if (!csv.ok) return csv;
    const compiled = compilePolicy({ csv: csv.value, defaultRole: flags.defaultRole, projectRoles: [] });
    const { problems } = compiled;
    if (subject === undefined || action === undefined || resource === undefined || object === undefined) {
      await writer.result({ problems }, () => (problems.length === 0 ? 'Every line is understood.\n' : ''));
      sayProblems(problems, terminal);
      return ok(problems.length === 0 ? EXIT.ok : EXIT.notAsAsked);
    }
    const isRole = /^(role|proj):/.test(subject);
    const subjects = {
      names: isRole ? [] : [subject],
      groups: isRole ? [] : [subject],
      roles: isRole ? [subject] : [],
      isPerson: true,
    };
    const allowed = compiled.for(subjects)(resource, action, object);
    await writer.result({ allowed, problems }, () => (allowed ? 'Yes.\n' : 'No.\n'));
    sayProblems(problems, terminal);
    return ok(allowed ? EXIT.ok : EXIT.notAsAsked);
  });
}

function sayProblems(problems: PolicyView['problems'], terminal: Terminal): void {
  for (const { line, message } of problems) terminal.say(printableLine(`line ${line}: ${message}`));
}

async function readPolicy(file: string, terminal: Terminal): Promise<Result<string, Failure>> {
  if (file === '-') return ok(await terminal.readInput());
  const text = await readFile(resolve(terminal.cwd, file), 'utf8').catch(() => undefined);
  return text === undefined ? usage(`${file} cannot be read`) : ok(text);
}
