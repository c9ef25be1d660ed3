import { setTimeout as sleep } from 'node:timers/promises';
import { ok, type Result } from '../../core/result.ts';
import { type Failure, notAsAsked } from '../failure.ts';
import type { ApiClient } from './api-client.ts';

/**
 * Signing in without a password here (as RFC 8628): the Worker gives a code, a person who is signed in types it in the browser, and this asks until
 * the Worker gives the token. The code that the person sees and the one that is asked with are not the same.
 */
export interface DeviceCode {
  readonly userCode: string;
  readonly deviceCode: string;
  readonly verificationUrl: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Seconds between two questions. */
  readonly interval: number;
}

export interface DeviceToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** Begins; fails when the Worker refuses, or names a page that no browser should be sent to. */
export async function startDeviceFlow(api: ApiClient): Promise<Result<DeviceCode, Failure>> {
  const answer = await api.outside('POST', '/auth/device', {});
  if (!answer.ok) return answer;
  const code = answer.value.result<DeviceCode>();
  if (!code.ok) return code;
  const page = URL.parse(code.value.verificationUrl, api.url);
  if (page === null || !/^https?:$/.test(page.protocol)) return notAsAsked('the Worker names no page to sign in on');
  return ok({ ...code.value, verificationUrl: page.href });
}

/** Asks until a person has approved the code. Fails when its time is over, or the Worker refuses. */
export async function awaitDeviceToken(api: ApiClient, code: DeviceCode): Promise<Result<DeviceToken, Failure>> {
  const deadline = Date.now() + code.expiresIn * 1000;
  while (Date.now() < deadline) {
    await sleep(Math.max(1, code.interval) * 1000);
    const answer = await api.outside('POST', '/auth/device/token', { deviceCode: code.deviceCode });
    // A Worker that is away for a moment is waited for.
    if (!answer.ok) continue;
    const token = answer.value.result<DeviceToken>();
    if (token.ok) return token;
    if (token.error.code !== 'auth.pending' && answer.value.status !== 429) return token;
  }
  return notAsAsked('nobody approved the code in time', 'Begin again with `plumb login`.');
}
