import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Deployment } from '../../core/api/control.ts';
import type { AppView, ClusterDetails, ClusterEvent, ClusterView, FleetKeys } from '../../core/api/views.ts';
import { PROBLEM_KINDS, type ProblemCode } from '../../core/problem/codes.ts';
import type { Envelope, PublicKey } from '../../core/protocol/messages.ts';
import { toPublicKey } from '../../core/protocol/signing.ts';

export const TOKEN = 'token-3f9c1b';
export const INSTALL_TOKEN = 'install-77';

/** What the server answers from; tests change it as they go. */
export interface ApiState {
  apps: AppView[];
  clusters: (ClusterView | ClusterDetails)[];
  events: ClusterEvent[];
  deployments: Deployment[];
  keys: FleetKeys;
  /** The root key in the install manifest, when it is not the fleet's. */
  pinned?: string;
  /** Every request with a body, as it came. */
  readonly received: { readonly method: string; readonly path: string; readonly body: unknown }[];
}

export interface ApiServer {
  readonly url: string;
  readonly state: ApiState;
  /** Adds an event, and tells who follows. */
  happen(event: ClusterEvent): void;
  /** Breaks every connection that follows. */
  cutStreams(): void;
  stop(): Promise<void>;
}

type Extra = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Answers as the Worker's routes do, from views that were recorded; `extra` may answer first. */
export async function startApiServer(extra: Extra = async () => false): Promise<ApiServer> {
  const state: ApiState = {
    apps: [],
    clusters: [],
    events: [],
    deployments: [],
    keys: { version: 0, online: [], everSigned: [] },
    received: [],
  };
  const streams = new Set<ServerResponse>();
  const server = createServer(async (request, response) => {
    if (await extra(request, response)) return;
    if (request.url?.startsWith('/api/stream') === true) {
      streams.add(response);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      return;
    }
    const { status, body } = await answer(state, request, server.address());
    response.writeHead(status, { 'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: originOf(server.address()),
    state,
    happen(event) {
      state.events.push(event);
      for (const stream of streams) stream.write(`event: activity\nid: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
    },
    cutStreams() {
      for (const stream of streams) stream.destroy();
      streams.clear();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function originOf(address: unknown): string {
  return `http://127.0.0.1:${(address as { port: number }).port}`; // it listens on a port
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const refuse = (status: number, code: ProblemCode, message: string): Answer => ({
  status,
  body: { code, message, fix: PROBLEM_KINDS[code].fix },
});

async function answer(state: ApiState, request: IncomingMessage, address: unknown): Promise<Answer> {
  const { method = 'GET' } = request;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
  if (pathname === `/install/${INSTALL_TOKEN}`) return { status: 200, body: manifest(state) };
  if (!pathname.startsWith('/api/')) return refuse(404, 'api.not_found', 'there is nothing here');
  if (request.headers.authorization !== `Bearer ${TOKEN}`)
    return refuse(401, 'api.unauthenticated', 'the API token is missing or wrong');
  const body = await readBody(request);
  if (body !== undefined) state.received.push({ method, path: pathname, body });
  const [, , noun = '', cluster = '', app = '', verb = ''] = pathname.split('/');
  switch (`${method} ${noun}`) {
    case 'GET apps':
    case 'POST apps':
      return cluster === ''
        ? { status: 200, body: { apps: state.apps.map(withoutResources) } }
        : answerApp(state, { cluster, app, verb, method });
    case 'GET clusters':
      return answerClusters(state, cluster);
    case 'POST clusters':
      return {
        status: 201,
        body: { name: 'eu-1', token: INSTALL_TOKEN, install: `${originOf(address)}/install/${INSTALL_TOKEN}` },
      };
    case 'GET keys':
      return { status: 200, body: state.keys };
    case 'POST keys':
      return { status: 201, body: makeKey(state) };
    case 'PUT keys':
      return { status: 200, body: takeList(state, body as { envelope: Envelope; root: PublicKey }) }; // sent by the CLI under test
    case 'GET activity':
      return { status: 200, body: { events: [...state.events].reverse().slice(0, Number(searchParams.get('limit'))) } };
    case 'POST webhook':
      return { status: 200, body: { path: '/hooks', secret: 'hook-secret' } };
    case 'POST fleet':
      return { status: 201, body: { id: 'f1', ...(body as object), problems: [] } }; // sent by the CLI under test
    default:
      return method === 'DELETE' || method === 'PUT'
        ? { status: 200, body: {} }
        : refuse(404, 'api.not_found', 'there is nothing here');
  }
}

function answerClusters({ clusters }: ApiState, name: string): Answer {
  if (name === '') return { status: 200, body: { clusters } };
  const found = clusters.find((view) => view.name === name);
  return found === undefined ? refuse(404, 'api.not_found', `there is no cluster ${name}`) : { status: 200, body: found };
}

function answerApp(state: ApiState, ask: { cluster: string; app: string; verb: string; method: string }): Answer {
  const view = state.apps.find((one) => one.cluster === ask.cluster && one.app === ask.app);
  if (view === undefined) return refuse(404, 'api.not_found', `there is no App ${ask.app} in cluster ${ask.cluster}`);
  const resources = view.status?.resources ?? [];
  switch (ask.verb) {
    case '':
      return { status: 200, body: view };
    case 'diff':
      return {
        status: 200,
        body: {
          revision: view.revision,
          drift: view.status?.drift ?? [],
          outOfSync: resources.filter((one) => one.sync !== 'Synced'),
          desired: [],
        },
      };
    case 'receipt':
      return refuse(404, 'api.not_found', 'there is no such receipt');
    case 'deployments':
      return { status: 200, body: { deployments: state.deployments } };
    case 'history':
      return {
        status: 200,
        body: {
          history: [
            {
              commit: 'c'.repeat(40),
              time: 1_700_000_000_000,
              message: `${ask.app}: synced 4f1c2aa\n\nApp: ${ask.app}\n`,
              generation: 7,
            },
          ],
        },
      };
    default:
      return { status: 202, body: { id: 'request-1' } };
  }
}

function withoutResources(view: AppView): unknown {
  if (view.status === undefined) return view;
  const { resources, ...status } = view.status;
  return { ...view, status: { ...status, objects: resources.length } };
}

function makeKey(state: ApiState): PublicKey {
  const { publicKey } = generateKeyPairSync('ed25519');
  const made = toPublicKey(new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)));
  state.keys = { ...state.keys, online: [...state.keys.online, made], everSigned: [...state.keys.everSigned, made] };
  return made;
}

function takeList(state: ApiState, { envelope, root }: { envelope: Envelope; root: PublicKey }): { version: number } {
  state.keys = { ...state.keys, envelope, root, version: state.keys.version + 1 };
  return { version: state.keys.version };
}

function manifest(state: ApiState): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: plumbline\ndata:\n  PLUMBLINE_ROOT_KEY: ${state.pinned ?? state.keys.root?.key}\n`;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}
