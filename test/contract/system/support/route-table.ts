import { readFile } from 'node:fs/promises';
import { agentRoutes } from '../../../../src/api/agent-routes.ts';
import { api } from '../../../../src/api/api.ts';
import { authRoutes } from '../../../../src/api/auth-routes.ts';
import { dashboardRoutes } from '../../../../src/api/dashboard-routes.ts';
import { hookRoutes } from '../../../../src/api/hook-routes.ts';
import { installRoutes } from '../../../../src/api/install-routes.ts';
import { ledgerRoutes } from '../../../../src/api/ledger-routes.ts';
import { publicRoutes } from '../../../../src/api/public-routes.ts';

export interface Route {
  readonly method: string;
  /** As declared: `/api/apps/:cluster/:app`. */
  readonly pattern: string;
}

interface Router {
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

const unused = () => {
  throw new Error('the table is only read');
};
const ROUTERS: Readonly<Record<string, { readonly below: string; readonly router: Router }>> = {
  agentRoutes: { below: '', router: agentRoutes },
  hookRoutes: { below: '', router: hookRoutes },
  installRoutes: { below: '', router: installRoutes(unused) },
  ledgerRoutes: { below: '', router: ledgerRoutes },
  authRoutes: { below: '', router: authRoutes },
  publicRoutes: { below: '', router: publicRoutes },
  dashboardRoutes: { below: '', router: dashboardRoutes },
  api: { below: '/api', router: api },
};

/** Every route that the Worker answers, from the routers themselves and from src/worker.ts, which puts them together. */
export async function routeTable(): Promise<readonly Route[]> {
  const worker = await readFile(new URL('../../../../src/worker.ts', import.meta.url), 'utf8');
  const mounted = [...worker.matchAll(/\.route\('[^']*', (\w+)/g)].map(([, name = '']) => name);
  const unknown = mounted.filter((name) => ROUTERS[name] === undefined);
  if (unknown.length > 0) throw new Error(`the route table does not know ${unknown.join(', ')}: add them`);
  const own = [...worker.matchAll(/^ {2}\.(get|post|put|delete|all|on)\('([^']+)'/gm)].map(([, method = '', path = '']) => ({
    method: method.toUpperCase(),
    pattern: path,
  }));
  const routed = mounted.flatMap((name) => {
    const { below, router } = ROUTERS[name] as (typeof ROUTERS)[string]; // checked above
    return router.routes.map(({ method, path }) => ({ method, pattern: below + path }));
  });
  // What stands before every route below it is none by itself.
  return [
    ...own,
    ...routed.filter(({ method, pattern }) => !(method === 'ALL' && pattern.endsWith('/*') && !pattern.includes(':'))),
  ];
}

/** A path that a pattern matches, with values that exist where they can. */
export function fill(pattern: string, values: Readonly<Record<string, string>>): string {
  return pattern.replace(/:(\w+)(\{[^}]*\})?/g, (_whole, name: string) => values[name] ?? 'x').replace(/\*$/, 'info/refs');
}
