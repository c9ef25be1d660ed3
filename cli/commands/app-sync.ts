import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp, type OneApp } from '../apps/app-command.ts';
import { findReceipt, formatReceipt } from '../apps/find-receipt.ts';
import { pickObjects } from '../apps/pick-objects.ts';
import { EXIT, notAsAsked } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { parseSeconds } from '../parse-number.ts';
import { addReasonOption, type Outcome, type Session, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { judgeApp } from '../wait/judge-app.ts';
import { describeExit, describeState, waitForApps } from '../wait/wait-for-apps.ts';

interface Flags {
  readonly prune?: true;
  readonly dryRun?: true;
  readonly force?: true;
  readonly replace?: true;
  readonly resource?: readonly string[];
  readonly wait?: true;
  readonly async?: true;
  readonly timeout: number;
  readonly reason?: string;
}

/** `plumb app sync <app>`: asks the agent to sync now, whatever the policy says, and shows how it goes. */
export function defineAppSync(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'sync',
    description: 'sync one App now and show how it goes; the request is recorded in the ledger with your name',
    examples: [
      ['now, and until it works', 'plumb app sync web --wait'],
      ['one object of it', 'plumb app sync web --resource apps:Deployment:shop/web'],
      ['what would a sync with pruning do?', 'plumb app sync eu-1/web --prune --dry-run'],
      ['ask, and go on', 'plumb app sync web --async'],
    ],
  })
    .option('--prune', 'delete what Git no longer holds, also where the policy does not')
    .option('--dry-run', 'only say what would happen')
    .option('--resource <object...>', 'only these objects, without hooks: group:Kind:name or group:Kind:namespace/name')
    .option('--force', 'delete and create again what cannot be changed in place')
    .option('--replace', 'replace objects instead of applying them')
    .option('--wait', 'also wait until the App is Synced and Healthy')
    .option('--async', 'do not wait for the answer of the agent')
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300);
  addReasonOption(command);
  handleApp<Flags>(command, terminal, async (session, one) => {
    const { prune, dryRun, force, replace, resource = [], async } = session.flags;
    const resources = pickObjects(one.view, resource);
    if (!resources.ok) return resources;
    const asked = await one.api.call('POST /apps/:cluster/:app/sync', {
      params: one.params,
      body: {
        ...(prune === true ? { prune } : {}),
        ...(dryRun === true ? { dryRun } : {}),
        ...(force === true ? { force } : {}),
        ...(replace === true ? { replace } : {}),
        ...(resources.value.length === 0 ? {} : { resources: resources.value }),
        ...toWhy(session.flags),
      },
    });
    if (!asked.ok) return asked;
    if (async !== true) return waitForAnswer(session, one, asked.value.id);
    await session.writer.result({ ...one.params, request: asked.value.id }, () =>
      printable(`Sync of ${one.name} asked for. \`plumb app wait ${one.name}\` waits for it.\n`),
    );
    return ok(EXIT.ok);
  });
}

/** Waits for the agent's answer, and with --wait until the App is well; prints what was done. */
async function waitForAnswer({ flags, writer, terminal, progress }: Session<Flags>, one: OneApp, id: string): Promise<Outcome> {
  const { api, params, name } = one;
  // Of a part of it nobody can expect that all of it is in sync.
  const whole = flags.wait === true && flags.dryRun !== true && flags.resource === undefined;
  const wanted = { sync: whole, health: whole, operation: false, request: id };
  const waited = await waitForApps({
    look: async () => {
      const view = await api.call('GET /apps/:cluster/:app', { params });
      return view.ok ? ok([view.value]) : view;
    },
    judge: (view) => judgeApp(view, wanted, false),
    timeoutMs: flags.timeout * 1000,
    patienceMs: PATIENCE_MS,
    progress,
  });
  if (!waited.ok) return waited;
  progress.end();
  const [last] = waited.value.apps;
  if (last === undefined || last.view.requests.some((request) => request.id === id)) {
    const fix = `Look at \`plumb cluster list\`: is the agent of ${params.cluster} there?`;
    const failure = notAsAsked(`the agent has not answered within ${flags.timeout} s`, fix);
    return { ok: false, error: { ...failure.error, exit: EXIT.timeout } };
  }
  const answer = await findReceipt(one, id);
  if (!answer.ok) return answer;
  const { receipt, message } = answer.value;
  await writer.result({ ...params, request: id, ...(receipt === undefined ? {} : { receipt }), message }, () =>
    receipt === undefined ? printable(`${message}\n`) : formatReceipt(receipt, { name, terminal }),
  );
  const { exit } = waited.value;
  if (exit !== EXIT.ok)
    terminal.say([`error: ${describeExit(exit)}:`, `  ${describeState(last.view)}`, ...last.verdict.why].join('\n  '));
  return ok(exit === EXIT.ok && receipt?.outcome === 'failed' ? EXIT.bad : exit);
}

/** How long an App may be Degraded or held after the sync before waiting ends. */
const PATIENCE_MS = 30_000;
