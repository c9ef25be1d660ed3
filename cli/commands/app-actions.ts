import { type Command, InvalidArgumentError } from 'commander';
import type { ResourceAction } from '../../core/api/tree.ts';
import { describeKey, type JsonObject, type ObjectKey } from '../../core/objects/object.ts';
import { ok, type Result } from '../../core/result.ts';
import { defineAppCommand, handleApp, type OneApp } from '../apps/app-command.ts';
import { findReceipt, formatReceipt } from '../apps/find-receipt.ts';
import { pickNode } from '../apps/pick-node.ts';
import { treeKeys } from '../apps/tree-keys.ts';
import { EXIT, type Failure, notAsAsked, usage } from '../failure.ts';
import { nearNames } from '../output/near-names.ts';
import { printable } from '../output/printable.ts';
import { formatTable } from '../output/table.ts';
import { parseSeconds } from '../parse-number.ts';
import { addReasonOption, type Outcome, type Session, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { waitForApps } from '../wait/wait-for-apps.ts';

interface Flags {
  readonly param: readonly (readonly [string, string])[];
  readonly async?: true;
  readonly timeout: number;
  readonly reason?: string;
}

/** `plumb app actions <app> <object>`: what can be done to an object. */
export function defineAppActions(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'actions',
    description: 'what can be done to an object: restart, scale, pause, …',
    args: [['<object>', 'Deployment/web, or web where only one is called so']],
    examples: [['of a Deployment', 'plumb app actions web Deployment/web']],
  });
  handleApp(command, terminal, async ({ writer }, one, [name = '']) => {
    const known = await listActions(one, name);
    if (!known.ok) return known;
    const { actions } = known.value;
    await writer.result(actions, () => {
      if (actions.length === 0) return 'There is nothing to do to it.\n';
      const rows = actions.map(({ name: word, title, disabled, parameters = [] }) => [
        word,
        parameters.map((one) => `${one.name}=<${one.type}>`).join(' '),
        disabled === undefined ? title : `not now: ${disabled}`,
      ]);
      return formatTable(['Action', 'Parameters', 'What it does'], rows, terminal);
    });
    return ok(EXIT.ok);
  });
}

/** `plumb app action <app> <action> <object>`: does it, and waits for the agent's answer. */
export function defineAppAction(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'action',
    description: 'do something to an object, and wait until the agent has done it; recorded in the ledger with your name',
    args: [
      ['<action>', 'as `plumb app actions` names them'],
      ['<object>', 'Deployment/web, or web where only one is called so'],
    ],
    examples: [
      ['restart a Deployment', 'plumb app action web restart Deployment/web -m "stuck connections"'],
      ['scale it', 'plumb app action web scale Deployment/web --param replicas=5'],
    ],
  })
    .option('--param <name=value>', 'a parameter of the action; may be repeated', parseParam, [])
    .option('--async', 'do not wait for the answer of the agent')
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 60);
  addReasonOption(command);
  handleApp<Flags>(command, terminal, async (session, one, [word = '', name = '']) => {
    const { flags, writer } = session;
    const known = await listActions(one, name);
    if (!known.ok) return known;
    const { key, actions } = known.value;
    const action = pickAction(actions, word, key);
    if (!action.ok) return action;
    const parameters = toParameters(flags.param, action.value);
    if (!parameters.ok) return parameters;
    const body = { key, action: word, ...(flags.param.length === 0 ? {} : { parameters: parameters.value }), ...toWhy(flags) };
    const asked = await one.api.call('POST /apps/:cluster/:app/actions', { params: one.params, body });
    if (!asked.ok) return asked;
    if (flags.async !== true) return waitForAnswer(session, one, asked.value.id);
    await writer.result({ ...one.params, request: asked.value.id }, () =>
      printable(`${word} of ${describeKey(key)} is asked for.\n`),
    );
    return ok(EXIT.ok);
  });
}

async function listActions(
  one: OneApp,
  name: string,
): Promise<Result<{ readonly key: ObjectKey; readonly actions: readonly ResourceAction[] }, Failure>> {
  const keys = await treeKeys(one);
  if (!keys.ok) return keys;
  const key = pickNode(keys.value, name);
  if (!key.ok) return key;
  const answer = await one.api.call('GET /apps/:cluster/:app/actions', { params: one.params, query: { key: key.value } });
  return answer.ok ? ok({ key: key.value, actions: answer.value.actions }) : answer;
}

function pickAction(actions: readonly ResourceAction[], word: string, key: ObjectKey): Result<ResourceAction, Failure> {
  const found = actions.find(({ name }) => name === word);
  if (found === undefined) {
    const names = actions.map(({ name }) => name);
    const near = nearNames(word, names);
    const which =
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : names.length > 0 ? `It has ${names.join(', ')}.` : undefined;
    return usage(`${describeKey(key)} has no action ${word}`, which);
  }
  return found.disabled === undefined
    ? ok(found)
    : notAsAsked(`${word} of ${describeKey(key)} is not possible: ${found.disabled}`);
}

function parseParam(text: string, all: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is written name=value.');
  return [...all, [text.slice(0, at), text.slice(at + 1)]];
}

function toParameters(given: Flags['param'], { name: action, parameters = [] }: ResourceAction): Result<JsonObject, Failure> {
  const made: Record<string, string | number> = {};
  for (const [name, value] of given) {
    const known = parameters.find((one) => one.name === name);
    if (known === undefined) {
      const names = parameters.map((one) => one.name).join(', ');
      return usage(`${action} has no parameter ${name}`, names === '' ? 'It takes none.' : `It takes ${names}.`);
    }
    if (known.type === 'integer' && !/^\d{1,9}$/.test(value)) return usage(`${name} is a whole number`);
    made[name] = known.type === 'integer' ? Number(value) : value;
  }
  return ok(made);
}

async function waitForAnswer({ flags, writer, terminal, progress }: Session<Flags>, one: OneApp, id: string): Promise<Outcome> {
  const { api, params, name } = one;
  const waited = await waitForApps({
    look: async () => {
      const view = await api.call('GET /apps/:cluster/:app', { params });
      return view.ok ? ok([view.value]) : view;
    },
    judge: (view) => ({
      kind: view.requests.some((request) => request.id === id) ? 'waiting' : 'done',
      why: ['waits for the agent'],
    }),
    timeoutMs: flags.timeout * 1000,
    patienceMs: Number.POSITIVE_INFINITY,
    progress,
  });
  if (!waited.ok) return waited;
  progress.end();
  if (waited.value.exit !== EXIT.ok) {
    terminal.say(`error: the agent has not answered within ${flags.timeout} s`);
    return ok(EXIT.timeout);
  }
  const answer = await findReceipt(one, id);
  if (!answer.ok) return answer;
  const { receipt, message } = answer.value;
  await writer.result({ ...params, request: id, ...(receipt === undefined ? {} : { receipt }), message }, () =>
    receipt === undefined ? printable(`${message}\n`) : formatReceipt(receipt, { name, terminal }),
  );
  return ok(receipt?.results.some(({ action }) => action === 'failed') === true ? EXIT.bad : EXIT.ok);
}
