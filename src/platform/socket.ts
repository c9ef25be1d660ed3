import { connect } from 'cloudflare:sockets';
import type { Env } from './env.ts';

/** A connection, as far as mail needs one. */
export interface PlainSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Settles when it is connected; `startTls` gives a new one whose certificate was checked. */
  readonly opened: Promise<unknown>;
  startTls(): PlainSocket;
  close(): Promise<void>;
}
/** `on`: encrypted from the first byte; `starttls`: the caller asks for it, and must. */
export type OpenSocket = (address: { readonly hostname: string; readonly port: number }, tls: 'on' | 'starttls') => PlainSocket;

/** Cloudflare's own sockets; outside, the network that `plumb serve` binds, which refuses addresses that are not allowed. */
export function socketsOf(env: Env): OpenSocket {
  return (address, secureTransport) => {
    const options = { secureTransport, allowHalfOpen: false };
    return env.SOCKETS === undefined ? connect(address, options) : env.SOCKETS.connect(address, options);
  };
}
