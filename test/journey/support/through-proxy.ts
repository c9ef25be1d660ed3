import type { AgentProcess } from '../../../cli/demo/run-agent.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { Journey } from './start-journey.ts';
import type { WarpedTime } from './warped-time.ts';

export interface Surroundings {
  readonly proxy?: FaultProxy;
  readonly time?: WarpedTime;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the agent again in these surroundings; the one before it is killed. */
export async function restartAgent(journey: Journey, { proxy, time, env }: Surroundings = {}): Promise<void> {
  await journey.system.agent().stop('SIGKILL');
  await startAgentIn(journey, 'agent', { ...(proxy && { proxy }), ...(time && { time }), ...(env && { env }) });
}

/** Starts an agent in these surroundings; the first agent is called `agent`, a second one with its identity otherwise. */
export async function startAgentIn(journey: Journey, name: string, { proxy, time, env }: Surroundings): Promise<AgentProcess> {
  const token = await journey.cluster.serviceAccountToken('plumbline-system', 'plumbline-agent');
  const kubeconfig = await proxy?.kubeconfig(journey.dir, token);
  return journey.startAgent(name, { ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }), ...time?.env, ...env });
}
