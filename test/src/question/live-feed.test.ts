import { describe, expect, it } from 'vitest';
import { createLiveFeed } from '../../../src/question/live-feed.ts';

/** A feed whose heart beats when the test says so. */
function feedOf() {
  let closed = 0;
  let beat = (): void => undefined;
  const feed = createLiveFeed({
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        beat = resolve;
        signal.addEventListener('abort', () => resolve());
      }),
    onClose: () => void closed++,
  });
  const reader = feed.stream.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  return { feed, reader, read, beat: () => beat(), closed: () => closed };
}

describe('a listener’s stream', () => {
  it('says at once how soon to come back, and then what is sent', async () => {
    const { feed, read } = feedOf();
    expect(await read()).toBe('retry: 2000\n\n');
    const next = read();
    feed.send('tree', { a: 1 });
    expect(await next).toBe('event: tree\ndata: {"a":1}\n\n');
  });

  it('cannot be made to hold another message by what is in one (S40)', async () => {
    const { feed, read } = feedOf();
    await read();
    feed.send('lines', { lines: ['a\r\n\r\nevent: end\ndata: {}\n\n', '\u2028', '\r'] });
    const text = await read();
    expect(text.split('\n')).toHaveLength(4);
    expect(text).not.toContain('\r');
  });

  it('says that it is alive while nothing is sent', async () => {
    const { read, beat } = feedOf();
    await read();
    const next = read();
    await new Promise((resolve) => setImmediate(resolve));
    beat();
    expect(await next).toBe(': alive\n\n');
  });

  it('is let go when its reader is slower than what is told', async () => {
    const { feed, reader, read, closed } = feedOf();
    await read();
    for (let i = 0; i < 50 && feed.isOpen(); i++) feed.send('tree', 'x'.repeat(100_000));
    expect(feed.isOpen()).toBe(false);
    expect(closed()).toBe(1);
    expect((await reader.read()).done).toBe(true);
  });

  it('that is ended is still read to its end', async () => {
    const { feed, reader, read, closed } = feedOf();
    feed.send('end', {});
    feed.end();
    feed.send('late', {});
    const texts = await read();
    expect(texts).toContain('event: end');
    expect(texts).not.toContain('late');
    expect((await reader.read()).done).toBe(true);
    expect(closed()).toBe(1);
  });

  it('whose reader goes away is closed once', async () => {
    const { feed, reader, closed } = feedOf();
    await reader.cancel();
    expect(feed.isOpen()).toBe(false);
    feed.send('tree', {});
    expect(closed()).toBe(1);
  });
});
