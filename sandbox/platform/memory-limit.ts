/**
 * The memory of WebAssembly lies outside of the heap that a process can be limited to, so its growth is refused here: the program then sees an
 * allocation fail, as it would on a small machine. Memory never shrinks, so a process with much of it is better replaced.
 */
export interface MemoryLimit {
  /** True when some memory has grown to more than half of what it may have. */
  hasGrown(): boolean;
  /** True when growth was refused since the last call. */
  wasRefused(): boolean;
}

/** Node's types leave the classes of WebAssembly out. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: { readonly prototype: Memory } };
};

const PAGE = 65_536;

/** Limits every WebAssembly memory of this process to `bytes`. */
export function limitMemory(bytes: number): MemoryLimit {
  const { prototype } = wasm.Memory;
  const { grow } = prototype;
  let largest = 0;
  let refused = false;
  prototype.grow = function growWithin(this: Memory, pages: number): number {
    const size = this.buffer.byteLength + Number(pages) * PAGE;
    if (size > bytes) {
      refused = true;
      throw new RangeError('out of memory');
    }
    largest = Math.max(largest, size);
    return grow.call(this, pages);
  };
  return {
    hasGrown: () => largest > bytes / 2,
    wasRefused() {
      const was = refused;
      refused = false;
      return was;
    },
  };
}
