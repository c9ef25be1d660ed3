import type { Context } from 'hono';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { parseClaim, type RequestClaim } from '../../core/protocol/request-signature.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Env } from '../platform/env.ts';
import { fleetOf } from '../platform/env.ts';
import type { ClusterInfo } from '../platform/ports.ts';
import { readBounded } from '../platform/read-bounded.ts';

/** What an agent sends in good faith, in bytes: a poll names at most 20,000 bundles, a report of 1,000 Apps is about 1 MB, a GET has no body. */
const MAX_BODY = { poll: 2_000_000, report: 32_000_000, bundle: 0, answer: 10_000_000 } as const;

/** A request that claims to come from an agent; the object that knows the agent's key checks the claim. */
export interface AgentRequest {
  readonly cluster: ClusterInfo;
  readonly claim: RequestClaim;
  readonly body: Uint8Array;
  /** Path and query as signed. */
  readonly path: string;
}

/** Clusters by their identity, remembered by this isolate so that a poll does not wake the Fleet; a removed cluster is refused by its own object. */
const remembered = new Map<string, ClusterInfo>();

/** Reads headers and a bounded body, of known clusters only; fails with agent.signature, agent.unknown or api.too_large. */
export async function readAgentRequest(
  c: Context<{ Bindings: Env }>,
  kind: keyof typeof MAX_BODY,
): Promise<Result<AgentRequest, Problem>> {
  const claim = parseClaim((name) => c.req.header(name));
  if (!claim.ok) return claim;
  const cluster = remembered.get(claim.value.cluster) ?? (await fleetOf(c.env).clusterOfUid(claim.value.cluster));
  if (cluster === undefined) return err(problem('agent.unknown', 'no agent is enrolled for this cluster', { rule: 'P21' }));
  remembered.set(claim.value.cluster, cluster);
  const body = await readBounded(c.req.raw, MAX_BODY[kind]);
  if (!body.ok) return body;
  const url = new URL(c.req.url);
  return ok({ cluster, claim: claim.value, body: body.value, path: url.pathname + url.search });
}

/** Forgets where a cluster's requests go: its object has refused one. */
export function forgetCluster(uid: string): void {
  remembered.delete(uid);
}
