import { Hono } from 'hono';
import { allowedSigners } from '../../core/ledger/allowed-signers.ts';
import { INSTALLATION_LEDGER } from '../../core/ledger/installation.ts';
import { boardOf, clusterOf, type Env, fleetOf } from '../platform/env.ts';
import { authorise } from './authorise.ts';

/** `git clone …/ledger/<cluster>.git`, with the API token as password, and the public keys that verify its commits. */
export const ledgerRoutes = new Hono<{ Bindings: Env }>()
  .get('/ledger/allowed_signers', async (c) => {
    const { everSigned } = await fleetOf(c.env).keys();
    return c.text(
      allowedSigners(
        'plumbline',
        everSigned.map((key) => ({ key })),
      ),
    );
  })
  .all('/ledger/:repo{_?[a-z0-9-]+\\.git}/*', async (c) => {
    const name = c.req.param('repo').slice(0, -'.git'.length);
    // Git sends no cookies, and a browser's must not count: what it posts here is no JSON.
    const who =
      c.req.header('authorization') === undefined ? undefined : await authorise(c, { resource: 'ledger', action: 'get' }, name);
    if (who === undefined || (!who.ok && who.error.code === 'api.unauthenticated')) {
      return c.text('The ledger needs an API token as password.\n', 401, {
        'www-authenticate': 'Basic realm="Plumbline ledger"',
      });
    }
    if (!who.ok) return c.text(`There is no cluster ${name}.\n`, 404);
    if (name === INSTALLATION_LEDGER) return boardOf(c.env).ledger(c.req.raw);
    const known = (await fleetOf(c.env).clusters()).some((cluster) => cluster.name === name);
    if (!known) return c.text(`There is no cluster ${name}.\n`, 404);
    return clusterOf(c.env, name).ledger(c.req.raw);
  });
