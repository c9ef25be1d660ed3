import type { TreeNode } from '../../../core/api/tree.ts';
import type { HealthStatus, ResourceStatus } from '../../../core/app/status.ts';

/** A node of the tree in the words of a test: its key, its owner and its health. */
export function node(key: string, parent?: string, status: HealthStatus = 'Healthy'): TreeNode {
  return {
    key,
    version: 'v1',
    uid: key,
    health: { status },
    createdAt: '2026-11-21T10:00:00Z',
    ...(parent === undefined ? {} : { parent }),
  };
}

/** An object that Git has. */
export function resource(key: string, sync: ResourceStatus['sync'] = 'Synced', status: HealthStatus = 'Healthy'): ResourceStatus {
  return { key, version: 'v1', sync, health: { status } };
}

export const DEPLOYMENT = 'apps/Deployment/shop/web';
export const OLD_SET = 'apps/ReplicaSet/shop/web-1';
export const NEW_SET = 'apps/ReplicaSet/shop/web-2';
export const pod = (name: string) => `/Pod/shop/${name}`;
