import { memo, useEffect, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { parseAnsi } from './ansi.ts';
import type { LogLine } from './log-buffer.ts';
import styles from './logs.module.css';

/** More lines than this are not drawn at once; earlier ones come when they are asked for. */
const STEP = 1000;
const NEAR_END_PX = 40;

/** The newest lines. It stays at the end while new ones come, unless the person has scrolled up. */
export function LogLines({ lines, isFollowing }: { readonly lines: readonly LogLine[]; readonly isFollowing: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [most, setMost] = useState(STEP);
  const shown = lines.slice(-most);
  const newest = shown.at(-1)?.number;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is a new line that moves the end
  useEffect(() => {
    const { current } = frame;
    if (current !== null && isFollowing && isAtEnd.current) current.scrollTop = current.scrollHeight;
  }, [newest, isFollowing]);
  const onScroll = () => {
    const { current } = frame;
    if (current !== null) isAtEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_END_PX;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div ref={frame} className={styles.lines} onScroll={onScroll} tabIndex={0} role="log" aria-label="Log lines" aria-live="off">
      {lines.length > most ? (
        <Button small tone="quiet" onClick={() => setMost(most + STEP)}>
          Show {Math.min(STEP, lines.length - most)} earlier lines
        </Button>
      ) : null}
      {shown.length === 0 ? <p className={styles.state}>No lines yet.</p> : null}
      {shown.map((line) => (
        <Line key={line.number} text={line.text} />
      ))}
    </div>
  );
}

const Line = memo(function Line({ text }: { readonly text: string }) {
  return (
    <div className={styles.line}>
      {parseAnsi(text).map((span, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the spans of one line never move
        <span key={index} className={classNames(...span.styles.map((style) => styles[style]))}>
          {span.text}
        </span>
      ))}
    </div>
  );
});
