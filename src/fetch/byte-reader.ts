import { refuse } from './failure.ts';

/** Gives the next piece of a stream, undefined at its end. A piece is never written to again by whoever gave it. */
export type NextBytes = () => Promise<Uint8Array | undefined>;

/**
 * Reads a stream of bytes in pieces of the reader's choosing. Bytes are never moved in place, so views stay valid:
 * a piece that is used up is let go, a remainder is joined with what comes next into new memory.
 */
export class ByteReader {
  /** Unread bytes are `buffer[start..]`. */
  buffer: Uint8Array = new Uint8Array(0);
  start = 0;
  /** How many bytes were consumed since the beginning. */
  position = 0;
  readonly #next: NextBytes;
  readonly #onConsumed: ((bytes: Uint8Array) => void) | undefined;

  constructor(next: NextBytes, onConsumed?: (bytes: Uint8Array) => void) {
    this.#next = next;
    this.#onConsumed = onConsumed;
  }

  get available(): number {
    return this.buffer.length - this.start;
  }

  /** Appends what comes next; false at the end of the stream. */
  async fill(): Promise<boolean> {
    return this.ensure(this.available + 1);
  }

  /** Waits until `size` bytes are unread; false when the stream ends before. */
  async ensure(size: number): Promise<boolean> {
    if (this.available >= size) return true;
    const pieces: Uint8Array[] = [];
    let total = this.available;
    while (total < size) {
      const piece = await this.#next();
      if (piece === undefined) break;
      pieces.push(piece);
      total += piece.length;
    }
    const [first] = pieces;
    if (first === undefined) return false;
    if (pieces.length === 1 && this.available === 0) this.buffer = first;
    else {
      const joined = new Uint8Array(total);
      joined.set(this.buffer.subarray(this.start));
      let at = this.available;
      for (const piece of pieces) {
        joined.set(piece, at);
        at += piece.length;
      }
      this.buffer = joined;
    }
    this.start = 0;
    return total >= size;
  }

  /** Consumes `size` unread bytes, which must be there. */
  advance(size: number): void {
    this.#onConsumed?.(this.buffer.subarray(this.start, this.start + size));
    this.start += size;
    this.position += size;
  }

  /** Consumes and gives exactly `size` bytes. Fails with git.unavailable when the stream ends before: the connection was cut. */
  async take(size: number): Promise<Uint8Array> {
    if (!(await this.ensure(size))) refuse('git.unavailable', 'the answer of the Git server ended too early');
    const bytes = this.buffer.subarray(this.start, this.start + size);
    this.advance(size);
    return bytes;
  }
}
