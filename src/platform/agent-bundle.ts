import type { AgentBundle } from '../../core/install/agent-manifest.ts';
import packed from '../../dist/agent.mjs.gz';

/** The agent's program, built into the Worker (build/agent-bundle.ts). */
export function agentBundle(): AgentBundle {
  return { packed: new Uint8Array(packed) };
}
