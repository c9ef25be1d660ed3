import { readSeed } from '../cli/demo/seed-files.ts';
import { type SlackHost, startSlackHost } from '../test/contract/notify/support/slack-host.ts';
import { deployment } from '../test/journey/support/cluster-objects.ts';
import { controlsOf } from '../test/journey/support/control.ts';
import { argoApp, configMapYaml, deploymentYaml } from '../test/journey/support/definitions.ts';
import type { Journey } from '../test/journey/support/start-journey.ts';
import { waitFor } from '../test/journey/support/wait-for.ts';

const ANA = { author: 'Ana Silva <ana@example.org>' };
const BEN = { author: 'Ben Okoro <ben@example.org>' };
const SYNCED = { sync: 'Synced', health: 'Healthy' } as const;
/** The token that the Slack of the tests knows. */
const SLACK_TOKEN = 'xoxb-right-canary';
/** Apps that are well, and what their last commit says. */
const QUIET = {
  accounts: ['accounts: ask for a second factor', ANA],
  catalog: ['catalog: larger pictures', BEN],
  gateway: ['gateway: TLS 1.3 only', BEN],
  mail: ['mail: plain text beside HTML', ANA],
} as const;

/**
 * Brings a system to a day as it may be: most Apps are well, `checkout` broke with its last commit, `search` was edited by hand, `payments` waits for an
 * approval, and Slack has been told. Gives the Slack, which somebody has to close.
 */
export async function playDay(journey: Journey): Promise<SlackHost> {
  const { api } = journey.system;
  const controls = controlsOf(journey);
  const slack = await startSlackHost();
  const send = async (method: 'POST' | 'PUT', path: string, body: object) => {
    const answer = await api.send(method, path, body);
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(answer.error)}`);
  };
  await send('PUT', '/notify/services/slack', {
    kind: 'slack',
    settings: { url: `${slack.url}/api/` },
    secret: { token: SLACK_TOKEN },
  });
  await send('PUT', '/notify/services/alerts', { kind: 'alertmanager', settings: { url: slack.url }, secret: {} });

  const repository = await journey.repository('fleet');
  const { url } = repository;
  const define = (name: string, options: object = {}) => ({
    [`fleet/${name}.yaml`]: argoApp(url, { name, path: `apps/${name}`, ...options }),
  });
  const quiet = Object.keys(QUIET).map((name) => ({ ...define(name), [`apps/${name}/web.yaml`]: web(name, '1.8.2', 1) }));
  const subscribed = {
    'notifications.argoproj.io/subscribe.on-sync-succeeded.slack': 'shop',
    'notifications.argoproj.io/subscribe.on-health-degraded.slack': 'shop;ops',
  };
  await repository.push({ ...(await readSeed(url)), ...Object.assign({}, ...quiet) }, 'open the shop', BEN);
  await journey.addFleet(repository);
  await repository.push(
    {
      ...define('checkout', { annotations: subscribed }),
      'apps/checkout/web.yaml': web('checkout', '2.4.0', 3),
      'apps/checkout/service.yaml': serviceYaml('checkout'),
      'apps/checkout/settings.yaml': configMapYaml('settings', 'EUR'),
      ...define('search', { automated: { prune: true, selfHeal: false } }),
      'apps/search/web.yaml': web('search', '0.9.1', 2),
      ...define('payments', { annotations: { 'plumbline.dev/approvals': '1' } }),
      'apps/payments/config.yaml': configMapYaml('config', 'v1'),
    },
    'add checkout, search and payments',
    ANA,
  );
  await controls.until('payments', 'to wait for an approval', ({ control }) => control?.approval !== undefined);
  for (const app of [...Object.keys(QUIET), 'checkout', 'search', 'guestbook', 'shop-dev', 'shop-staging', 'shop-prod', 'store'])
    await journey.waitForApp(app, SYNCED);
  for (const [version, subject, by] of [
    ['2.4.1', 'checkout: round totals as the bank does', BEN],
    ['2.5.0', 'checkout: take vouchers', ANA],
  ] as const) {
    const revision = await repository.push({ 'apps/checkout/web.yaml': web('checkout', version, 3) }, subject, by);
    await journey.waitForApp('checkout', { revision, ...SYNCED });
  }
  for (const [app, [subject, by]] of Object.entries(QUIET)) {
    const revision = await repository.push({ [`apps/${app}/web.yaml`]: web(app, '1.9.0', 1) }, subject, by);
    await journey.waitForApp(app, { revision, ...SYNCED });
  }
  await journey.objects.patch(
    deployment('search', 'search'),
    { spec: { replicas: 5, template: { spec: { containers: [{ name: 'web', image: 'registry.example/search:0.9.2-rc1' }] } } } },
    'kubectl-edit',
  );
  const bad = await repository.push(
    { 'apps/checkout/web.yaml': crashing('checkout', '2.6.0') },
    'checkout: new payment form',
    BEN,
  );
  await journey.waitForApp('checkout', { revision: bad, health: 'Degraded' });
  await journey.waitForApp('search', { sync: 'OutOfSync' });
  await waitFor('Slack to be told', () => slack.messages.some(({ text }) => /degraded/i.test(text)));
  return slack;
}

function web(name: string, version: string, replicas: number): string {
  return deploymentYaml(name, { replicas, image: `registry.example/${name}:${version}` });
}

/** A Deployment whose Pods exit at once, and that gives up soon. */
function crashing(name: string, version: string): string {
  return web(name, version, 3)
    .replace('"spec": {', '"spec": { "progressDeadlineSeconds": 2,')
    .replace('"labels": {', '"annotations": { "devcluster.plumbline.dev/behaviour": "crash-loop" }, "labels": {');
}

function serviceYaml(name: string): string {
  const spec = { selector: { app: name }, ports: [{ port: 80 }] };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
}
