import { type Command, InvalidArgumentError } from 'commander';
import type { PinUntil, RollbackInput } from '../../core/api/control.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { ok, type Result } from '../../core/result.ts';
import { defineAppCommand, handleApp, type OneApp } from '../apps/app-command.ts';
import { listDeployments } from '../apps/compare-entries.ts';
import { describeUntil } from '../apps/describe-control.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { parseDuration, parseSeconds } from '../parse-number.ts';
import { addReasonOption, type Outcome, type Session, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { judgeApp } from '../wait/judge-app.ts';
import { describeExit, describeState, waitForApps } from '../wait/wait-for-apps.ts';

interface Flags {
  readonly until?: NonNullable<RollbackInput['until']>;
  readonly wait?: true;
  readonly timeout: number;
  readonly reason?: string;
}

const PATIENCE_MS = 30_000;

/** `plumb app rollback <app> [to]`: what ran before runs again, at once, and stays: self-heal heals to it. */
export function defineAppRollback(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'rollback',
    description: 'run an earlier deployment again, at once; drift is healed to it until a newer commit, a time, or `unpin`',
    args: [['[to]', 'number of `plumb app history` (default 1), revision (7 digits or more), or commit of the ledger']],
    examples: [
      ['the deployment before this one', 'plumb app rollback web -m "5xx since the push"'],
      ['a revision, until it is unpinned', 'plumb app rollback web 4f1c2aa --until unpin'],
      ['for two hours, and wait until it runs', 'plumb app rollback eu-1/web 2 --until 2h --wait'],
    ],
  });
  addPinOptions(command, 'newer-commit (default), unpin, or a duration such as 2h');
  handleApp<Flags>(command, terminal, (session, one, [to = '1']) => pin(session, one, { to, until: session.flags.until }));
}

/** `plumb app pin <app> [to]`: keeps what runs now, whatever is pushed. */
export function defineAppPin(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'pin',
    description: 'keep what runs now, whatever is pushed, until `unpin` or a time',
    args: [['[to]', 'number of `plumb app history` (default 0, what runs), revision, or commit of the ledger']],
    examples: [
      ['over the weekend', 'plumb app pin web --until 3d -m "no changes before Monday"'],
      ['until it is unpinned', 'plumb app pin eu-1/web'],
    ],
  });
  addPinOptions(command, 'unpin (default), newer-commit, or a duration such as 2h');
  handleApp<Flags>(command, terminal, async (session, one, [to = '0']) => {
    const entry = to === '0' ? await currentEntry(one) : ok(to);
    return entry.ok ? pin(session, one, { to: entry.value, until: session.flags.until ?? 'unpin' }) : entry;
  });
}

function addPinOptions(command: Command, until: string): void {
  command
    .option('--until <end>', until, parseUntil)
    .option('--wait', 'wait until it runs and is Healthy')
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300);
  addReasonOption(command);
}

function parseUntil(text: string): NonNullable<RollbackInput['until']> {
  if (text === 'newer-commit' || text === 'unpin') return text;
  const seconds = parseDuration(text);
  if (seconds === 0) throw new InvalidArgumentError('It ends at once.');
  return seconds;
}

async function currentEntry(one: OneApp): Promise<Result<string, Failure>> {
  const listed = await listDeployments(one, 1);
  if (!listed.ok) return listed;
  const [now] = listed.value;
  return now === undefined ? usage(`nothing was deployed of ${one.name} yet: there is nothing to keep`) : ok(now.entry);
}

async function pin(
  session: Session<Flags>,
  one: OneApp,
  { to, until }: { readonly to: string; readonly until: RollbackInput['until'] | undefined },
): Promise<Outcome> {
  const { flags, writer, terminal, progress } = session;
  const { api, params, name } = one;
  const body = { to, ...(until === undefined ? {} : { until }), ...toWhy(flags) };
  const asked = await api.call('POST /apps/:cluster/:app/rollback', { params, body });
  if (!asked.ok) return asked;
  const look = () => api.call('GET /apps/:cluster/:app', { params });
  if (flags.wait !== true) {
    const view = await look();
    if (!view.ok) return view;
    await writer.result(view.value, () => printable(`${describePinned(name, view.value.control?.pin, Date.now())}\n`));
    return ok(EXIT.ok);
  }
  const waited = await waitForApps({
    look: async () => {
      const view = await look();
      return view.ok ? ok([view.value]) : view;
    },
    judge: (view) => judgeApp(view, { sync: true, health: true, operation: false }, false),
    timeoutMs: flags.timeout * 1000,
    patienceMs: PATIENCE_MS,
    progress,
  });
  if (!waited.ok) return waited;
  progress.end();
  const [last] = waited.value.apps;
  const { exit } = waited.value;
  await writer.result(last?.view, () => printable(`${describePinned(name, last?.view.control?.pin, Date.now())}\n`));
  if (exit !== EXIT.ok && last !== undefined)
    terminal.say([`error: ${describeExit(exit)}:`, `  ${describeState(last.view)}`, ...last.verdict.why].join('\n  '));
  return ok(exit);
}

function describePinned(
  name: string,
  pinned: { readonly revision: string; readonly subject: string; readonly until: PinUntil } | undefined,
  now: number,
): string {
  if (pinned === undefined) return `${name} is not pinned: what was asked for is what Git says.`;
  return `${name} runs ${shortRevision(pinned.revision)} "${pinned.subject}" ${describeUntil(pinned.until, now)}.`;
}
