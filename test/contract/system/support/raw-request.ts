import { connect } from 'node:net';

/**
 * Sends the head of a request as it is written, then a piece again and again until the server answers, cuts the connection, or `limit` bytes are
 * gone; gives the status, if there was one, and how much was taken.
 */
export function sendUntilAnswered(
  url: string,
  head: string,
  endless: { readonly piece: Buffer; readonly limit: number } = { piece: Buffer.alloc(0), limit: 0 },
): Promise<{ readonly status: number | undefined; readonly sent: number }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let sent = 0;
    let received = '';
    const settle = () => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(received)?.[1];
      socket.destroy();
      resolve({ status: status === undefined ? undefined : Number(status), sent });
    };
    const push = () => {
      while (received === '' && sent < endless.limit) {
        sent += endless.piece.length;
        if (!socket.write(endless.piece)) return void socket.once('drain', push);
      }
    };
    socket.setTimeout(30_000, settle);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      settle();
    });
    // A server that has answered may close before everything is written.
    socket.on('error', () => undefined);
    socket.on('close', settle);
    socket.on('connect', () => {
      socket.write(head);
      push();
    });
  });
}
