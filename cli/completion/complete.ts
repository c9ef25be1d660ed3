import type { Argument, Command, Option } from 'commander';
import type { AppId } from '../../core/api/board.ts';
import { nameOf } from '../apps/app-state.ts';

/** Something that could stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Names that only the Worker knows. */
export interface Names {
  readonly apps: readonly AppId[];
  readonly clusters: readonly string[];
}

/**
 * What could come next: the words behind `plumb`, the last one being written (empty when it was not begun). Commands and options come from the
 * program; names of Apps and clusters are asked for only where one can stand. Nothing is offered where a file or free text is expected.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  names: () => Promise<Names>,
): Promise<readonly Candidate[]> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const { command, values, open } = walk(program, before);
  const inline = /^(--[^=]+)=(.*)$/.exec(current);
  if (inline !== null) {
    const [, flag = '', written = ''] = inline;
    const option = findOption(command, flag);
    const found = option === undefined ? [] : await valuesOf(option, written, names);
    return matching(found, written).map(({ value, description }) => ({ value: `${flag}=${value}`, description }));
  }
  if (open !== undefined) return matching(await valuesOf(open, current, names), current);
  if (current.startsWith('-')) return matching(optionsOf(command), current);
  if (command.commands.length > 0) {
    // A word before it that is no command of ours: what comes behind it means nothing.
    if (values > 0) return [];
    const visible = command.commands.filter((one) => !hidden(one));
    return matching(
      visible.map((one) => ({ value: one.name(), description: one.description() })),
      current,
    );
  }
  const argument = command.registeredArguments[values] ?? lastVariadic(command.registeredArguments);
  return argument === undefined ? [] : matching(await argumentValues(argument, current, names), current);
}

/** Follows the words down to the command that they call; `open` is an option that still needs its value. */
function walk(
  program: Command,
  before: readonly string[],
): { readonly command: Command; readonly values: number; readonly open: Option | undefined } {
  let command = program;
  let values = 0;
  let open: Option | undefined;
  for (const word of before) {
    if (open !== undefined) {
      open = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = word.includes('=') ? undefined : findOption(command, word);
      if (option !== undefined && (option.required || option.optional)) open = option;
      continue;
    }
    const sub = command.commands.find((one) => one.name() === word);
    if (sub === undefined) values++;
    else [command, values] = [sub, 0];
  }
  return { command, values, open };
}

function hidden(command: Command): boolean {
  return command.name().startsWith('_');
}

function findOption(command: Command, flag: string): Option | undefined {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const found = at.options.find((option) => option.long === flag || option.short === flag);
    if (found !== undefined) return found;
  }
  return undefined;
}

function optionsOf(command: Command): readonly Candidate[] {
  const own = command.options.map((option) => ({ value: option.long ?? option.short ?? '', description: option.description }));
  return [...own, { value: '--help', description: 'how it is meant' }];
}

function lastVariadic(known: readonly Argument[]): Argument | undefined {
  const last = known.at(-1);
  return last?.variadic === true ? last : undefined;
}

async function valuesOf(option: Option, current: string, names: () => Promise<Names>): Promise<readonly Candidate[]> {
  if (option.argChoices !== undefined) return option.argChoices.map((value) => ({ value, description: '' }));
  if (option.long === '--cluster') return clusterCandidates(await names());
  return option.long === '--app' ? appCandidates(await names(), current) : [];
}

async function argumentValues(argument: Argument, current: string, names: () => Promise<Names>): Promise<readonly Candidate[]> {
  if (argument.argChoices !== undefined) return argument.argChoices.map((value) => ({ value, description: '' }));
  switch (argument.name()) {
    case 'app':
    case 'apps':
      return appCandidates(await names(), current);
    case 'cluster':
    case 'clone or cluster':
      return clusterCandidates(await names());
    default:
      return [];
  }
}

function clusterCandidates({ clusters }: Names): readonly Candidate[] {
  return clusters.map((value) => ({ value, description: 'cluster' }));
}

/** Short names where they are enough, the full ones where there are several or a cluster is being written. */
function appCandidates({ apps }: Names, current: string): readonly Candidate[] {
  const count = new Map<string, number>();
  for (const { app } of apps) count.set(app, (count.get(app) ?? 0) + 1);
  return apps.map((one) => {
    const isShort = count.get(one.app) === 1 && !current.includes('/');
    return isShort ? { value: one.app, description: one.cluster } : { value: nameOf(one), description: 'App' };
  });
}

/** Only plain words: what comes from outside must mean nothing to a shell. */
function matching(candidates: readonly Candidate[], current: string): readonly Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(current) && /^[\w./:@+-]+$/.test(value));
}
