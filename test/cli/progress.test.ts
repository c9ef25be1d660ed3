import { describe, expect, it } from 'vitest';
import { createProgress } from '../../cli/output/progress.ts';
import type { Live } from '../../cli/terminal.ts';
import { canDraw } from '../../cli/terminal.ts';
import { render } from './pseudo-terminal.ts';
import { createTestTerminal } from './test-terminal.ts';

const item = (name: string, line: string, ...details: string[]) => ({ name, line, details });

async function live(columns = 40, rows = 10) {
  const drawn: string[] = [];
  const at: Live = {
    columns: () => columns,
    rows: () => rows,
    draw: (text) => void drawn.push(text),
    gray: (text) => text,
  };
  const progress = createProgress({ ...(await createTestTerminal()), live: at }, { quiet: false });
  const raw = () => drawn.join('');
  return { progress, screen: () => render(raw().replaceAll('\n', '\r\n')), raw };
}

async function plain(quiet = false) {
  const said: string[] = [];
  const terminal = { ...(await createTestTerminal()), say: (text: string) => void said.push(text) };
  return { progress: createProgress(terminal, { quiet }), said };
}

describe('progress in a terminal', () => {
  it('is drawn over what was there before, and leaves nothing behind', async () => {
    const { progress, screen } = await live();
    progress.show([item('a', 'a long line about a', 'why', 'and why'), item('b', 'b')]);
    progress.show([item('a', 'a'), item('b', 'b is done')]);
    expect(screen()).toEqual(['a', 'b is done', '']);
    progress.end();
    progress.show([item('c', 'next')]);
    expect(screen()).toEqual(['a', 'b is done', 'next', '']);
  });

  it('writes nothing when nothing changed', async () => {
    const { progress, raw } = await live();
    progress.show([item('a', 'a')]);
    const before = raw();
    progress.show([item('a', 'a')]);
    expect(raw()).toBe(before);
  });

  it('keeps each line on its line, and all of them on the screen', async () => {
    const { progress, screen } = await live(20, 6);
    progress.show(Array.from({ length: 9 }, (_, i) => item(`${i}`, `app ${i} ${'x'.repeat(50)}`)));
    expect(Math.max(...screen().map((line) => line.length))).toBeLessThan(20);
    expect(screen().slice(0, -1)).toHaveLength(4);
    expect(screen()[3]).toBe('… 6 more lines');
  });

  it('cannot be driven by what comes from outside (S27)', async () => {
    const { progress, raw } = await live();
    progress.show([item('a', 'name\u001b[2J\r\u009b', 'why\u001b]0;title\u0007')]);
    expect(raw().replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

describe('progress elsewhere', () => {
  it('is one line per change, without control characters', async () => {
    const { progress, said } = await plain();
    progress.show([item('a', 'a\u001b[31m waits', 'why')]);
    progress.show([item('a', 'a\u001b[31m waits', 'why')]);
    progress.show([item('a', 'a is done')]);
    expect(said).toEqual(['a\ufffd[31m waits; why', 'a is done']);
  });

  it('does not take a time that goes on for a change', async () => {
    const { progress, said } = await plain();
    for (const age of ['1s', '2s', '3 min']) progress.show([item('a', 'a waits', `Job running for ${age}`)]);
    expect(said).toEqual(['a waits; Job running for 1s']);
  });

  it('is nothing with --quiet', async () => {
    const { progress, said } = await plain(true);
    progress.show([item('a', 'a')]);
    expect(said).toEqual([]);
  });
});

it.each([
  ['at a terminal', {}, true, true],
  ['in a pipe', {}, false, false],
  ['in CI, even at something like a terminal', { CI: 'true' }, true, false],
  ['where CI is not meant', { CI: 'false' }, true, true],
  ['at a terminal that cannot', { TERM: 'dumb' }, true, false],
])('lines are drawn over: %s', (_, env, isTty, expected) => expect(canDraw(env, isTty)).toBe(expected));
