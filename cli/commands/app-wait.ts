import type { Command } from 'commander';
import type { AppSummary } from '../../core/api/views.ts';
import { ok, type Result } from '../../core/result.ts';
import { isSettled, nameOf } from '../apps/app-state.ts';
import { pickApp } from '../apps/find-app.ts';
import { describeState, waitForApps } from '../apps/wait-for-apps.ts';
import { EXIT, type Failure, notAsAsked, usage } from '../failure.ts';
import { parseSeconds } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly all?: true;
  readonly cluster?: string;
  readonly revision?: string;
  readonly timeout: number;
}

/** `plumb app wait [apps…]`: what a pipeline calls after a push. */
export function defineAppWait(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app
      .command('wait')
      .description('wait until Apps are Synced and Healthy; ends with 1 when time is over')
      .argument('[apps...]', 'web, or eu-1/web'),
  )
    .option('--all', 'every App')
    .option('--cluster <name>', 'with --all: those of this cluster')
    .option(
      '--revision <commit>',
      'and until they are at this commit (or its first digits); an App that a push does not touch stays where it is',
    )
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300);
  addExamples(command, [
    ['one App', 'plumb app wait eu-1/web --timeout 120'],
    ['that this commit runs', 'plumb app wait eu-1/web --revision "$(git rev-parse HEAD)"'],
    ['everything', 'plumb app wait --all'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }, names) => {
    if ((flags.all === true) === names.length > 0) return usage('name the Apps, or give --all');
    if (flags.revision !== undefined && !/^[0-9a-f]{4,40}$/.test(flags.revision))
      return usage('--revision is a commit id of 4 to 40 hex digits');
    const client = await api();
    if (!client.ok) return client;
    const waited = await waitForApps(client.value, {
      select: (apps) =>
        flags.all === true
          ? ok(apps.filter((view) => flags.cluster === undefined || view.cluster === flags.cluster))
          : pickApps(apps, names),
      isDone: (view) => isSettled(view) && view.revision.startsWith(flags.revision ?? ''),
      timeoutMs: flags.timeout * 1000,
      onChange: (line) => terminal.say(line),
    });
    if (!waited.ok) return waited;
    const { apps, pending } = waited.value;
    if (apps.length === 0) return notAsAsked(`there are no Apps after ${flags.timeout} s`, 'Look at `plumb fleet list`.');
    await writer.result(apps, () => (pending.length === 0 ? `${apps.map(nameOf).join(', ')}: Synced and Healthy\n` : ''));
    if (pending.length === 0) return ok(EXIT.ok);
    terminal.say(`error: not as asked after ${flags.timeout} s:`);
    for (const view of pending) terminal.say(`  ${describeState(view)}`);
    return ok(EXIT.notAsAsked);
  });
}

function pickApps(apps: readonly AppSummary[], names: readonly string[]): Result<readonly AppSummary[], Failure> {
  const picked: AppSummary[] = [];
  for (const name of names) {
    const found = pickApp(apps, name);
    if (!found.ok) return found;
    picked.push(found.value);
  }
  return ok(picked);
}
