import { type Command, Option } from 'commander';
import type { Result } from '../core/result.ts';
import type { ApiClient } from './connection/api-client.ts';
import type { ConnectionFlags, Settings } from './connection/settings.ts';
import { describeFailure, type ExitCode, type Failure } from './failure.ts';
import { createWriter, FORMATS, type OutputFormat, type Writer } from './output/output-format.ts';
import { createProgress, type Progress } from './output/progress.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given: how it was called, and the ways out. */
export interface Session<Flags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
  readonly writer: Writer;
  /** How what is waited for goes on. */
  readonly progress: Progress;
  /** Which Worker is meant; fails when none is named. */
  settings(): Promise<Result<Settings, Failure>>;
  api(): Promise<Result<ApiClient, Failure>>;
}

export type Outcome = Result<ExitCode, Failure>;
type GlobalFlags = ConnectionFlags & { readonly output?: OutputFormat; readonly quiet?: true };

/** Adds the options that may stand before or behind a command: `plumb -o json app list`, `plumb app list -o json`. */
export function addOutputOption(command: Command): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'table for people (default), json or yaml for programs, name for names alone').choices([
        ...FORMATS,
      ]),
    )
    .option('-q, --quiet', 'no progress: only results and errors');
}

/** The options that name the Worker; docs/cli.md says what counts first. */
export function addConnectionOptions(command: Command): Command {
  return addOutputOption(command)
    .option('--url <url>', 'URL of the Worker (PLUMBLINE_URL)')
    .option('--token <token>', 'API token; other users of this machine can see it: prefer --token-file')
    .option('--token-file <file>', 'file that holds the API token (or PLUMBLINE_API_TOKEN)')
    .option('--ca-file <file>', 'certificate authority of the Worker, PEM (PLUMBLINE_CA_FILE)');
}

/** Connects a command to its handler: makes the session, prints what failed, sets the exit code. */
export function handle<Flags>(
  command: Command,
  terminal: Terminal,
  handler: (session: Session<Flags>, args: readonly string[]) => Promise<Outcome>,
): void {
  command.action(async () => {
    const root = rootOf(command).opts<GlobalFlags>();
    const own = command.opts<GlobalFlags>();
    const flags = { ...root, ...own };
    const settings = async () => (await import('./connection/settings.ts')).resolveSettings(flags, terminal);
    const session: Session<Flags> = {
      flags: flags as Flags, // the command declares its options beside its handler
      terminal,
      writer: createWriter(flags.output ?? 'table', terminal),
      progress: createProgress(terminal, { quiet: flags.quiet === true }),
      settings,
      async api() {
        const resolved = await settings();
        return resolved.ok ? (await import('./connection/api-client.ts')).createApiClient(resolved.value) : resolved;
      },
    };
    const outcome = await handler(session, command.args);
    session.progress.end();
    if (!outcome.ok) terminal.say(describeFailure(outcome.error).trimEnd());
    process.exitCode = outcome.ok ? outcome.value : outcome.error.exit;
  });
}

/** Adds `-m, --reason`: what is recorded beside the name of whoever did it. */
export function addReasonOption(command: Command): Command {
  return command.option('-m, --reason <text>', 'why: recorded in the ledger with your name');
}

/** The body of a request that may say why. */
export function toWhy(flags: { readonly reason?: string }): { readonly reason?: string } {
  return flags.reason === undefined ? {} : { reason: flags.reason };
}

function rootOf(command: Command): Command {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root;
}

/** Examples behind the help of a command: what it does and how to write it. */
export function addExamples(command: Command, examples: readonly (readonly [what: string, line: string])[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map(([what, line]) => `  # ${what}\n  $ ${line}`).join('\n')}`);
}
