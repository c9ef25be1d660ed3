import { useState } from 'react';
import type { ServerEvent } from '../../../core/api/event-parser.ts';
import type { LogMessage } from '../../../core/api/tree.ts';
import type { ApiProblem } from '../../api/api-problem.ts';
import { useEventStream } from '../../api/use-event-stream.ts';
import type { AppAddress } from '../data/app-address.ts';
import { addLines, EMPTY_LOG, type LogBuffer } from './log-buffer.ts';

/** Which log, and how much of it. */
export interface LogQuery {
  readonly pod: string;
  readonly container?: string | undefined;
  readonly previous: boolean;
  readonly follow: boolean;
  readonly tail: number;
}

export interface Log {
  readonly buffer: LogBuffer;
  readonly isOpen: boolean;
  /** Why it ended, once it has. */
  readonly ended?: string;
  readonly problem?: ApiProblem;
}

/** Listens to a log; another query, or another `attempt`, begins anew. When the network breaks it begins anew too, so that no line is there twice. */
export function useLog(address: AppAddress, query: LogQuery, attempt: number): Log {
  const path = logPath(address, query);
  const key = `${path}#${attempt}`;
  const [held, setHeld] = useState<{ readonly key: string; readonly buffer: LogBuffer; readonly ended?: string }>({
    key,
    buffer: EMPTY_LOG,
  });
  const take = (event: ServerEvent) => {
    if (event.event === 'lines') {
      const { lines } = JSON.parse(event.data) as Extract<LogMessage, { event: 'lines' }>['data']; // our own Worker's, by its contract
      setHeld((before) => ({ key, buffer: addLines(before.key === key ? before.buffer : EMPTY_LOG, lines) }));
    } else if (event.event === 'end') {
      const { reason } = JSON.parse(event.data) as Extract<LogMessage, { event: 'end' }>['data']; // as above
      setHeld((before) => ({ key, buffer: before.key === key ? before.buffer : EMPTY_LOG, ended: reason }));
    }
  };
  const stream = useEventStream(key, {
    path: () => {
      setHeld({ key, buffer: EMPTY_LOG });
      return path;
    },
    onEvent: take,
    once: true,
  });
  const isOurs = held.key === key;
  return {
    buffer: isOurs ? held.buffer : EMPTY_LOG,
    isOpen: stream.state === 'open' && !(isOurs && held.ended !== undefined),
    ...(isOurs && held.ended !== undefined ? { ended: held.ended } : {}),
    ...(stream.problem === undefined ? {} : { problem: stream.problem }),
  };
}

function logPath({ cluster, app }: AppAddress, { pod, container, previous, follow, tail }: LogQuery): string {
  const query = new URLSearchParams({ pod, tail: String(tail) });
  if (container !== undefined) query.set('container', container);
  if (previous) query.set('previous', '1');
  if (follow && !previous) query.set('follow', '1');
  return `/api/apps/${encodeURIComponent(cluster)}/${encodeURIComponent(app)}/logs?${query}`;
}
