import { hc } from 'hono/client';
import { noAnswer, toApiProblem } from './api-problem.ts';
import type { Api } from './api-schema.ts';

/**
 * The API, typed by its route table: `await answer(client.apps[':cluster'][':app'].$get({ param: param({ cluster, app }) }))`.
 * The session cookie travels by itself; every call that is not answered with 2xx throws an ApiProblem.
 */
export const client = hc<Api>('/api', { fetch: askApi });

/** The JSON of an answer. */
export async function answer<T>(response: Promise<{ json(): Promise<T> }>): Promise<T> {
  return (await response).json();
}

/** Path parameters, made safe for a path: names of people may hold anything. */
export function param<T extends { readonly [name in keyof T]: string }>(values: T): { [name in keyof T]: string } {
  const encoded = Object.entries<string>(values).map(([name, value]) => [name, encodeURIComponent(value)]);
  return Object.fromEntries(encoded) as { [name in keyof T]: string }; // the same names
}

async function askApi(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  // Whatever changes something says that it is JSON, with a body or without: no form of another site can (threat S29).
  if (init?.method !== undefined && init.method.toUpperCase() !== 'GET') headers.set('content-type', 'application/json');
  const response = await fetch(input, { ...init, headers, credentials: 'same-origin' }).catch(() => {
    throw noAnswer();
  });
  if (!response.ok) throw await toApiProblem(response);
  return response;
}

/** POST of JSON outside /api (signing in and out). Gives the JSON of the answer, undefined when there is none; throws an ApiProblem. */
export async function postAuth(path: string, body: object): Promise<unknown> {
  const response = await askApi(path, { method: 'POST', body: JSON.stringify(body) });
  return response.json().catch(() => undefined);
}

/** GET of JSON outside /api; throws an ApiProblem. */
export async function getAuth<T>(path: string): Promise<T> {
  return (await askApi(path)).json() as Promise<T>; // of our own Worker, typed by the contract
}
