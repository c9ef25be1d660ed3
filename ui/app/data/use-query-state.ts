import { useSearchParams } from 'wouter';

/** One value of the page's query string: links to it, and the browser's way back, work. `replace` changes it without a step in the history. */
export function useQueryState(
  name: string,
): readonly [value: string | undefined, set: (value: string | undefined, replace?: boolean) => void] {
  const [query, setQuery] = useSearchParams();
  const set = (value: string | undefined, replace = false) =>
    setQuery(
      () => {
        // What stands in the address now: two values may be set one after the other before the page is drawn again.
        const next = new URLSearchParams(window.location.search);
        if (value === undefined || value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace },
    );
  return [query.get(name) ?? undefined, set];
}
