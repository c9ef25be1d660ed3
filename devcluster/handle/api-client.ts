import { Agent, request } from 'node:https';

/** Where an API server is and as whom to speak to it. */
export interface ApiAccess {
  /** `https://127.0.0.1:41234`. */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** One request; `body` is sent as JSON under `contentType`. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** An answer of any status; `text` is not parsed, as health endpoints answer in plain text. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request to an API server.
 * @throws when no answer arrives: nothing listens, or the connection breaks
 */
export function callApi(access: ApiAccess, call: ApiRequest): Promise<ApiAnswer> {
  return new Promise((done, fail) => {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const sent = request(
      new URL(call.path, access.server),
      {
        method: call.method,
        ca: access.ca,
        agent: NO_REUSE,
        timeout: 10_000,
        headers: {
          authorization: `Bearer ${access.token}`,
          ...(body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => done({ status: answer.statusCode ?? 0, text }));
        answer.on('error', fail);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', fail);
    sent.end(body);
  });
}

/** A connection kept from before a restart of the API server would fail the first request after it. */
const NO_REUSE = new Agent({ keepAlive: false });
