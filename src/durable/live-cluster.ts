import type { AppTree } from '../../core/api/tree.ts';
import type { AppStatus } from '../../core/app/status.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { AppRequest, PublicKey } from '../../core/protocol/messages.ts';
import { checkRequest, type RequestClaim } from '../../core/protocol/request-signature.ts';
import { type AnswerPart, parseAnswer } from '../../core/question/questions.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { readDesired } from '../deliver/desired-apps.ts';
import { randomId, sleep, systemClock } from '../platform/clock.ts';
import { durableSql } from '../platform/durable-sql.ts';
import { verifyEd25519 } from '../platform/ed25519.ts';
import type { Env } from '../platform/env.ts';
import { readFact } from '../platform/facts.ts';
import type { ActionWish, LogsWish, LookWish } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { readObservedApp } from '../report/observed-apps.ts';
import { readTree } from '../report/trees.ts';
import { type ClusterLive, createClusterLive } from './cluster-live.ts';
import { ClusterReadings } from './cluster-readings.ts';
import type { AgentFact } from './cluster-report.ts';
import { isCurrent } from './cluster-views.ts';

/** The part of a Cluster object that shows people what is alive in the cluster, and takes what they ask to be done to it. */
export abstract class LiveCluster extends ClusterReadings {
  protected readonly live: ClusterLive;
  readonly #sql: Sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = durableSql(ctx.storage);
    this.live = createClusterLive({
      sql: () => this.#sql,
      now: systemClock,
      id: randomId,
      sleep,
      status: (app) => this.#status(app),
      wake: () => this.wakeAgent(),
      recorded: () => this.tellSoon(),
      unable: () => this.#unable('questions'),
    });
  }

  /** Lets the agent's poll go, as there is something for it. */
  protected abstract wakeAgent(): Promise<void>;
  /** Has others hear of what happened. */
  protected abstract tellSoon(): void;
  /** Puts a request into the snapshot. */
  abstract request(
    app: string,
    request: Omit<AppRequest, 'id'> & { readonly reason?: string },
  ): Promise<Result<{ readonly id: string }, Problem>>;

  async tree(app: string): Promise<AppTree | undefined> {
    return readTree(this.#sql, app);
  }

  async stream(app: string): Promise<ReadableStream<Uint8Array>> {
    return this.live.watch(app);
  }

  look(wish: LookWish): Promise<Result<AnswerPart, Problem>> {
    return this.live.look(wish);
  }

  logs(wish: LogsWish): Promise<Result<ReadableStream<Uint8Array>, Problem>> {
    return this.live.logs(wish);
  }

  async answer(
    claim: RequestClaim,
    { id, body, path }: { readonly id: string; readonly body: Uint8Array; readonly path: string },
  ): Promise<Result<'taken' | 'gone', Problem>> {
    const enrolled = readFact<{ readonly agentKey: PublicKey }>(this.#sql, 'enrolled');
    if (enrolled === undefined) return err(problem('agent.unknown', 'no agent is enrolled for this cluster', { rule: 'P21' }));
    const signed = await checkRequest(
      claim,
      { method: 'POST', path, body },
      { key: enrolled.agentKey, now: systemClock(), verify: verifyEd25519 },
    );
    if (!signed.ok) return signed;
    const part = parsePart(body);
    return part.ok ? this.live.answer(id, part.value) : part;
  }

  async act(app: string, { key, reason, ...wish }: ActionWish): Promise<Result<{ readonly id: string }, Problem>> {
    const node = readTree(this.#sql, app)?.nodes.find((one) => one.key === key);
    if (node === undefined) return err(problem('question.gone', 'this object is not in the tree of the App', { where: key }));
    const unable = this.#unable('actions');
    if (unable !== undefined) return err(unable);
    return this.request(app, {
      kind: 'action',
      key,
      ...(node.uid === '' ? {} : { uid: node.uid }),
      ...wish,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  #status(app: string): AppStatus | undefined {
    const desired = readDesired(this.#sql, app);
    const status = readObservedApp(this.#sql, app);
    if (desired === undefined || status === undefined || isCurrent(desired, status)) return status;
    return { ...status, sync: 'OutOfSync' };
  }

  /** Why the agent cannot be asked: an older one refuses a snapshot with requests that it does not know, all of it. */
  #unable(feature: 'questions' | 'actions'): Problem | undefined {
    const agent = readFact<AgentFact>(this.#sql, 'agent');
    if (agent === undefined) return problem('question.no_answer', 'the agent of this cluster has not reported yet');
    if (agent.features?.includes(feature) === true) return undefined;
    return problem('action.old_agent', `agent ${agent.version} of this cluster is too old for ${feature}`);
  }
}

function parsePart(body: Uint8Array): Result<AnswerPart, Problem> {
  try {
    const parsed = parseAnswer(JSON.parse(new TextDecoder().decode(body)));
    return parsed.ok ? ok(parsed.value) : err(problem('api.invalid', parsed.error));
  } catch {
    return err(problem('api.invalid', 'the body is not JSON'));
  }
}
