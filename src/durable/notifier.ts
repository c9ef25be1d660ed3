import { DurableObject } from 'cloudflare:workers';
import type { Notice } from '../../core/api/activity.ts';
import type { Env } from '../platform/env.ts';
import type { NotifierPort } from '../platform/notifier-port.ts';

/** One per installation: the outbox of notifications. What it has taken is delivered, however often the Worker is restarted. */
export class Notifier extends DurableObject<Env> implements NotifierPort {
  async take(_notices: readonly Notice[]): Promise<void> {
    return undefined;
  }

  async problems(): Promise<readonly { readonly where: string; readonly message: string }[]> {
    return [];
  }

  async counts(): Promise<{ readonly [state: string]: number }> {
    return {};
  }

  async tick(): Promise<void> {
    return undefined;
  }
}
