import type { TreeDelta } from '../../core/api/tree.ts';
import type { AppStatus } from '../../core/app/status.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { Envelope, PollRequest } from '../../core/protocol/messages.ts';
import type { AnswerPart, Question } from '../../core/question/questions.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { wholeTree } from '../../core/tree/apply-delta.ts';
import { readDesired } from '../deliver/desired-apps.ts';
import type { LogsWish, LookWish } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { createLiveFeed, type LiveFeed } from '../question/live-feed.ts';
import { createQuestionDesk } from '../question/question-desk.ts';
import { addEvent, type NewEvent } from '../report/observed-apps.ts';
import { deleteTree, readTree, takeDelta } from '../report/trees.ts';
import type { ClusterWriter, Decision } from './cluster-writer.ts';

/** What people look at in a cluster just now: trees as they change, objects and logs by asking the agent. */
export interface ClusterLive {
  /** A report's decision that also takes over what it says of trees. */
  withTrees(decision: Decision, deltas: readonly TreeDelta[] | undefined): Decision;
  /** After it was carried out: tells those who watch; gives the Apps whose tree is to be sent whole. */
  tellTrees(deltas: readonly TreeDelta[] | undefined): { readonly resendTrees?: readonly string[] };
  /** Tells those who watch an App how it is, and that there is more to ask for, if that has changed. */
  tellStatuses(): void;
  watch(app: string): ReadableStream<Uint8Array>;
  /** Number of the newest question, for the Lobby. */
  newest(): number;
  /** The list of questions for a poll that has come for them, or that they are new to. */
  questionsFor(
    request: PollRequest,
    on: { readonly writer: Pick<ClusterWriter, 'uid' | 'signer'> | undefined; readonly hasOtherNews: boolean },
  ): Promise<{ readonly questions?: Envelope }>;
  /** Asks for one object, or what can be done to it. */
  look(wish: LookWish): Promise<Result<AnswerPart, Problem>>;
  logs(wish: LogsWish): Promise<Result<ReadableStream<Uint8Array>, Problem>>;
  answer(id: string, part: AnswerPart): Result<'taken' | 'gone', Problem>;
}

type Wish = Omit<LookWish, 'kind'>;

export interface LiveParts {
  readonly sql: () => Sql;
  readonly now: () => number;
  readonly id: () => string;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** The App's status as people are to see it. */
  readonly status: (app: string) => AppStatus | undefined;
  /** Lets the agent's poll go. */
  readonly wake: () => Promise<void>;
  /** There is a new event to be told of. */
  readonly recorded: () => void;
  /** Undefined when the agent can answer, else why not. */
  readonly unable: () => Problem | undefined;
}

interface Watched {
  readonly app: string;
  /** What was told last. */
  told: string;
  /** What Git had and people had decided then. */
  decided: string;
}

/** An agent that polls gets a question at once; one that does not is away. */
const ANSWER_MS = 12_000;
const MAX_WATCHERS = 200;
const MAX_LOGS = 50;

export function createClusterLive(parts: LiveParts): ClusterLive {
  const desk = createQuestionDesk(parts.now);
  const watchers = new Map<LiveFeed, Watched>();
  let logs = 0;
  let resend: string[] = [];

  const sendStatus = (feed: LiveFeed, watched: Watched): void => {
    const decided = JSON.stringify(readDesired(parts.sql(), watched.app) ?? null);
    if (decided !== watched.decided) feed.send('view', {});
    watched.decided = decided;
    const status = parts.status(watched.app);
    const text = JSON.stringify({ ...status, observedAt: 0 });
    if (status === undefined || text === watched.told) return;
    watched.told = text;
    feed.send('status', status);
  };

  const record = (event: NewEvent): void => {
    addEvent(parts.sql(), event, parts.now());
    parts.recorded();
  };

  const ask = async (question: Question, take: (part: AnswerPart) => 'taken' | 'gone'): Promise<void> => {
    desk.ask(question, take);
    await parts.wake();
  };

  /** An agent may only be asked about what is in the App's tree (threat S14); it looks again itself. */
  const refuse = ({ app, key }: Wish): Problem | undefined =>
    readTree(parts.sql(), app)?.nodes.some((node) => node.key === key) === true
      ? parts.unable()
      : problem('question.gone', 'this object is not in the tree of the App', { where: key });

  return {
    withTrees(decision, deltas = []) {
      if (deltas.length === 0) return decision;
      return {
        ...decision,
        rows: (...args) => {
          decision.rows(...args);
          resend = [];
          for (const delta of deltas) {
            // Of an App that is not wanted nothing is kept: nobody would ever delete it.
            if (readDesired(parts.sql(), delta.app) === undefined) deleteTree(parts.sql(), delta.app);
            else if (!takeDelta(parts.sql(), delta)) resend.push(delta.app);
          }
        },
      };
    },
    tellTrees(deltas = []) {
      if (deltas.length === 0) return {};
      for (const delta of deltas)
        if (!resend.includes(delta.app)) for (const [feed, { app }] of watchers) if (app === delta.app) feed.send('tree', delta);
      return resend.length === 0 ? {} : { resendTrees: resend };
    },
    tellStatuses() {
      for (const [feed, watched] of watchers) sendStatus(feed, watched);
    },
    watch(app) {
      const feed: LiveFeed = createLiveFeed({ sleep: parts.sleep, onClose: () => void watchers.delete(feed) });
      const watched = { app, told: '', decided: '' };
      // One more than may listen makes the oldest come again.
      const [oldest] = watchers.keys();
      if (watchers.size >= MAX_WATCHERS) oldest?.end();
      watchers.set(feed, watched);
      sendStatus(feed, watched);
      feed.send('tree', wholeTree(app, readTree(parts.sql(), app) ?? { nodes: [], more: 0 }));
      return feed.stream;
    },
    newest: () => desk.number(),
    async questionsFor({ questions: seen }, { writer, hasOtherNews }) {
      if (seen === undefined || writer?.uid === undefined || (hasOtherNews && desk.number() <= seen)) return {};
      return { questions: await desk.list({ cluster: writer.uid, signer: writer.signer, seen }) };
    },
    async look({ app, key, kind, actor }) {
      const refused = refuse({ app, key, actor });
      if (refused !== undefined) return err(refused);
      const id = parts.id();
      const waited = new AbortController();
      let answer: AnswerPart | undefined;
      await ask({ id, kind, app, key }, (part) => {
        answer = part;
        waited.abort();
        return 'taken';
      });
      await parts.sleep(ANSWER_MS, waited.signal);
      desk.forget(id);
      if (answer === undefined) return err(noAnswer());
      if (answer.problem !== undefined) return err(answer.problem);
      if (kind === 'object') record({ app, kind: 'object', text: `${key} looked at`, actor });
      return ok(answer);
    },
    async logs({ app, key, actor, ...wish }) {
      const refused = refuse({ app, key, actor });
      if (refused !== undefined) return err(refused);
      if (logs >= MAX_LOGS) return err(problem('api.conflict', `${logs} logs of this cluster are being read already`));
      const id = parts.id();
      const begun = new AbortController();
      let isBegun = false;
      let failure: Problem | undefined;
      logs++;
      const feed = createLiveFeed({
        sleep: parts.sleep,
        onClose: () => {
          logs--;
          desk.forget(id);
        },
      });
      await ask({ id, kind: 'logs', app, key, ...wish }, (part) => {
        if (!feed.isOpen()) return 'gone';
        if (!isBegun) failure = part.problem;
        isBegun = true;
        begun.abort();
        if (part.lines !== undefined && part.lines.length > 0) feed.send('lines', { lines: part.lines });
        if (part.done) {
          feed.send('end', { reason: part.problem?.message ?? part.reason ?? 'end' });
          feed.end();
        }
        return 'taken';
      });
      await parts.sleep(ANSWER_MS, begun.signal);
      const found = isBegun ? failure : noAnswer();
      if (found !== undefined) {
        await feed.stream.cancel();
        return err(found);
      }
      record({ app, kind: 'logs', text: `log of ${key} opened`, actor });
      return ok(feed.stream);
    },
    answer: (id, part) => desk.answer(id, part),
  };
}

function noAnswer(): Problem {
  return problem('question.no_answer', `the agent did not answer within ${ANSWER_MS / 1000} s`);
}
