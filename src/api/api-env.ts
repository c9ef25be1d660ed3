import type { Caller } from '../../core/api/access.ts';
import type { Env } from '../platform/env.ts';
import type { Authenticated, May } from './authenticate.ts';

/** What every handler below /api finds in its context: who calls, and what they may do. */
export interface ApiEnv {
  readonly Bindings: Env;
  readonly Variables: { readonly caller: Caller; readonly may: May; readonly access: Authenticated };
}
