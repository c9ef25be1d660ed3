import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectToCluster } from '../../../agent/cluster/connection.ts';

let dir: string;
let file: string;
let now = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plumbline-connection-'));
  file = join(dir, 'kubeconfig');
});
afterAll(() => rm(dir, { recursive: true }));
beforeEach(() => write('https://one.example.com', 'first'));

function write(server: string, token: string): Promise<void> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  return writeFile(file, JSON.stringify(config));
}

async function connect() {
  const connection = await connectToCluster({ source: { file }, maxSockets: 4, monotonic: () => now });
  now += 10_000;
  return connection;
}

describe('F36: a connection that is read again', () => {
  it('and is the same keeps its client, so that nothing under way is broken off', async () => {
    const connection = await connect();
    const { client } = connection;
    expect(await connection.reload()).toBe(false);
    expect(connection).toMatchObject({ version: 0, client });
  });

  it('with another token sends that one, over the same client', async () => {
    const connection = await connect();
    const { client } = connection;
    await write('https://one.example.com', 'second');
    expect(await connection.reload()).toBe(true);
    expect(connection).toMatchObject({ version: 1, client });
    expect(await connection.headers()).toEqual({ Authorization: 'Bearer second' });
  });

  it('F41: with another server goes there with a client of its own', async () => {
    const connection = await connect();
    const { client } = connection;
    await write('https://two.example.com/', 'first');
    expect(await connection.reload()).toBe(true);
    expect(connection).toMatchObject({ version: 1, server: 'https://two.example.com' });
    expect(connection.client).not.toBe(client);
  });

  it('while it is half written stays what it was', async () => {
    const connection = await connect();
    await writeFile(file, '{"apiVersion": ');
    expect(await connection.reload()).toBe(false);
    expect(await connection.headers()).toEqual({ Authorization: 'Bearer first' });
  });

  it('is not read again within two seconds, and once for all who ask at the same moment', async () => {
    const connection = await connect();
    await write('https://one.example.com', 'second');
    expect(await Promise.all([connection.reload(), connection.reload()])).toEqual([true, true]);
    await write('https://one.example.com', 'third');
    expect(await connection.reload()).toBe(false);
    now += 2_000;
    expect(await connection.reload()).toBe(true);
  });
});
