/**
 * Lets asynchronous pieces of work take turns, in the order in which they asked: a Durable Object runs one event at a time but
 * interleaves at every await, and a writer that signs in between must not be overtaken. A failed turn does not stop the next.
 */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
