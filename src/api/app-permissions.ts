import type { AppView } from '../platform/ports.ts';
import type { May } from './authenticate.ts';

const ACTIONS = ['get', 'sync', 'override', 'rollback', 'approve', 'suspend', 'update', 'delete'] as const;

/** What the policy calls an App. */
export function appObject({ definition, app }: Pick<AppView, 'definition' | 'app'>): string {
  return `${definition.project}/${app}`;
}

/** What a caller may do with an App, as its page wants to know: actions, and `logs`. Actions on its objects depend on their kind and are asked one by one. */
export function permissionsOf(view: Pick<AppView, 'definition' | 'app'>, may: May): readonly string[] {
  const object = appObject(view);
  return [...ACTIONS.filter((action) => may('applications', action, object)), ...(may('logs', 'get', object) ? ['logs'] : [])];
}
