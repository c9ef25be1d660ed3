import { problem } from '../../core/problem/problem.ts';
import { err } from '../../core/result.ts';
import type { AppRuntime } from './app-runtime.ts';
import type { ApplyContext } from './apply-context.ts';
import type { ObjectTools } from './object/object-tools.ts';

/** How the objects of an App are written: as its ServiceAccount where it names one, by its rules, and only while no newer snapshot has come. */
export function toolsOf({ tools, actAs, fence }: ApplyContext, runtime: AppRuntime): ObjectTools {
  const { spec } = runtime;
  if (spec === undefined) return tools;
  const { serviceAccount } = spec.policy;
  const api = serviceAccount === undefined || actAs === undefined ? tools.api : actAs(serviceAccount);
  return {
    ...tools,
    api,
    policy: spec.policy,
    // An agent that slept may know of a newer snapshot by now, and must not go on writing what the older one said (threat F34).
    mayStillWrite: async () => {
      const fenced = await fence.check();
      if (!fenced.ok || runtime.spec === spec) return fenced;
      return err(problem('apply.conflict', 'a newer snapshot has come meanwhile', { where: runtime.id }));
    },
  };
}
