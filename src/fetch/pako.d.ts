/** The part of pako 1.0 that `inflate.ts` uses: zlib's own interface, which says how much input a stream took. */
declare module 'pako/lib/zlib/inflate.js' {
  /** zlib's z_stream. */
  export interface ZStream {
    input: Uint8Array;
    next_in: number;
    avail_in: number;
    total_in: number;
    output: Uint8Array;
    next_out: number;
    avail_out: number;
    total_out: number;
    msg: string;
    state: unknown;
    data_type: number;
    adler: number;
  }

  /** Status: 1 at the end of the stream, 0 and -5 when it needs input or room, else an error. */
  export function inflate(stream: ZStream, flush: number): number;
  export function inflateInit2(stream: ZStream, windowBits: number): number;
  export function inflateReset(stream: ZStream): number;
}
