import { createHmac } from 'node:crypto';
import type { PushEvent } from './git-server.ts';

/**
 * Gives an `onPush` that posts Plumbline's generic webhook, signed with HMAC-SHA-256, to `target.url`.
 * A receiver that is away is not an error of the push: polling finds the commit.
 */
export function createPushWebhook(target: {
  readonly url: string;
  readonly secret: string;
}): (event: PushEvent) => Promise<void> {
  return async (event) => {
    const body = JSON.stringify({ repository: event.url, ref: event.ref, before: event.before, after: event.after });
    const signature = createHmac('sha256', target.secret).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-plumbline-signature': `sha256=${signature}` };
    await fetch(target.url, { method: 'POST', headers, body }).then(
      (response) => response.body?.cancel(),
      () => {},
    );
  };
}
