/** Segments that were opened, the least recently used dropped first once they exceed a number of bytes. */
export interface SegmentCache {
  get(segment: number): Uint8Array | undefined;
  put(segment: number, plain: Uint8Array): void;
  clear(): void;
}

/** Makes an empty cache. */
export function createSegmentCache(maxBytes: number): SegmentCache {
  // A Map iterates in the order of insertion, so the first key is the one that was used longest ago.
  const kept = new Map<number, Uint8Array>();
  let bytes = 0;
  const drop = (segment: number): void => {
    bytes -= kept.get(segment)?.byteLength ?? 0;
    kept.delete(segment);
  };
  return {
    get(segment) {
      const plain = kept.get(segment);
      if (plain === undefined) return undefined;
      kept.delete(segment);
      kept.set(segment, plain);
      return plain;
    },
    put(segment, plain) {
      drop(segment);
      kept.set(segment, plain);
      bytes += plain.byteLength;
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break;
        drop(oldest);
      }
    },
    clear() {
      kept.clear();
      bytes = 0;
    },
  };
}
