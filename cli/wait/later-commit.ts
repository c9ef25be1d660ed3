import { execFile } from 'node:child_process';
import type { AppId } from '../../core/api/board.ts';
import type { ApiClient } from '../connection/api-client.ts';

/**
 * Whether the commit that an App runs comes after another one, so that waiting for that one is over: a push may be overtaken by the next.
 * In this order: its deployments name both; Git knows, in the folder where the command runs (a pipeline has the repository there); the
 * commit that Git knows is older by its date. What cannot be told is not later.
 */
export interface CommitOrder {
  isLater(view: AppId & { readonly revision: string; readonly committedAt?: number }, wanted: string): Promise<boolean>;
}

const DEPLOYMENTS = '50';

export function createCommitOrder(api: ApiClient, cwd: string): CommitOrder {
  const known = new Map<string, Promise<boolean>>();
  return {
    isLater(view, wanted) {
      if (view.revision === '' || view.revision.startsWith(wanted)) return Promise.resolve(false);
      const key = `${view.cluster}/${view.app} ${view.revision} ${wanted}`;
      const answer = known.get(key) ?? decide(view, wanted);
      known.set(key, answer);
      return answer;
    },
  };

  async function decide(
    view: AppId & { readonly revision: string; readonly committedAt?: number },
    wanted: string,
  ): Promise<boolean> {
    const { cluster, app, revision, committedAt } = view;
    const listed = await api.call('GET /apps/:cluster/:app/deployments', {
      params: { cluster, app },
      query: { limit: DEPLOYMENTS },
    });
    if (listed.ok) {
      const [now, ...before] = listed.value.deployments;
      // Back at an older commit is not behind the newer one.
      if (now?.action === 'rollback') return false;
      if (now?.revision === revision && before.some((one) => one.revision.startsWith(wanted))) return true;
    }
    if (!/^[0-9a-f]+$/.test(wanted)) return false;
    const ancestor = await git(cwd, ['merge-base', '--is-ancestor', wanted, revision]);
    if (ancestor.code === 0 || ancestor.code === 1) return ancestor.code === 0;
    const shown = await git(cwd, ['show', '--no-patch', '--format=%ct', `${wanted}^{commit}`]);
    return shown.code === 0 && committedAt !== undefined && committedAt > Number(shown.out.trim()) * 1000;
  }
}

function git(cwd: string, args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve) => {
    execFile('git', [...args], { cwd, encoding: 'utf8' }, (error, out) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out });
    });
  });
}
