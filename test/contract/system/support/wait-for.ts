/** Asks again and again until the answer is not undefined; gives it. Fails after `ms` with what was waited for and what was seen last. */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  options: { readonly ms?: number; readonly seen?: () => unknown } = {},
): Promise<T> {
  const { ms = 60_000, seen } = options;
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > deadline) {
      const last =
        seen === undefined
          ? ''
          : `: ${JSON.stringify(await seen(), null, 1)
              ?.replaceAll('\\n', '\n')
              .slice(0, 9000)}`;
      throw new Error(`${what} did not happen within ${ms / 1000} s${last}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
