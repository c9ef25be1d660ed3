import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMAND_NAMES, createProgram } from '../../cli/program.ts';
import { createTestTerminal } from './test-terminal.ts';

let program: Command;
let page: string;

beforeAll(async () => {
  program = await createProgram(COMMAND_NAMES, await createTestTerminal());
  page = await readFile(fileURLToPath(new URL('../../docs/cli.md', import.meta.url)), 'utf8');
});

/** Every command that does something, with the words that call it. */
function leaves(
  command: Command,
  words: readonly string[] = [],
): readonly { readonly words: string; readonly command: Command }[] {
  if (command.commands.length === 0) return [{ words: words.join(' '), command }];
  return command.commands.flatMap((sub) => leaves(sub, [...words, sub.name()]));
}

function helpOf(command: Command): string {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) });
  command.outputHelp();
  return parts.join('');
}

describe('every command', () => {
  it('is in docs/cli.md', () => {
    const missing = leaves(program).filter(({ words }) => !new RegExp(`\`${words}[ \`]`).test(page));
    expect(missing.map(({ words }) => words)).toEqual([]);
  });

  it('of docs/cli.md exists, with the options that stand there', () => {
    const known = new Map(leaves(program).map(({ words, command }) => [words, command]));
    const wrong: string[] = [];
    const cells = [...page.matchAll(/^\|[^|]*?`[^|]*/gm)].map(([cell]) => cell);
    for (const [, code = ''] of cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)])) {
      const words = code.split(' ').filter((word) => /^[a-z][a-z-]*$/.test(word));
      const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((one) => known.has(one));
      if (name === undefined) {
        // Rows of other tables (exit codes) hold no command.
        if (COMMAND_NAMES.includes(words[0] ?? '') && /^[a-z]+ [a-z-]+/.test(code)) wrong.push(code);
        continue;
      }
      const options = known.get(name)?.options.flatMap(({ long, short }) => [long, short]) ?? [];
      for (const [flag] of code.matchAll(/(?<![\w-])--?[a-z][a-z-]*/g))
        if (!options.includes(flag)) wrong.push(`${name} ${flag}`);
    }
    expect(wrong).toEqual([]);
  });

  it('has examples in its help, each of which is a call of it', () => {
    const wrong = leaves(program).filter(({ words, command }) => {
      const [, examples = ''] = helpOf(command).split('\nExamples:\n');
      // `npm start` is the demo.
      return !examples.includes(`plumb ${words}`) && !(words === 'demo' && examples.includes('npm start'));
    });
    expect(wrong.map(({ words }) => words)).toEqual([]);
  });

  it('describes itself and every option', () => {
    const silent = leaves(program).flatMap(({ words, command }) => [
      ...(command.description() === '' ? [words] : []),
      ...command.options.filter(({ description }) => description === '').map(({ flags }) => `${words} ${flags}`),
    ]);
    expect(silent).toEqual([]);
  });
});
