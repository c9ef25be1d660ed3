import { createApiClient } from '../connection/api-client.ts';
import { resolveSettings } from '../connection/settings.ts';
import { printableLine } from '../output/printable.ts';
import { createProgram } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { complete, type Names } from './complete.ts';

/** How long a person who presses Tab is kept waiting for names. */
const PATIENCE_MS = 2_000;
const NONE: Names = { apps: [], clusters: [] };

/** Answers a shell (scripts.ts): a line for each candidate. Never fails, and says nothing else. */
export async function answerCompletion(words: readonly string[], terminal: Terminal): Promise<void> {
  const program = await createProgram(words.slice(0, -1), terminal);
  const candidates = await complete(program, words, () => Promise.race([askNames(words, terminal), patience()]));
  terminal.out(candidates.map(({ value, description }) => `${value}\t${printableLine(description)}\n`).join(''));
}

async function askNames(words: readonly string[], terminal: Terminal): Promise<Names> {
  const settings = await resolveSettings(connectionOf(words), terminal);
  if (!settings.ok) return NONE;
  const api = await createApiClient(settings.value);
  if (!api.ok) return NONE;
  const board = await api.value.call('GET /board', {});
  if (!board.ok) return NONE;
  return { apps: board.value.apps, clusters: board.value.clusters.map(({ name }) => name) };
}

function patience(): Promise<Names> {
  return new Promise((resolve) => setTimeout(() => resolve(NONE), PATIENCE_MS).unref());
}

/** The options of the line that say which Worker is meant. */
function connectionOf(words: readonly string[]): {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
} {
  const value = (flag: string) => {
    const at = words.indexOf(flag);
    return at === -1 ? words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1) : words[at + 1];
  };
  const given = { url: value('--url'), tokenFile: value('--token-file'), caFile: value('--ca-file') };
  // Those that are not there are left out.
  return Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined));
}
