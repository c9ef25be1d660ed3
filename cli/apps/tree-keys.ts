import type { ObjectKey } from '../../core/objects/object.ts';
import { ok, type Result } from '../../core/result.ts';
import type { Failure } from '../failure.ts';
import type { OneApp } from './app-command.ts';

/** Keys of everything that belongs to an App: the objects of Git, and what they own where the agent has told of it. */
export async function treeKeys({ api, params, view }: OneApp): Promise<Result<readonly ObjectKey[], Failure>> {
  const tree = await api.call('GET /apps/:cluster/:app/tree', { params });
  if (!tree.ok) return tree;
  const own = (view.status?.resources ?? []).map(({ key }) => key);
  return ok([...new Set([...own, ...tree.value.nodes.map(({ key }) => key)])]);
}
