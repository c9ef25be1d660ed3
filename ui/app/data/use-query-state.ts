import { useSearchParams } from 'wouter';

/** One value of the page's query string: links to it, and the browser's way back, work. `replace` changes it without a step in the history. */
export function useQueryState(
  name: string,
): readonly [value: string | undefined, set: (value: string | undefined, replace?: boolean) => void] {
  const [query, setQuery] = useSearchParams();
  const set = (value: string | undefined, replace = false) =>
    setQuery(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === undefined || value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace },
    );
  return [query.get(name) ?? undefined, set];
}
