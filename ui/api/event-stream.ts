import { createEventParser, type ServerEvent } from '../../core/api/event-parser.ts';
import { type ApiProblem, asApiProblem, noAnswer, toApiProblem } from './api-problem.ts';

export type StreamState = 'connecting' | 'open' | 'waiting' | 'closed';

/** What to listen to. `path` is asked before each attempt with the id of the last event, so that a cursor can go into its query. */
export interface StreamOptions {
  readonly path: (lastId: string | undefined) => string;
  readonly onEvent: (event: ServerEvent) => void;
  /** `closed` is final: the API refused (`problem` says why), or the stream ended and `once` was set. */
  readonly onState?: (state: StreamState, problem?: ApiProblem) => void;
  /** Do not connect again when the stream ends: for streams that have an end. */
  readonly once?: boolean;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** The server says something (a comment at least) every 15 s. */
const SILENCE_MS = 45_000;

/** Listens to server-sent events until the function that it gives is called; connects again, ever more slowly, when the network fails. */
export function openEventStream(options: StreamOptions): () => void {
  const stopped = new AbortController();
  void listen(options, stopped.signal);
  return () => stopped.abort();
}

async function listen(options: StreamOptions, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let wait = FIRST_WAIT_MS;
  const onEvent = (event: ServerEvent) => {
    lastId = event.id ?? lastId;
    wait = FIRST_WAIT_MS;
    options.onEvent(event);
  };
  while (!signal.aborted) {
    options.onState?.('connecting');
    const problem = await readOnce(options, { path: options.path(lastId), onEvent, signal });
    if (signal.aborted) return;
    const isFinal = problem !== undefined && problem.status >= 400 && problem.status < 500 && problem.status !== 429;
    if (isFinal || (options.once === true && problem === undefined)) return options.onState?.('closed', problem);
    options.onState?.('waiting', problem);
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

interface OneReading {
  readonly path: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly signal: AbortSignal;
}

/** Reads one connection to its end; gives why it failed, undefined when the server ended it. */
async function readOnce(options: StreamOptions, { path, onEvent, signal }: OneReading): Promise<ApiProblem | undefined> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  try {
    const response = await fetch(path, {
      headers: { accept: 'text/event-stream' },
      credentials: 'same-origin',
      signal: AbortSignal.any([signal, silent.signal]),
    });
    if (!response.ok) return await toApiProblem(response);
    if (response.body === null) return noAnswer();
    options.onState?.('open');
    const parse = createEventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
      for (const event of parse(value)) onEvent(event);
    }
  } catch (error) {
    return error instanceof DOMException ? noAnswer() : asApiProblem(error);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      window.removeEventListener('online', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    window.addEventListener('online', done);
  });
}
