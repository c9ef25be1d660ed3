import { isJsonObject } from '../objects/json-object.ts';
import { describeRef, type Json, type Manifest, type ObjectRef } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';

/** Who the agent is in its own cluster. */
export interface AgentIdentity {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/**
 * The agent's own things, which nothing that the Worker sends may change: its namespace and all in it, its ClusterRoles, and every
 * binding that would give its ServiceAccount (directly or through a group that it is in) other rights than the operator gave.
 * Gives `apply.protected` for such an object, undefined for all others.
 */
export function checkProtected(manifest: Manifest, ref: ObjectRef, agent: AgentIdentity): Problem | undefined {
  const refused = (why: string): Problem => problem('apply.protected', why, { where: describeRef(ref) });
  if (ref.namespace === agent.namespace) return refused(`namespace ${agent.namespace} belongs to the agent`);
  if (ref.group === '' && ref.kind === 'Namespace' && ref.name === agent.namespace)
    return refused("it is the agent's own namespace");
  if (ref.group !== 'rbac.authorization.k8s.io') return undefined;
  const isCluster = ref.kind === 'ClusterRole' || ref.kind === 'ClusterRoleBinding';
  if (isCluster && (ref.name === agent.serviceAccount || ref.name.startsWith(`${agent.serviceAccount}-`)))
    return refused("it is one of the agent's own roles");
  const subjects = manifest['subjects'];
  const isBinding = ref.kind === 'ClusterRoleBinding' || ref.kind === 'RoleBinding';
  if (isBinding && Array.isArray(subjects) && subjects.some((subject) => namesAgent(subject, ref, agent)))
    return refused("it gives rights to the agent's ServiceAccount");
  return undefined;
}

function namesAgent(subject: Json, ref: ObjectRef, agent: AgentIdentity): boolean {
  if (!isJsonObject(subject)) return false;
  const name = subject['name'];
  switch (subject['kind']) {
    case 'ServiceAccount':
      return name === agent.serviceAccount && (subject['namespace'] ?? ref.namespace) === agent.namespace;
    case 'User':
      return name === `system:serviceaccount:${agent.namespace}:${agent.serviceAccount}`;
    case 'Group':
      // Not system:authenticated: that binds everybody, and ordinary manifests do (with discovery roles, say).
      return name === 'system:serviceaccounts' || name === `system:serviceaccounts:${agent.namespace}`;
    default:
      return false;
  }
}
