import { refOfKey } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { plainLine } from '../../core/question/plain-line.ts';
import type { AnswerPart, Question } from '../../core/question/questions.ts';
import { createLineRedactor, MAX_LINE } from '../../core/question/redact-text.ts';
import type { Result } from '../../core/result.ts';
import type { ApiFailure, ClusterApi, LogStream } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';

export type LogSource = Pick<ClusterApi, 'logs' | 'kindOf'>;

export interface LogParts {
  readonly api: LogSource;
  readonly clock: Clock;
  readonly send: (id: string, part: AnswerPart) => Promise<Result<'taken' | 'gone', Problem>>;
  readonly signal: AbortSignal;
}

/** Lines gather for this long before they are sent; in one part there is at most so much. */
const GATHER_MS = 100;
const MAX_PART_CHARACTERS = 256_000;
/** Parts follow each other no faster, so that a Pod that prints without end costs about 1 MB a second. */
const PACE_MS = 250;
/** While nothing is printed, whether anybody still listens is asked this often. */
const ASK_MS = 10_000;
const MAX_DURATION_MS = 30 * 60_000;
const MAX_FAILURES = 3;

type LogQuestion = Extract<Question, { readonly kind: 'logs' }>;

/**
 * Sends a Pod's log in numbered parts, each when the one before was taken: whoever reads slowly slows down the API server's stream, and nothing piles up
 * here. Ends when the log does, when nobody listens any more, or after half an hour.
 */
export async function sendLogs(question: LogQuestion, { api, clock, send, signal }: LogParts): Promise<void> {
  let seq = 0;
  const tell = (rest: Omit<AnswerPart, 'seq'>) => send(question.id, { seq: seq++, ...rest });
  const stop = new AbortController();
  const onStop = () => stop.abort();
  signal.addEventListener('abort', onStop);
  const cancelEnd = clock.after(MAX_DURATION_MS, onStop);
  try {
    const opened = await open(question, api, stop.signal);
    if (!opened.ok) {
      const { status, problem: found } = opened.error;
      await tell({ done: true, problem: status === 403 ? problem('question.forbidden', found.message) : found });
      return;
    }
    const lines = new LineQueue(clock);
    const reading = readLines(opened.value, lines).finally(() => lines.end());
    const reason = await sendAll(lines, { tell, clock });
    opened.value.close();
    lines.end();
    await reading;
    if (reason !== undefined) await tell({ done: true, reason: stop.signal.aborted ? 'time' : reason });
  } finally {
    cancelEnd();
    signal.removeEventListener('abort', onStop);
    stop.abort();
  }
}

async function open(
  { key, container, tail, since, previous = false, follow }: LogQuestion,
  api: LogSource,
  signal: AbortSignal,
): Promise<Result<LogStream, ApiFailure>> {
  const ref = refOfKey(key);
  const kind = api.kindOf('v1', 'Pod');
  if (ref === undefined || ref.kind !== 'Pod' || ref.group !== '' || kind === undefined)
    return { ok: false, error: { status: 404, problem: problem('question.gone', 'only Pods have logs') } };
  return api.logs(
    { kind, namespace: ref.namespace, name: ref.name },
    {
      tailLines: tail,
      previous,
      follow,
      signal,
      ...(container === undefined ? {} : { container }),
      ...(since === undefined ? {} : { sinceSeconds: since }),
    },
  );
}

interface Sending {
  readonly tell: (rest: Omit<AnswerPart, 'seq'>) => Promise<Result<'taken' | 'gone', Problem>>;
  readonly clock: Clock;
}

/** Sends until the lines end; undefined when nobody listens any more. */
async function sendAll(lines: LineQueue, { tell, clock }: Sending): Promise<string | undefined> {
  for (let failures = 0; ; ) {
    const isOver = await lines.wait(ASK_MS);
    if (!isOver) await clock.sleep(GATHER_MS);
    const part = lines.take(MAX_PART_CHARACTERS);
    if (part.length === 0 && isOver) return 'end';
    const sent = await tell({ done: false, lines: part });
    if (sent.ok && sent.value === 'gone') return undefined;
    failures = sent.ok ? 0 : failures + 1;
    if (failures === MAX_FAILURES) return undefined;
    await clock.sleep(PACE_MS - GATHER_MS);
  }
}

/** Lines between the log and the Worker: the log is read no further while there are too many. */
class LineQueue {
  readonly #clock: Clock;
  #lines: string[] = [];
  #characters = 0;
  #isOver = false;
  #wake: () => void = () => {};
  #resume: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async push(line: string): Promise<void> {
    this.#lines.push(line);
    this.#characters += line.length + 1;
    this.#wake();
    while (this.#characters > MAX_PART_CHARACTERS && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
    this.#resume();
  }

  /** Until there is something, or `ms` have passed; true when no more will come. */
  async wait(ms: number): Promise<boolean> {
    if (this.#lines.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(ms, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    return this.#isOver;
  }

  take(max: number): string[] {
    let count = 0;
    let characters = 0;
    while (count < this.#lines.length && (count === 0 || characters < max)) characters += (this.#lines[count++] ?? '').length + 1;
    const taken = this.#lines.slice(0, count);
    this.#lines = this.#lines.slice(count);
    this.#characters -= characters;
    this.#resume();
    return taken;
  }
}

/** Cuts a log into lines, each redacted and bounded. What is not UTF-8 becomes replacement characters; escape sequences and control characters go. */
async function readLines({ chunks }: LogStream, lines: LineQueue): Promise<void> {
  const redact = createLineRedactor();
  const decoder = new TextDecoder();
  const put = (line: string) => lines.push(redact(plainLine(line)));
  let rest = '';
  let isCut = false;
  try {
    for await (const chunk of chunks) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
      rest = parts.pop() ?? '';
      for (const part of parts) {
        if (!isCut) await put(part);
        isCut = false;
      }
      // A line without end is told as far as lines go, once.
      if (rest.length > MAX_LINE) {
        if (!isCut) await put(rest);
        isCut = true;
        rest = '';
      }
    }
  } catch {
    // The connection broke or was closed: what was read counts.
  }
  if (rest !== '' && !isCut) await put(rest);
}
