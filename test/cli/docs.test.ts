/** The pages of docs/ and the README against the tree: commands that exist, links that lead somewhere, codes and tests that are there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMAND_NAMES, createProgram } from '../../cli/program.ts';
import { PROBLEM_KINDS } from '../../core/problem/codes.ts';
import { createTestTerminal } from './test-terminal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT })].sort();
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

interface Parsed {
  /** Lines of blocks of code, fenced or indented. */
  readonly code: readonly Place[];
  /** What stands between back quotes in the text. */
  readonly spans: readonly Place[];
  /** Lines of text without their code. */
  readonly prose: readonly Place[];
}

function parsePage(file: string): Parsed {
  const code: Place[] = [];
  const spans: Place[] = [];
  const prose: Place[] = [];
  let isFenced = false;
  for (const [i, text] of read(file).split('\n').entries()) {
    const place = { file, line: i + 1 };
    if (/^\s*```/.test(text)) isFenced = !isFenced;
    else if (isFenced || /^ {4,}\S/.test(text)) code.push({ ...place, text });
    else {
      spans.push(...[...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => ({ ...place, text: span })));
      prose.push({ ...place, text: text.replace(/`[^`]*`/g, '') });
    }
  }
  return { code, spans, prose };
}

const pages = PAGES.map((file) => ({ file, ...parsePage(file) }));
const at = ({ file, line, text }: Place) => `${file}:${line}: ${text.trim()}`;

/** The words of each call of `plumb` in a line of shell; what a shell would do with them ends the call. */
function callsIn(line: string): readonly (readonly string[])[] {
  return [...line.matchAll(/(?:^|[\s`(|&;])plumb ([^|;&>)#`]*)/g)].map(([, rest = '']) => wordsOf(rest));
}

function wordsOf(text: string): readonly string[] {
  const words = [...text.replaceAll(/<[^<>\n]*>/g, 'placeholder').matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'<]|<(?=\S))+|</g)].map(
    ([word]) => word,
  );
  // Input from a file is the shell's.
  const end = words.indexOf('<');
  return (end < 0 ? words : words.slice(0, end)).filter((word) => word !== '…' && word !== '...' && word !== '\\');
}

/** What is wrong with a call: a word that is no command, an option that the command does not have, too many arguments. */
function wrongWith(program: Command, words: readonly string[]): string | undefined {
  let command = program;
  let rest = words;
  while (command.commands.length > 0 && rest[0] !== undefined && !rest[0].startsWith('-')) {
    const next = command.commands.find((one) => one.name() === rest[0] || one.aliases().includes(rest[0] ?? ''));
    if (next === undefined) return `${rest[0]} is no command`;
    [command, rest] = [next, rest.slice(1)];
  }
  const options = [...command.options, ...program.options];
  const given: string[] = [];
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? '';
    if (!/^-{1,2}[a-zA-Z]/.test(word)) given.push(word);
    else if (word !== '--help') {
      const [flag] = word.split('=');
      const option = options.find(({ long, short }) => flag === long || flag === short);
      if (option === undefined) return `${word} is no option`;
      if ((option.required || (option.optional && !(rest[i + 1] ?? '-').startsWith('-'))) && !word.includes('=')) i++;
    }
  }
  const last = command.registeredArguments.at(-1);
  const isTooMuch = last?.variadic !== true && given.length > command.registeredArguments.length;
  return isTooMuch && !program.options.some(({ variadic }) => variadic) && command.options.every(({ variadic }) => !variadic)
    ? `too many words: ${given.join(' ')}`
    : undefined;
}

describe('every command line', () => {
  let program: Command;
  beforeAll(async () => {
    program = await createProgram(COMMAND_NAMES, await createTestTerminal());
  });

  it('of a page is one that `plumb` understands', () => {
    const places = pages.flatMap(({ code, spans }) => [
      ...code,
      ...spans.filter(({ text }) => /^(npx )?plumb [a-z-]/.test(text)),
    ]);
    const calls = places.flatMap((place) => callsIn(place.text).map((words) => ({ place, words })));
    expect(calls.length).toBeGreaterThan(150);
    expect(
      calls.flatMap(({ place, words }) => {
        const wrong = wrongWith(program, words);
        return wrong === undefined ? [] : [`${at(place)} (${wrong})`];
      }),
    ).toEqual([]);
  });

  it('that is wrong would be found', () => {
    const check = (line: string) => callsIn(line).map((words) => wrongWith(program, words) !== undefined);
    expect(['plumb app liszt', 'npx plumb app list --chek', 'x | plumb plan -f a b c --live -'].map(check)).toEqual([
      [true],
      [true],
      [true],
    ]);
    expect(['plumb app list --check', 'npx plumb app get eu-1/web -o json | jq .'].map(check)).toEqual([[false], [false]]);
  });
});

/** The anchor that a heading gets where Markdown is shown. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe('every link', () => {
  it('leads to a file or folder of the tree, and to a heading that it has', () => {
    const anchors = (file: string) =>
      read(file)
        .replace(/^```[\s\S]*?^```/gm, '')
        .split('\n')
        .filter((line) => /^#+ /.test(line))
        .map(anchorOf);
    const wrong = pages.flatMap(({ file, prose }) =>
      prose.flatMap((place) =>
        [...place.text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
          if (/^[a-z]+:/.test(target)) return [];
          const [path = '', anchor] = target.split('#');
          const to = path === '' ? file : join(dirname(file), path);
          if (!existsSync(join(ROOT, to))) return [`${file}:${place.line}: ${target}`];
          return anchor === undefined || !to.endsWith('.md') || anchors(to).includes(anchor)
            ? []
            : [`${file}:${place.line}: ${target}`];
        }),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('from docs/README.md reaches every page', () => {
    const index = read('docs/README.md');
    const missing = globSync('docs/*.md', { cwd: ROOT }).filter(
      (file) => !file.endsWith('README.md') && !index.includes(`](${file.replace('docs/', '')})`),
    );
    expect(missing).toEqual([]);
  });

  it('from docs/decisions/README.md reaches every decision', () => {
    const index = read('docs/decisions/README.md');
    const missing = globSync('docs/decisions/0*.md', { cwd: ROOT }).filter(
      (file) => !index.includes(`](${file.replace('docs/decisions/', '')})`),
    );
    expect(missing).toEqual([]);
  });
});

it('every problem code that a page names exists', () => {
  const known = Object.keys(PROBLEM_KINDS);
  const groups = new Set(known.map((code) => code.split('.')[0]));
  const FILES = /\.(yaml|yml|csv|json|md|ts|sh|toml|pem|txt)$/;
  const wrong = pages.flatMap(({ spans }) =>
    spans.filter(({ text }) => {
      const [, group = '', name = ''] = /^([a-z]+)\.([a-z_]+|\*)$/.exec(text) ?? [];
      if (!groups.has(group) || FILES.test(text)) return false;
      return name === '*' ? false : !known.includes(text);
    }),
  );
  expect(wrong.map(at)).toEqual([]);
});

it('every test that docs/security.md names for a threat has its number', () => {
  const rows = read('docs/security.md').matchAll(/^\| S\d\d \|.*$/gm);
  const named = [...rows].flatMap(([row]) =>
    [...row.matchAll(/\]\(\.\.\/([^)]+)\) (S\d\d)/g)].map(([, file = '', id = '']) => ({ file, id })),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ file, id }) => !read(file).includes(id))).toEqual([]);
});
