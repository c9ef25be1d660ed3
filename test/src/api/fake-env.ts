import type { ExecutionContext } from 'hono';
import type { Env } from '../../../src/platform/env.ts';
import type { ClusterPort, FleetPort, LobbyPort } from '../../../src/platform/ports.ts';

export interface FakeObjects {
  readonly fleet?: Partial<FleetPort>;
  readonly lobby?: Partial<LobbyPort>;
  readonly clusters?: Readonly<Record<string, Partial<ClusterPort>>>;
}

/** Bindings whose objects answer what a test says, and throw for everything else. */
export function fakeEnv({ fleet = {}, lobby = {}, clusters = {} }: FakeObjects): Env {
  const namespace = (find: (name: string) => object) => ({
    idFromName: (name: string) => name,
    get: (name: string) => find(name),
  });
  const env = {
    FLEET: namespace(() => fleet),
    LOBBY: namespace(() => lobby),
    CLUSTER: namespace((name) => clusters[name] ?? {}),
    REPOSITORY: namespace(() => ({})),
    BOARD: namespace(() => ({ record: async () => undefined })),
    RENDERER: {},
    PLUMBLINE_SECRET: 'a secret of thirty-two characters',
    PLUMBLINE_API_TOKEN: 'the-api-token',
  };
  return env as unknown as Env; // only what the routes use of the platform's classes
}

/** Collects what a request leaves running; the type is the platform's. */
export function fakeContext() {
  const left: Promise<unknown>[] = [];
  const context = {
    waitUntil: (work: Promise<unknown>) => void left.push(work),
    passThroughOnException: () => undefined,
    props: {},
  };
  return { left, context: context as unknown as ExecutionContext }; // the rest is never used
}
