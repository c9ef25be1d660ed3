import { type Context, Hono } from 'hono';
import { INSTALLATION_LEDGER } from '../../core/ledger/installation.ts';
import { boardOf, clusterOf, fleetOf } from '../platform/env.ts';
import type { ClusterPort } from '../platform/ports.ts';
import type { ApiEnv } from './api-env.ts';
import { problemResponse } from './problem-response.ts';

const MAX_PAGE = 200;
/** The ledger of a cluster (or `_fleet`, the installation's own) for people: its log, whether it verifies, one commit; and of an App two states compared, and receipts. */
export const ledgerViewRoutes = new Hono<ApiEnv>()
  .get('/ledger/:cluster', (c) =>
    onLedger(c, async (ledger) => {
      const { app, before, limit } = c.req.query();
      const size = Math.trunc(Math.min(Math.max(Number(limit ?? 50) || 50, 1), MAX_PAGE));
      return c.json(
        await ledger.ledgerLog({
          limit: size,
          ...(app === undefined ? {} : { app }),
          ...(before === undefined ? {} : { before }),
        }),
      );
    }),
  )
  .get('/ledger/:cluster/state', (c) =>
    onLedger(c, async (ledger) => {
      const { everSigned } = await fleetOf(c.env).keys();
      const origin = c.env.PLUMBLINE_URL ?? new URL(c.req.url).origin;
      const clone = `git clone ${origin}/ledger/${c.req.param('cluster')}.git`;
      return c.json({ ...(await ledger.ledgerState(everSigned)), clone });
    }),
  )
  .get('/ledger/:cluster/:entry', (c) =>
    onLedger(c, async (ledger) => {
      const entry = await ledger.ledgerEntry(c.req.param('entry'));
      return entry.ok ? c.json(entry.value) : problemResponse(c, entry.error);
    }),
  )
  .get('/apps/:cluster/:app/compare', (c) =>
    onCluster(c, async (cluster) => {
      const diff = await cluster.compare(c.req.param('app'), c.req.query('from') ?? '', c.req.query('to') ?? '');
      return diff.ok ? c.json(diff.value) : problemResponse(c, diff.error);
    }),
  )
  .get('/apps/:cluster/:app/receipt', (c) =>
    onCluster(c, async (cluster) => {
      const receipt = await cluster.receipt(c.req.param('app'), c.req.query('id') ?? '');
      return receipt.ok ? c.json(receipt.value) : problemResponse(c, receipt.error);
    }),
  );

type Ledger = Pick<ClusterPort, 'ledgerLog' | 'ledgerState' | 'ledgerEntry'>;

/** The ledger of a cluster, or that of the installation itself; the check of every request has found that it is there. */
function onLedger(c: Context<ApiEnv>, work: (ledger: Ledger) => Promise<Response>): Promise<Response> {
  const name = c.req.param('cluster') ?? '';
  return work(name === INSTALLATION_LEDGER ? boardOf(c.env) : clusterOf(c.env, name));
}

function onCluster(c: Context<ApiEnv>, work: (cluster: ClusterPort) => Promise<Response>): Promise<Response> {
  return work(clusterOf(c.env, c.req.param('cluster') ?? ''));
}
