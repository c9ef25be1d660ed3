import { type RefObject, useEffect, useRef } from 'react';

/** For a row of links that may be wider than its window: brings the one of the current page into sight whenever `current` changes. */
export function useCurrentInView<T extends HTMLElement>(current: string): RefObject<T | null> {
  const row = useRef<T>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is about the step itself
  useEffect(() => {
    const link = row.current?.querySelector<HTMLElement>('[aria-current]');
    if (row.current === null || link === null || link === undefined) return;
    const { offsetLeft, offsetWidth } = link;
    const hidden = offsetLeft - row.current.offsetLeft < row.current.scrollLeft;
    const beyond = offsetLeft - row.current.offsetLeft + offsetWidth > row.current.scrollLeft + row.current.clientWidth;
    if (hidden || beyond) row.current.scrollLeft = offsetLeft - row.current.offsetLeft - 24;
  }, [current]);
  return row;
}
