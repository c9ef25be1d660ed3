import { fromWords, toWords } from './oid-words.ts';

/** Which object lies at which position of a pack; deltas name their bases so. Mostly added in rising order. */
export interface PackPositions {
  add(offset: number, oid: string): void;
  find(offset: number): string | undefined;
}

/** Makes an empty table, 28 bytes an object. */
export function createPackPositions(): PackPositions {
  let offsets = new Float64Array(256);
  let ids = new Uint32Array(256 * 5);
  let count = 0;
  // Deltas that waited for their bases are added late.
  const late = new Map<number, string>();
  return {
    add(offset, oid) {
      if (count > 0 && offset <= (offsets[count - 1] ?? 0)) {
        late.set(offset, oid);
        return;
      }
      if (count === offsets.length) {
        const moreOffsets = new Float64Array(count * 2);
        moreOffsets.set(offsets);
        offsets = moreOffsets;
        const moreIds = new Uint32Array(count * 10);
        moreIds.set(ids);
        ids = moreIds;
      }
      offsets[count] = offset;
      toWords(oid, ids, count * 5);
      count += 1;
    },
    find(offset) {
      let low = 0;
      let high = count - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const at = offsets[middle] ?? 0;
        if (at === offset) return fromWords(ids, middle * 5);
        if (at < offset) low = middle + 1;
        else high = middle - 1;
      }
      return late.get(offset);
    },
  };
}
