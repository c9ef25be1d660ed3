import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { AppSummary, HistoryEntry } from '../../core/api/views.ts';
import { ok, type Result } from '../../core/result.ts';
import { isSettled, nameOf, pathOf } from '../apps/app-state.ts';
import { findApp, pickApp } from '../apps/find-app.ts';
import { waitForApps } from '../apps/wait-for-apps.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure, notAsAsked } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { parseSeconds } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle, type Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly prune?: true;
  readonly dryRun?: true;
  readonly wait?: true;
  readonly timeout: number;
}

/** `plumb app sync <app>`: asks the agent to sync now, whatever the policy says. */
export function defineAppSync(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app
      .command('sync')
      .description('sync one App now; the request is recorded in the ledger with your user name')
      .argument('<app>', 'web, or eu-1/web'),
  )
    .option('--prune', 'delete what Git no longer holds, also where the policy does not')
    .option('--dry-run', 'only say what would happen; with --wait it is printed')
    .option('--wait', 'wait until the agent has answered and the App is Synced and Healthy')
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300);
  addExamples(command, [
    ['now, and until it works', 'plumb app sync web --wait'],
    ['what would a sync with pruning do?', 'plumb app sync eu-1/web --prune --dry-run --wait'],
  ]);
  handle<Flags>(command, terminal, async (session, [name = '']) => {
    const client = await session.api();
    if (!client.ok) return client;
    const found = await findApp(client.value, name);
    if (!found.ok) return found;
    const { prune, dryRun, wait } = session.flags;
    const asked = await client.value.send<{ readonly id: string }>('POST', `${pathOf(found.value)}/sync`, {
      ...(prune === true ? { prune } : {}),
      ...(dryRun === true ? { dryRun } : {}),
      actor: whoami(),
    });
    if (!asked.ok) return asked;
    if (wait === true) return waitForAnswer(session, { api: client.value, view: found.value, id: asked.value.id });
    await session.writer.result({ cluster: found.value.cluster, app: found.value.app, request: asked.value.id }, () =>
      printable(`Sync of ${nameOf(found.value)} asked for. \`plumb app wait ${nameOf(found.value)}\` waits for it.\n`),
    );
    return ok(EXIT.ok);
  });
}

/** Who asks, for the ledger: the name on this machine, which the Worker cannot check. */
function whoami(): string {
  try {
    return userInfo().username.slice(0, 200);
  } catch {
    return 'unknown'; // a user id without a name, as in containers
  }
}

async function waitForAnswer(
  { flags, writer, terminal }: Session<Flags>,
  asked: { readonly api: ApiClient; readonly view: AppSummary; readonly id: string },
): Promise<Result<0 | 1, Failure>> {
  const { api, view } = asked;
  const isAnswered = (now: AppSummary) => !now.requests.some((request) => request.id === asked.id);
  const waited = await waitForApps(api, {
    select: (apps) => {
      const found = pickApp(apps, nameOf(view));
      return found.ok ? ok([found.value]) : found;
    },
    isDone: (now) => isAnswered(now) && (flags.dryRun === true || isSettled(now)),
    timeoutMs: flags.timeout * 1000,
    onChange: (line) => terminal.say(line),
  });
  if (!waited.ok) return waited;
  if (waited.value.pending.some((now) => !isAnswered(now))) {
    return notAsAsked(
      `the agent has not answered within ${flags.timeout} s`,
      `Look at \`plumb cluster list\`: is the agent of ${view.cluster} there?`,
    );
  }
  if (waited.value.pending.length > 0)
    return notAsAsked(
      `${nameOf(view)} is not Synced and Healthy after ${flags.timeout} s`,
      `Look at \`plumb app get ${nameOf(view)}\`.`,
    );
  const history = await api.get<{ readonly history: readonly HistoryEntry[] }>(`${pathOf(view)}/history?limit=1`);
  if (!history.ok) return history;
  const [entry] = history.value.history;
  await writer.result(
    { cluster: view.cluster, app: view.app, request: asked.id, ...(entry === undefined ? {} : { entry }) },
    () => printable(`${entry?.message.trim() ?? `${nameOf(view)} is synced`}\n`),
  );
  return ok(EXIT.ok);
}
