import { listActions } from '../../core/action/plan-action.ts';
import { FIELD_MANAGER } from '../../core/diff/comparable.ts';
import type { JsonObject, ObjectKey } from '../../core/objects/object.ts';
import { type Problem, problem, toProblem } from '../../core/problem/problem.ts';
import type { Envelope, KeyList } from '../../core/protocol/messages.ts';
import type { Verify } from '../../core/protocol/signing.ts';
import { type AnswerPart, acceptQuestions, beginQuestions, type Question } from '../../core/question/questions.ts';
import { viewDifferences, viewYaml } from '../../core/question/view-object.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { LiveObject, Target } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';
import { type EventSource, eventsOf } from './object-events.ts';
import { type LogSource, sendLogs } from './send-logs.ts';

/** An object that a question is about, as agent/apply knows it. */
export interface LookedAt {
  readonly target: Target;
  readonly live: LiveObject | undefined;
  readonly wanted: JsonObject | undefined;
  readonly fields: readonly string[];
  readonly redact: (text: string) => string;
  readonly takesBack: (field: string) => boolean;
}

export interface AnswererOptions {
  /** The API server as the App may use it: as its ServiceAccount where it has one (threat S14). */
  readonly apiOf: (app: string) => EventSource & LogSource;
  readonly clock: Clock;
  readonly verify: Verify;
  /** UID of kube-system. */
  readonly cluster: string;
  /** Worker's clock, ms. */
  readonly workerNow: () => number;
  /** Only objects of the App's own tree are shown (threat S14). */
  readonly isInTree: (app: string, key: ObjectKey) => boolean;
  readonly look: (wish: {
    readonly app: string;
    readonly key: ObjectKey;
    readonly compare: boolean;
  }) => Promise<Result<LookedAt, Problem>>;
  readonly send: (id: string, part: AnswerPart) => Promise<Result<'taken' | 'gone', Problem>>;
  readonly problem: (found: Problem) => void;
  readonly signal: AbortSignal;
}

/** At most so many answers at a time; logs that are followed count. */
const AT_ONCE = 32;
const LOOK_EVERY_MS = 250;
const MAX_LOOKS = 12;

/**
 * Answers what people want to look at. A list counts when it is signed, for this cluster and fresh (core/question/questions.ts); an id is answered once
 * (P53). Nothing is written to the cluster.
 */
export function createAnswerer(options: AnswererOptions) {
  const { clock } = options;
  const begun = new Map<string, number>();
  let newest = 0;
  let running = 0;

  const answer = async (question: Question): Promise<void> => {
    const { app, key } = question;
    const part = (rest: Omit<AnswerPart, 'seq' | 'done'>): AnswerPart => ({ seq: 0, done: true, ...rest });
    const refuse = (found: Problem) => options.send(question.id, part({ problem: found }));
    if (running >= AT_ONCE) return void (await refuse(problem('question.no_answer', 'too much is being looked at just now')));
    running++;
    // After a start it takes a moment until the trees are known.
    for (let looks = 0; !options.isInTree(app, key) && looks < MAX_LOOKS; looks++)
      await clock.sleep(LOOK_EVERY_MS, options.signal);
    try {
      if (!options.isInTree(app, key))
        return void (await refuse(problem('question.gone', 'this object is not one of the App', { where: key })));
      if (question.kind === 'logs') return await sendLogs(question, { ...options, api: options.apiOf(app) });
      const told = question.kind === 'object' ? await viewOf(question, options) : await actionsOf(question, options);
      await options.send(question.id, told.ok ? part(told.value) : part({ problem: told.error }));
    } catch (error) {
      await refuse(toProblem(error, key));
    } finally {
      running--;
    }
  };

  return {
    /** Number of the newest list that was seen. */
    seen: () => newest,
    /** Judges a list and begins to answer it; false when it was refused or is no news: then the Worker is not to be asked again at once. */
    async receive(envelope: Envelope, keyList: KeyList): Promise<boolean> {
      const { cluster, verify } = options;
      const accepted = await acceptQuestions(envelope, { cluster, keyList, verify, now: options.workerNow() });
      if (!accepted.ok) {
        options.problem(accepted.error);
        return false;
      }
      const isNews = accepted.value.number > newest;
      newest = Math.max(newest, accepted.value.number);
      const { fresh, repeated } = beginQuestions(accepted.value, begun, clock.monotonic());
      for (const found of repeated) options.problem(found);
      for (const question of fresh) void answer(question);
      return isNews;
    },
  };
}

async function viewOf(
  { app, key }: Question,
  { look, apiOf }: AnswererOptions,
): Promise<Result<Pick<AnswerPart, 'object'>, Problem>> {
  const [looked, events] = await Promise.all([look({ app, key, compare: true }), eventsOf(apiOf(app), key)]);
  if (!looked.ok) return looked;
  const { live, wanted, fields, redact } = looked.value;
  if (live === undefined && wanted === undefined) return err(problem('question.gone', 'the object is not there any more'));
  return ok({
    object: {
      ...(wanted === undefined ? {} : { desired: viewYaml(wanted, redact) }),
      ...(live === undefined ? {} : { live: viewYaml(live.object, redact) }),
      differences: live === undefined ? [] : viewDifferences(live.object, fields, FIELD_MANAGER),
      events,
    },
  });
}

async function actionsOf(
  { app, key }: Question,
  { look }: AnswererOptions,
): Promise<Result<Pick<AnswerPart, 'actions'>, Problem>> {
  const looked = await look({ app, key, compare: false });
  if (!looked.ok) return looked;
  const { live } = looked.value;
  return ok({ actions: live === undefined ? [] : listActions(live.object, looked.value) });
}
