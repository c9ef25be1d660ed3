import { createServer } from 'node:net';

/**
 * Finds `count` TCP ports on 127.0.0.1 that nobody listens on at this moment. Somebody else may take one before
 * it is used, so whoever starts a server on it must be ready to ask again.
 */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  // All are held until all are found, else the same one could be found twice.
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((done, fail) => {
          server.on('error', fail);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            if (address === null || typeof address === 'string') fail(new Error('a TCP server has no port'));
            else done(address.port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
