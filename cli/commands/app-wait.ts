import type { Command } from 'commander';
import type { AppId } from '../../core/api/board.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { nameOf, type Seen } from '../apps/app-state.ts';
import { listApps, pickApp } from '../apps/find-app.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import { parseSeconds } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle, type Outcome, type Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { judgeApp, type Wanted } from '../wait/judge-app.ts';
import { createCommitOrder } from '../wait/later-commit.ts';
import { describeExit, describeState, type Judged, waitForApps } from '../wait/wait-for-apps.ts';

interface Flags {
  readonly all?: true;
  readonly cluster?: string;
  readonly sync?: true;
  readonly health?: true;
  readonly operation?: true;
  readonly delete?: true;
  readonly revision?: string;
  readonly timeout: number;
  readonly patience: number;
}

/** `plumb app wait [apps…]`: what a pipeline calls after a push. */
export function defineAppWait(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app
      .command('wait')
      .description('wait until Apps are Synced and Healthy; says why not while it waits')
      .argument('[apps...]', 'web, or eu-1/web'),
  )
    .option('--all', 'every App')
    .option('--cluster <name>', 'those of this cluster')
    .option('--sync', 'only until they are Synced')
    .option('--health', 'only until they are Healthy')
    .option('--operation', 'only until nothing runs and nothing that was asked for is open')
    .option('--delete', 'until they are gone')
    .option(
      '--revision <commit>',
      'and until they run this commit or a later one; an App that a push does not touch stays where it is',
    )
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300)
    .option('--patience <seconds>', 'how long an App may be Degraded, failing or held before waiting ends', parseSeconds, 30);
  addExamples(command, [
    ['one App', 'plumb app wait eu-1/web --timeout 120'],
    ['in a pipeline, after a push', 'plumb app wait eu-1/web --revision "$(git rev-parse HEAD)"'],
    ['everything', 'plumb app wait --all'],
    ['as with argocd', 'plumb app wait web --health --sync --timeout 300'],
  ]);
  command.addHelpText('after', '\nExit codes: 0 as asked, 4 the time is over, 5 Degraded or failed, 6 a person has to act.');
  handle<Flags>(command, terminal, async (session, names) => {
    const { flags, api } = session;
    if ((flags.all === true) === names.length > 0) return usage('name the Apps, or give --all');
    if (flags.revision !== undefined && !/^[0-9a-f]{4,40}$/.test(flags.revision))
      return usage('--revision is a commit id of 4 to 40 hex digits');
    const client = await api();
    if (!client.ok) return client;
    const ids = await resolveApps(client.value, names, flags.cluster);
    if (!ids.ok) return flags.delete === true && ids.error.code === 'api.not_found' ? ok(EXIT.ok) : ids;
    return flags.delete === true ? waitForEnd(session, client.value, ids.value) : wait(session, client.value, ids.value);
  });
}

async function wait(session: Session<Flags>, api: ApiClient, ids: readonly AppId[]): Promise<Outcome> {
  const { flags, terminal, writer, progress } = session;
  const wanted = toWanted(flags);
  const order = createCommitOrder(api, terminal.cwd);
  if (wanted.revision !== undefined) await lookAtGit(api, ids, wanted.revision);
  const waited = await waitForApps<Seen>({
    look: () => (flags.all === true ? lookAtAll(api, flags.cluster) : lookAt(api, ids)),
    judge: async (view) => judgeApp(view, wanted, wanted.revision !== undefined && (await order.isLater(view, wanted.revision))),
    timeoutMs: flags.timeout * 1000,
    patienceMs: flags.patience * 1000,
    progress,
  });
  if (!waited.ok) return waited;
  progress.end();
  const { apps, exit } = waited.value;
  if (apps.length === 0) {
    const fix = 'Look at `plumb source list`.';
    return timeOver(`there are no Apps after ${flags.timeout} s`, fix);
  }
  await writer.result(
    apps.map(({ view }) => view),
    () => (exit === EXIT.ok ? apps.map((one) => `${describeEnd(one, wanted)}\n`).join('') : ''),
  );
  if (exit === EXIT.ok) return ok(EXIT.ok);
  terminal.say(`error: ${describeExit(exit)}:`);
  for (const { view, verdict } of apps) {
    if (verdict.kind === 'done') continue;
    terminal.say(`  ${describeState(view)}${verdict.why.map((line) => `\n    ${line}`).join('')}`);
  }
  return ok(exit);
}

/** A push to a host without webhooks is found at once, not at the next poll. Who may only look may ask for it; when it is refused, waiting is all. */
async function lookAtGit(api: ApiClient, ids: readonly AppId[], revision: string): Promise<void> {
  const views = await lookAt(api, ids);
  const missing = views.ok ? views.value.filter((view) => !view.revision.startsWith(revision)) : [];
  for (const { cluster, app } of missing)
    await api.call('POST /apps/:cluster/:app/refresh', { params: { cluster, app }, body: {} });
}

/** Waits until none of the Apps is there any more. */
async function waitForEnd(session: Session<Flags>, api: ApiClient, ids: readonly AppId[]): Promise<Outcome> {
  const { flags, progress, writer } = session;
  const waited = await waitForApps<Seen>({
    look: async () => {
      const all = await listApps(api);
      if (!all.ok) return all;
      const left = all.value.filter((view) => ids.some((id) => nameOf(id) === nameOf(view)));
      return left.length === 0 ? { ok: false, error: GONE } : ok(left);
    },
    judge: () => ({ kind: 'waiting', why: [] }),
    timeoutMs: flags.timeout * 1000,
    patienceMs: Number.POSITIVE_INFINITY,
    progress,
  });
  if (waited.ok)
    return timeOver(`still there after ${flags.timeout} s: ${waited.value.apps.map(({ view }) => nameOf(view)).join(', ')}`);
  if (waited.error !== GONE) return waited;
  await writer.result(ids, () => `${ids.map(nameOf).join(', ')}: gone\n`);
  return ok(EXIT.ok);
}

function timeOver(message: string, fix?: string): Outcome {
  return err({ exit: EXIT.timeout, message, ...(fix === undefined ? {} : { fix }) });
}

const GONE: Failure = { exit: EXIT.refused, code: 'api.not_found', message: 'gone' };

function toWanted({ sync, health, operation, revision }: Flags): Wanted {
  const isAny = sync === true || health === true || operation === true;
  return {
    sync: sync === true || !isAny,
    health: health === true || !isAny,
    operation: operation === true,
    ...(revision === undefined ? {} : { revision }),
  };
}

function describeEnd({ view }: Judged<Seen>, { revision }: Wanted): string {
  const later =
    revision !== undefined && !view.revision.startsWith(revision) ? `, which is later than ${revision.slice(0, 7)}` : '';
  return `${describeState(view)}: runs ${shortRevision(view.revision)}${later}`;
}

async function resolveApps(
  api: ApiClient,
  names: readonly string[],
  cluster: string | undefined,
): Promise<Result<readonly AppId[], Failure>> {
  if (names.length === 0) return ok([]);
  const all = await listApps(api);
  if (!all.ok) return all;
  const picked: AppId[] = [];
  for (const name of names) {
    const found = pickApp(all.value, { name, cluster });
    if (!found.ok) return found;
    picked.push({ cluster: found.value.cluster, app: found.value.app });
  }
  return ok(picked);
}

async function lookAtAll(api: ApiClient, cluster: string | undefined): Promise<Result<readonly Seen[], Failure>> {
  const all = await listApps(api);
  return all.ok ? ok(all.value.filter((view) => cluster === undefined || view.cluster === cluster)) : all;
}

async function lookAt(api: ApiClient, ids: readonly AppId[]): Promise<Result<readonly Seen[], Failure>> {
  const views = await Promise.all(
    ids.map((id) => api.call('GET /apps/:cluster/:app', { params: { cluster: id.cluster, app: id.app } })),
  );
  const found: Seen[] = [];
  for (const view of views) {
    if (!view.ok) return view;
    found.push(view.value);
  }
  return ok(found);
}
