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
  login: {
    description: 'sign in with the browser, or with a token',
    load: async () => (await import('./commands/login.ts')).defineLogin,
  },
  logout: {
    description: 'end the session and forget the token',
    load: async () => (await import('./commands/login.ts')).defineLogout,
  },
  whoami: {
    description: 'who you are here, and what you may do',
    load: async () => (await import('./commands/login.ts')).defineWhoami,
  },
  status: {
    description: 'what is wrong, and why, on one screen; ends with 1 when something is',
    load: async () => (await import('./commands/status.ts')).defineStatus,
  },
  app: {
    description: 'look at Apps, sync them, wait for them, roll them back',
    load: async () => (await import('./commands/app.ts')).defineApp,
  },
  cluster: {
    description: 'add, look at, renew and remove clusters',
    load: async () => (await import('./commands/cluster.ts')).defineCluster,
  },
  fleet: {
    description: 'keys, fleet paths and the webhook of the installation',
    load: async () => (await import('./commands/fleet.ts')).defineFleet,
  },
  source: {
    description: 'folders in Git that define Apps, and credentials of repositories',
    load: async () => (await import('./commands/source.ts')).defineSource,
  },
  events: {
    description: 'what happened, and what happens now',
    load: async () => (await import('./commands/events.ts')).defineEvents,
  },
  activity: {
    description: 'who did what and what happened, newest first',
    load: async () => (await import('./commands/activity.ts')).defineActivity,
  },
  figures: {
    description: 'deployment frequency, lead time, change failure rate and time to restore',
    load: async () => (await import('./commands/figures.ts')).defineFigures,
  },
  notify: {
    description: 'notifications: services, subscriptions, deliveries, and a test',
    load: async () => (await import('./commands/notify.ts')).defineNotify,
  },
  token: {
    description: 'API tokens, for pipelines and programs',
    load: async () => (await import('./commands/token.ts')).defineToken,
  },
  people: {
    description: 'who has signed in, what they may do, and their sessions',
    load: async () => (await import('./commands/people.ts')).definePeople,
  },
  'sign-in': {
    description: 'by which providers people sign in: OIDC, GitHub, Cloudflare Access',
    load: async () => (await import('./commands/sign-in.ts')).defineSignIn,
  },
  policy: {
    description: "who may do what: Argo CD's policy.csv",
    load: async () => (await import('./commands/policy.ts')).definePolicy,
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
    description: 'read, clone and verify the record of a cluster',
    load: async () => (await import('./commands/ledger.ts')).defineLedger,
  },
  completion: {
    description: 'print the script that lets a shell complete commands, options, Apps and clusters',
    load: async () => (await import('./commands/completion.ts')).defineCompletion,
  },
};

/** The first words of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(ENTRIES);

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
    ['what is wrong, and why', 'plumb status'],
    ['what runs where', 'plumb app list'],
    ['back to what ran before', 'plumb app rollback eu-1/web -m "5xx since the push"'],
    ['what a pipeline calls after a push', 'plumb app wait eu-1/web --timeout 300'],
    ['the output as data', 'plumb app get eu-1/web -o json'],
    ['help of one command', 'plumb app sync --help'],
  ]);
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }; // our own file
  return version;
}
