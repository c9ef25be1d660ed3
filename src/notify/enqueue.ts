import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Notice } from '../../core/api/activity.ts';
import type { ServiceKind } from '../../core/api/notify.ts';
import { FLAPPING, isFlapping } from '../../core/notify/flapping.ts';
import { KIND_MEANINGS, keepsIncidents } from '../../core/notify/kinds.ts';
import { matchNotice, type Recipient } from '../../core/notify/match-notice.ts';
import type { NotifyRules } from '../../core/notify/rules.ts';
import type { Sql } from '../platform/sql.ts';
import { deleteIncident, openIncidents, putIncident } from './service-tables.ts';
import { addDelivery, addNotice, type DeliveryValue, flapState, updateDelivery } from './tables.ts';

/** What a notice becomes a delivery by. */
export interface Enqueuing {
  readonly sql: Sql;
  readonly rules: NotifyRules;
  readonly kindOf: (service: string) => ServiceKind | undefined;
  readonly now: number;
}

/** Writes down a notice and a delivery for each of its recipients; does nothing when it is known already. Call it inside a transaction. */
export function enqueue(notice: Notice, on: Enqueuing): void {
  if (!addNotice(on.sql, notice)) return;
  for (const recipient of matchNotice(notice, on.rules, on.kindOf)) {
    const kind = on.kindOf(recipient.service);
    if (kind === undefined) continue;
    for (const trouble of troublesOf(notice, recipient, kind, on)) addOne(notice, recipient, trouble, on);
  }
}

interface Trouble {
  readonly what: string;
  readonly step: DeliveryValue['step'];
  readonly openedAt?: number;
}

/** What there is to say: for a service that keeps incidents one opening, or the end of each trouble that is open there. */
function troublesOf(notice: Notice, recipient: Recipient, kind: ServiceKind, { sql }: Enqueuing): readonly Trouble[] {
  const { what, opens, closes } = KIND_MEANINGS[notice.notice];
  if (!keepsIncidents(kind)) return [{ what, step: 'none' }];
  const at = { service: recipient.service, recipient: recipient.recipient, cluster: notice.cluster, app: notice.app };
  const ended = openIncidents(sql, at).filter((incident) => closes.includes(incident.what));
  for (const incident of ended) deleteIncident(sql, at, incident.what);
  if (opens) putIncident(sql, at, what, notice.time);
  return [
    ...ended.map((incident): Trouble => ({ what: incident.what, step: 'closes', openedAt: incident.since })),
    ...(opens ? [{ what, step: 'opens' as const }] : []),
  ];
}

function addOne(notice: Notice, recipient: Recipient, trouble: Trouble, { sql, now }: Enqueuing): void {
  const { cluster, app, notice: kind, seq, time: noticeTime } = notice;
  const { service, recipient: to, subscription, templates, metadata } = recipient;
  const revision = notice.revision ?? notice.about?.revision ?? '';
  // Line ends occur in no name.
  const line = [service, to, cluster, app].join('\n');
  const flap = [line, trouble.what, trouble.what === 'sync' ? revision : ''].join('\n');
  const id = bytesToHex(sha256(utf8ToBytes([line, seq, noticeTime, trouble.what, trouble.step].join('\n')))).slice(0, 32);
  const value: DeliveryValue = { ...{ seq, noticeTime, subscription, templates, metadata }, ...trouble };
  const row = { ...{ id, line, flap, cluster, app, kind, service, recipient: to, time: now }, thread: `${line}\n${revision}` };
  const { times, gathering } = flapState(sql, flap, now - FLAPPING.window);
  if (gathering !== undefined) {
    const summary = { count: (gathering.value.summary?.count ?? 0) + 1, since: gathering.value.summary?.since ?? now };
    updateDelivery(sql, gathering.n, { ...gathering, kind, value: { ...value, summary } }, now);
    addDelivery(sql, { ...row, state: 'summarised', value });
  } else if (isFlapping(times, now)) {
    const summary = { count: times.length + 1, since: Math.min(...times) };
    // In a line of its own: what else happens to the App is told meanwhile.
    addDelivery(sql, {
      ...row,
      line: `${line}\nsummary`,
      state: 'waiting',
      nextAt: now + FLAPPING.delay,
      value: { ...value, summary },
    });
  } else addDelivery(sql, { ...row, state: 'waiting', nextAt: now, value });
}
