import { Download } from 'lucide-react';
import { useId, useState } from 'react';
import { refOfKey } from '../../../core/objects/object.ts';
import { Button } from '../../components/button.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { ErrorNote } from '../../components/notes.tsx';
import type { AppAddress } from '../data/app-address.ts';
import { toLine } from '../words/plain-text.ts';
import { findLines, MOST_LINES, toLogText } from './log-buffer.ts';
import { LogLines } from './log-lines.tsx';
import styles from './logs.module.css';
import { useContainers } from './use-containers.ts';
import { useLog } from './use-log.ts';

const TAIL = 1000;

export interface LogViewProps {
  readonly address: AppAddress;
  readonly pod: string;
}

/** The log of a Pod: which container, following or not, this run or the one before. Passwords and tokens are taken out by the agent. */
export function LogView({ address, pod }: LogViewProps) {
  const containers = useContainers(address, pod);
  const [container, setContainer] = useState<string | undefined>(undefined);
  const [isPrevious, setPrevious] = useState(false);
  const [isFollowing, setFollowing] = useState(true);
  const [attempt, setAttempt] = useState(0);
  const [search, setSearch] = useState('');
  const log = useLog(address, { pod, container, previous: isPrevious, follow: isFollowing, tail: TAIL }, attempt);
  const found = findLines(log.buffer.lines, search);
  const ids = useId();
  return (
    <>
      <div className={styles.bar}>
        {containers.length > 1 ? (
          <SelectField
            label="Container"
            choices={containers.map((name) => ({ value: name, title: name }))}
            value={container ?? containers[0] ?? ''}
            onChange={(event) => setContainer(event.target.value)}
          />
        ) : null}
        <TextField label="Find" type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
        <label htmlFor={`${ids}-follow`} className={styles.tick}>
          <input
            id={`${ids}-follow`}
            type="checkbox"
            checked={isFollowing && !isPrevious}
            disabled={isPrevious}
            onChange={() => setFollowing(!isFollowing)}
          />
          Follow
        </label>
        <label htmlFor={`${ids}-previous`} className={styles.tick}>
          <input id={`${ids}-previous`} type="checkbox" checked={isPrevious} onChange={() => setPrevious(!isPrevious)} />
          Run before
        </label>
        <Button small onClick={() => download(pod, toLogText(log.buffer.lines))} disabled={log.buffer.lines.length === 0}>
          <Download size={16} aria-hidden /> Download
        </Button>
      </div>
      {log.problem === undefined ? null : <ErrorNote error={log.problem} onRetry={() => setAttempt(attempt + 1)} />}
      <LogLines lines={found} isFollowing={isFollowing} />
      <p className={styles.state} role="status">
        {search === '' ? `${log.buffer.lines.length} lines` : `${found.length} of ${log.buffer.lines.length} lines`}
        {log.buffer.dropped > 0 ? `; ${log.buffer.dropped} earlier ones were let go (the page holds ${MOST_LINES})` : ''}
        {log.isOpen && isFollowing && !isPrevious ? '; following' : ''}
        {log.ended === undefined ? '' : `; ended: ${toLine(log.ended)}`}{' '}
        {log.ended === undefined ? null : (
          <Button small tone="quiet" onClick={() => setAttempt(attempt + 1)}>
            Read again
          </Button>
        )}
      </p>
    </>
  );
}

/** Saves a text as a file of this browser. */
function download(pod: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = `${refOfKey(pod)?.name ?? 'pod'}.log`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
