import type { Command } from 'commander';
import type { AppSummary, AppView, HistoryEntry } from '../../core/api/views.ts';
import { ok, type Result } from '../../core/result.ts';
import { isSettled, nameOf, pathOf } from '../apps/app-state.ts';
import { findApp, pickApp } from '../apps/find-app.ts';
import { pickObjects } from '../apps/pick-objects.ts';
import { waitForApps } from '../apps/wait-for-apps.ts';
import { whoami } from '../apps/whoami.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure, notAsAsked } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { parseSeconds } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle, type Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly prune?: true;
  readonly dryRun?: true;
  readonly force?: true;
  readonly replace?: true;
  readonly resource?: readonly string[];
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
    .option('--resource <object...>', 'only these objects, without hooks: group:Kind:name or group:Kind:namespace/name')
    .option('--force', 'delete and create again what cannot be changed in place')
    .option('--replace', 'replace objects instead of applying them')
    .option('--wait', 'wait until the agent has answered and the App is Synced and Healthy')
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300);
  addExamples(command, [
    ['now, and until it works', 'plumb app sync web --wait'],
    ['one object of it', 'plumb app sync web --resource apps:Deployment:shop/web'],
    ['what would a sync with pruning do?', 'plumb app sync eu-1/web --prune --dry-run --wait'],
  ]);
  handle<Flags>(command, terminal, async (session, [name = '']) => {
    const client = await session.api();
    if (!client.ok) return client;
    const found = await findApp(client.value, name);
    if (!found.ok) return found;
    const { prune, dryRun, force, replace, wait, resource = [] } = session.flags;
    const resources = await findObjects(client.value, { view: found.value, names: resource });
    if (!resources.ok) return resources;
    const asked = await client.value.send<{ readonly id: string }>('POST', `${pathOf(found.value)}/sync`, {
      ...(prune === true ? { prune } : {}),
      ...(dryRun === true ? { dryRun } : {}),
      ...(force === true ? { force } : {}),
      ...(replace === true ? { replace } : {}),
      ...(resources.value.length === 0 ? {} : { resources: resources.value }),
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

async function findObjects(
  api: ApiClient,
  asked: { readonly view: AppSummary; readonly names: readonly string[] },
): Promise<Result<readonly string[], Failure>> {
  if (asked.names.length === 0) return ok([]);
  const view = await api.get<AppView>(pathOf(asked.view));
  return view.ok ? pickObjects(view.value, asked.names) : view;
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
    // Of a part of it nobody can expect that all of it is in sync.
    isDone: (now) => isAnswered(now) && (flags.dryRun === true || flags.resource !== undefined || isSettled(now)),
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
