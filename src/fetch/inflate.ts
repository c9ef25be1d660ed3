/**
 * zlib streams that lie one after the other in a pack, with nothing between them that says where one ends: the
 * decompressor must tell how much input it took, which neither DecompressionStream nor most libraries do.
 * Output goes into memory of a size that the caller has checked; one byte more is an error.
 */
import { inflate, inflateInit2, inflateReset, type ZStream } from 'pako/lib/zlib/inflate.js';
import type { ByteReader } from './byte-reader.ts';
import { refuse } from './failure.ts';

const Z_FINISH = 4;
const Z_STREAM_END = 1;
const Z_OK = 0;
const Z_BUF_ERROR = -5;
const PIECE_BYTES = 65_536;

export interface Inflater {
  /**
   * Consumes one stream that must inflate to exactly `size` bytes; they are valid until the next call.
   * Fails with git.corrupt for invalid data or another size, with git.unavailable when the input ends.
   */
  inflate(reader: ByteReader, size: number): Promise<Uint8Array>;
  /** The same for what is too large to keep: hands pieces to `sink`, which must not keep them. */
  inflateThrough(reader: ByteReader, size: number, sink: (piece: Uint8Array) => void): Promise<void>;
}

/** Makes an inflater; it serves one stream at a time. */
export function createInflater(): Inflater {
  let stream = newStream();
  let used = false;
  // Most objects are small: they share one piece of memory instead of leaving thousands behind.
  const scratch = new Uint8Array(PIECE_BYTES);

  /** Reusing the state is much cheaper than making one, but pako 1.0 forgets the size of a window that it keeps. */
  function begin(): void {
    if (used) stream = newStream();
    else inflateReset(stream);
    used = false;
  }

  /** One call of zlib with the input that is there; true at the end of the stream. */
  function step(reader: ByteReader): boolean {
    stream.input = reader.buffer;
    stream.next_in = reader.start;
    stream.avail_in = reader.available;
    const status = inflate(stream, Z_FINISH);
    reader.advance(stream.next_in - reader.start);
    if (status === Z_STREAM_END) return true;
    used = true;
    if (status !== Z_OK && status !== Z_BUF_ERROR) refuse('git.corrupt', 'the pack holds data that cannot be decompressed');
    return false;
  }

  async function more(reader: ByteReader): Promise<void> {
    if (reader.available === 0 && !(await reader.fill())) refuse('git.unavailable', 'the pack ended in the middle of an object');
  }

  return {
    async inflate(reader, size) {
      begin();
      // The byte too many shows a stream that is longer than declared.
      const output = size < PIECE_BYTES ? scratch.subarray(0, size + 1) : new Uint8Array(size + 1);
      stream.output = output;
      stream.next_out = 0;
      stream.avail_out = output.length;
      for (;;) {
        if (reader.available === 0) await more(reader);
        const ended = step(reader);
        if (stream.avail_out === 0 || (ended && stream.next_out !== size)) {
          refuse('git.corrupt', 'an object of the pack has another size than it declares');
        }
        if (ended) return output.subarray(0, size);
      }
    },
    async inflateThrough(reader, size, sink) {
      begin();
      // With a piece of its own for every step, the window keeps what later references need.
      const piece = new Uint8Array(PIECE_BYTES);
      let total = 0;
      for (;;) {
        if (reader.available === 0) await more(reader);
        stream.output = piece;
        stream.next_out = 0;
        stream.avail_out = piece.length;
        const ended = step(reader);
        total += stream.next_out;
        if (total > size || (ended && total !== size))
          refuse('git.corrupt', 'an object of the pack has another size than it declares');
        sink(piece.subarray(0, stream.next_out));
        if (ended) return;
      }
    },
  };
}

function newStream(): ZStream {
  const none = new Uint8Array(0);
  const stream: ZStream = {
    input: none,
    next_in: 0,
    avail_in: 0,
    total_in: 0,
    output: none,
    next_out: 0,
    avail_out: 0,
    total_out: 0,
    msg: '',
    state: null,
    data_type: 2,
    adler: 0,
  };
  inflateInit2(stream, 15);
  return stream;
}
