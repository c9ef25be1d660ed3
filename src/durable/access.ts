import { DurableObject } from 'cloudflare:workers';
import type { AccessPort } from '../platform/access-port.ts';
import type { Env } from '../platform/env.ts';

/** One per installation: people, their sessions and roles, API tokens, and how one signs in. */
export class Access extends DurableObject<Env> implements AccessPort {
  async tick(): Promise<void> {
    return undefined;
  }
}
