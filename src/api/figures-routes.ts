import { Hono } from 'hono';
import type { Figures } from '../../core/api/board.ts';
import { computeFigures, type DeploymentRecord } from '../../core/figures/figures.ts';
import { systemClock } from '../platform/clock.ts';
import { clusterOf, fleetOf } from '../platform/env.ts';
import type { ApiEnv } from './api-env.ts';

const DAY_MS = 24 * 60 * 60_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 90;
/** How many clusters are asked at a time. */
const PARALLEL = 16;

/** DORA's four figures of an App, a cluster or everything, of the Apps that the caller may see. */
export const figuresRoutes = new Hono<ApiEnv>().get('/figures', async (c) => {
  const { cluster, app } = c.req.query();
  const days = Math.trunc(Math.min(Math.max(Number(c.req.query('days') ?? DEFAULT_DAYS) || DEFAULT_DAYS, 1), MAX_DAYS));
  const now = systemClock();
  const names = (await fleetOf(c.env).clusters()).flatMap(({ name }) =>
    cluster === undefined || name === cluster ? [name] : [],
  );
  const query = { since: now - (days + 1) * DAY_MS, ...(app === undefined ? {} : { app }) };
  const records: DeploymentRecord[] = [];
  const may = c.get('may');
  const next = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      for (const record of await clusterOf(c.env, name).figures(query))
        if (may('applications', 'get', `${record.project}/${record.app}`)) records.push(record);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, next));
  return c.json(computeFigures(records, { days, now }) satisfies Figures);
});
