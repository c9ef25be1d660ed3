import { describe, expect, it } from 'vitest';
import type { BoardMessage } from '../../../core/api/board.ts';
import { createFeed } from '../../../src/board/feed.ts';

const activity = (text: string): BoardMessage => ({
  event: 'activity',
  data: { seq: 1, time: 0, cluster: 'eu-1', app: 'web', kind: 'deploy', text },
});

/** A feed whose listeners wait for news only. */
function newFeed(epoch = 'e1') {
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  return createFeed({ epoch, sleep });
}

/** Reads lines as they come, without the signs of life. */
function read(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const lines: { id: string; event: string; data: unknown }[] = [];
  return {
    async next() {
      while (lines.length === 0) {
        const { value, done } = await reader.read();
        if (done) throw new Error('the stream has ended');
        const text = new TextDecoder().decode(value).split('\n');
        lines.push(...text.filter((line) => line !== '').map((line) => JSON.parse(line)));
      }
      return lines.shift();
    },
    cancel: () => reader.cancel(),
  };
}

const textOf = (message: { data: unknown } | undefined) => (message?.data as { text?: string } | undefined)?.text;

describe('a listener', () => {
  it('hears what is published after it came, in order', async () => {
    const feed = newFeed();
    feed.publish(activity('before'));
    const listener = read(feed.listen(undefined));
    feed.publish(activity('one'));
    feed.publish(activity('two'));
    expect(textOf(await listener.next())).toBe('one');
    expect(textOf(await listener.next())).toBe('two');
    await listener.cancel();
  });

  it('that comes back with a cursor misses nothing', async () => {
    const feed = newFeed();
    const cursor = feed.cursor();
    feed.publish(activity('while it was away'));
    expect(textOf(await read(feed.listen(cursor)).next())).toBe('while it was away');
  });

  it('with a cursor of another life, or one that was made up, is told to read the board again', async () => {
    const feed = newFeed();
    feed.publish(activity('one'));
    for (const cursor of ['e0-0', 'e1-9', 'e1--1', 'e1-x', '', 'e1-0.5'])
      expect(await read(feed.listen(cursor)).next()).toMatchObject({ event: 'reset', id: feed.cursor() });
  });

  it('that falls behind the ring is told to read the board again, and goes on from there', async () => {
    const feed = newFeed();
    const cursor = feed.cursor();
    for (let i = 0; i < 2_001; i++) feed.publish(activity(String(i)));
    const listener = read(feed.listen(cursor));
    expect(await listener.next()).toMatchObject({ event: 'reset' });
    feed.publish(activity('next'));
    expect(textOf(await listener.next())).toBe('next');
  });

  it('S40: cannot be sent a line break by what is told', async () => {
    const feed = newFeed();
    const listener = read(feed.listen(undefined));
    feed.publish(activity('a\r\nevent: reset\n\ndata: x'));
    expect(textOf(await listener.next())).toBe('a\r\nevent: reset\n\ndata: x');
  });
});
