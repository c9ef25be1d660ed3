import { describeRef, type ObjectKey, refOfKey } from '../../../core/objects/object.ts';
import { type Problem, problem, toProblem } from '../../../core/problem/problem.ts';
import type { AppRequest, ObjectResult, Receipt } from '../../../core/protocol/messages.ts';
import type { AcceptedSnapshot } from '../../../core/protocol/snapshot-rules.ts';
import { shortHash } from '../../platform/crypto.ts';
import { actionsOf } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import type { Fleet } from '../fleet.ts';
import { runAction } from './run-action.ts';

/** After a start it takes a moment until the trees are known. */
const LOOK_EVERY_MS = 500;
const MAX_LOOKS = 20;

/**
 * Does what people ask to be done to objects: requests of kind `action`, each carried out once and answered by a receipt of its own, apart from the syncs
 * of its App. A request travels in every snapshot until its receipt is known to the Worker; after a restart it may be carried out once more, so every action
 * is one that done twice comes to the same (core/action). A kind of request that this version does not know is answered with just that.
 */
export class ActionRunner {
  readonly #context: ApplyContext;
  readonly #fleet: Fleet;
  readonly #isInTree: (app: string, key: ObjectKey) => boolean;
  /** Requests that are being or were carried out, while snapshots name them. */
  readonly #begun = new Set<string>();

  /** `isInTree`: only what is in an App's tree may be acted on in its name (threat S14). */
  constructor(context: ApplyContext, fleet: Fleet, isInTree: (app: string, key: ObjectKey) => boolean) {
    this.#context = context;
    this.#fleet = fleet;
    this.#isInTree = isInTree;
  }

  /** Begins what a newly accepted snapshot asks for. */
  accept(accepted: AcceptedSnapshot): void {
    const named = new Set<string>();
    for (const spec of accepted.snapshot.apps)
      for (const request of actionsOf(spec)) {
        named.add(request.id);
        if (this.#begun.has(request.id)) continue;
        this.#begun.add(request.id);
        void this.#answer(accepted, { app: spec.id, revision: spec.revision, request });
      }
    for (const id of this.#begun) if (!named.has(id)) this.#begun.delete(id);
  }

  async #answer(
    { snapshot, digest }: AcceptedSnapshot,
    { app, revision, request }: { readonly app: string; readonly revision: string; readonly request: AppRequest },
  ): Promise<void> {
    const { clock, cluster, sink, log } = this.#context;
    const startedAt = clock.now();
    const result = await this.#carryOut(app, request).catch((error: unknown) => failed(request, toProblem(error, app)));
    const name = request.action ?? request.kind;
    const ref = refOfKey(result.key);
    log(`${app}: ${name} of ${ref === undefined ? result.key : describeRef(ref)}: ${result.problem?.code ?? result.action}`);
    const receipt: Receipt = {
      id: shortHash(`${request.id} ${result.action}`),
      cluster,
      generation: snapshot.generation,
      snapshot: digest,
      app,
      revision,
      outcome: 'acted',
      action: name.slice(0, 64),
      startedAt,
      finishedAt: clock.now(),
      results: [result],
      health: this.#fleet.statusOf(app)?.health ?? { status: 'Unknown' },
      problems: result.problem === undefined ? [] : [result.problem],
      requests: [request.id],
    };
    sink.receipt(receipt, () => undefined);
  }

  async #carryOut(app: string, request: AppRequest): Promise<ObjectResult> {
    const { key, action } = request;
    if (request.kind !== 'action' || key === undefined || action === undefined)
      return failed(request, problem('action.unknown', `this agent does not know requests of kind ${request.kind}`));
    for (let looks = 0; !this.#isInTree(app, key); looks++) {
      if (looks === MAX_LOOKS)
        return failed(request, problem('question.gone', 'this object is not one of the App', { where: key }));
      await this.#context.clock.sleep(LOOK_EVERY_MS);
    }
    const done = await runAction(this.#context, this.#fleet, { app, key, name: action, request });
    return done.ok ? { key, action: done.value } : failed(request, done.error);
  }
}

function failed({ key = '' }: AppRequest, found: Problem): ObjectResult {
  return { key, action: 'failed', problem: found };
}
