import type { Delivery, NotifyView } from '../../core/api/notify.ts';
import { kindsOf, type NotifyRules, type Rule, toSubscription } from '../../core/notify/rules.ts';
import type { Sql } from '../platform/sql.ts';
import { listTroubles } from './service-tables.ts';
import type { ServiceInForce } from './services-in-force.ts';
import { type DeliveryRow, listDeliveries } from './tables.ts';

/** How many deliveries are shown, and how many subscriptions. */
const SHOWN_DELIVERIES = 200;
const SHOWN_SUBSCRIPTIONS = 5_000;

/** What people see of notifications. `faults`: what keeps a service from working, by its name. */
export function toNotifyView(
  sql: Sql,
  rules: NotifyRules,
  { services, faults }: { readonly services: ReadonlyMap<string, ServiceInForce>; readonly faults: ReadonlyMap<string, string> },
): NotifyView {
  const troubles = listTroubles(sql);
  const troubleOf = (service: string, recipient: string) =>
    troubles.find((trouble) => trouble.service === service && trouble.recipient === recipient)?.problem;
  const faultOf = (rule: Rule): string | undefined => {
    if (rule.service === '') return undefined;
    const service = services.get(rule.service);
    if (service === undefined) return `there is no service ${rule.service.slice(0, 100)}`;
    if (kindsOf(rule).length === 0) return 'it is about nothing that happens here';
    return faults.get(rule.service) ?? troubleOf(rule.service, rule.recipient);
  };
  const subscriptions = [...rules.rules, ...rules.shown].slice(0, SHOWN_SUBSCRIPTIONS);
  return {
    services: [...services.values()].map(({ name, kind, settings, origin, sealed }) => {
      const fault = faults.get(name) ?? troubles.find(({ service }) => service === name)?.problem;
      return {
        name,
        kind,
        settings,
        origin,
        hasSecret: sealed !== undefined,
        ...(fault === undefined ? {} : { problem: fault }),
      };
    }),
    subscriptions: subscriptions.map((rule) => toSubscription(rule, faultOf(rule))),
    deliveries: listDeliveries(sql, SHOWN_DELIVERIES).map(toDelivery),
    problems: toProblems(sql, rules, { services, faults }),
  };
}

/** What somebody has to mend: mistakes in Git, services that do not work, recipients who could not be reached, subscriptions to what is not there. */
export function toProblems(
  sql: Sql,
  rules: NotifyRules,
  { services, faults }: { readonly services: ReadonlyMap<string, ServiceInForce>; readonly faults: ReadonlyMap<string, string> },
): NotifyView['problems'] {
  const inUse = new Set([...rules.rules, ...rules.shown].map(({ service }) => service));
  const broken = [...faults].map(([name, message]) => ({ where: `service ${name}`, message }));
  const unreached = listTroubles(sql)
    .filter(({ service }) => services.has(service) && !faults.has(service))
    .map(({ service, recipient, problem }) => ({
      where: recipient === '' ? `service ${service}` : `${service} ${recipient}`,
      message: problem,
    }));
  const nowhere = [...inUse]
    .filter((name) => name !== '' && !services.has(name))
    .map((name) => ({ where: `service ${name.slice(0, 100)}`, message: 'subscriptions name it, and there is no such service' }));
  const subscriptions = [...rules.rules, ...rules.shown].flatMap(({ origin, problem }) =>
    problem === undefined ? [] : [{ where: origin, message: problem }],
  );
  const all = [...rules.problems, ...broken, ...unreached, ...nowhere, ...subscriptions];
  // One mistake in a service is a mistake of all its subscriptions.
  return [...new Map(all.map((one) => [`${one.where}\n${one.message}`, one])).values()].slice(0, 500);
}

function toDelivery({
  id,
  n,
  time,
  kind,
  cluster,
  app,
  service,
  recipient,
  state,
  attempts,
  nextAt,
  problem,
}: DeliveryRow): Delivery {
  return {
    ...{ id: `${n}-${id.slice(0, 8)}`, time, kind, cluster, app, service, recipient, state, attempts },
    ...(nextAt === undefined || state !== 'waiting' ? {} : { nextAt }),
    ...(problem === undefined ? {} : { problem }),
  };
}
