import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { addConnectionOptions, addExamples } from './session.ts';
import type { Terminal } from './terminal.ts';

type Define = (program: Command, terminal: Terminal) => void;
interface Entry {
  readonly description: string;
  /** Adds the command to the program. Loaded only when its name is on the line, so that `plumb --help` stays fast. */
  load(): Promise<Define>;
}

/** The first words of the line, in the order of the help. */
const ENTRIES: { readonly [name: string]: Entry } = {
  demo: {
    description: 'start everything on this machine and show a push becoming a deployment',
    load: async () => (await import('./demo/demo-command.ts')).defineDemo,
  },
  serve: {
    description: 'run the Worker on this machine, with its storage on disk',
    load: async () => (await import('./serve/serve-command.ts')).defineServe,
  },
  app: {
    description: 'look at Apps, sync them, wait for them',
    load: async () => (await import('./commands/app.ts')).defineApp,
  },
  cluster: {
    description: 'add, list and remove clusters',
    load: async () => (await import('./commands/cluster.ts')).defineCluster,
  },
  fleet: {
    description: 'keys, fleet paths and the webhook of the installation',
    load: async () => (await import('./commands/fleet.ts')).defineFleet,
  },
  source: {
    description: 'credentials of Git repositories',
    load: async () => (await import('./commands/source.ts')).defineSource,
  },
  events: {
    description: 'what happened, and what happens now',
    load: async () => (await import('./commands/events.ts')).defineEvents,
  },
  render: {
    description: 'render a folder offline, as the Worker would',
    load: async () => (await import('./commands/render.ts')).defineRender,
  },
  plan: {
    description: 'show what a sync would do, offline, with live objects from a file',
    load: async () => (await import('./commands/plan.ts')).definePlan,
  },
  health: {
    description: 'judge live objects from a file, offline, as the agent does',
    load: async () => (await import('./commands/health.ts')).defineHealth,
  },
  ledger: {
    description: 'clone and verify the record of a cluster',
    load: async () => (await import('./commands/ledger.ts')).defineLedger,
  },
};

/** The program with the commands that the words could mean; of the others it knows the name and what they do. */
export async function createProgram(words: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('plumb')
    .description('Plumbline: clusters true to Git, without a hub cluster.')
    .version(await readVersion(), '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows how it is meant)')
    .exitOverride();
  addConnectionOptions(program);
  for (const [name, entry] of Object.entries(ENTRIES)) {
    if (words.includes(name)) (await entry.load())(program, terminal);
    else program.command(name).description(entry.description);
  }
  return addExamples(program, [
    ['what runs where', 'plumb app list'],
    ['what a pipeline calls after a push', 'plumb app wait eu-1/web --timeout 300'],
    ['the output as data', 'plumb app get eu-1/web -o json'],
    ['help of one command', 'plumb app sync --help'],
  ]);
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }; // our own file
  return version;
}
