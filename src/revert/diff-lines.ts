/**
 * Where two texts differ, line by line: the shortest edit script of E. Myers ("An O(ND) Difference Algorithm and Its Variations", 1986), after what the
 * texts have in common at both ends is set aside.
 */

/** Lines [from, to) of the first text stand where lines [start, end) of the second do. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** More insertions and deletions than these are another file rather than a change: memory grows with their square. */
const MAX_EDITS = 2_000;

/** The lines of a text, each with its line feed. */
export function toLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The hunks in order, with at least one common line between them; undefined when the texts are too different. */
export function diffLines(before: readonly string[], after: readonly string[]): Hunk[] | undefined {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  const matches = commonLines(a, b);
  if (matches === undefined) return undefined;
  const hunks: Hunk[] = [];
  let [x, y] = [0, 0];
  for (const [i, j] of [...matches, [a.length, b.length] as const]) {
    if (i > x || j > y) hunks.push({ from: head + x, to: head + i, start: head + y, end: head + j });
    [x, y] = [i + 1, j + 1];
  }
  return hunks;
}

/** Pairs of lines that stay, in order. */
function commonLines(a: readonly string[], b: readonly string[]): (readonly [number, number])[] | undefined {
  const trace = traceEdits(a, b);
  if (trace === undefined) return undefined;
  const matches: (readonly [number, number])[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d--) {
    const k = x - y;
    // The trace before d edits holds diagonals -d-1 to d+1.
    const at = (diagonal: number) => trace[d]?.[diagonal + d + 1] ?? -1;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const before = down ? at(k + 1) : at(k - 1);
    const from = d === 0 ? 0 : down ? before : before + 1;
    while (x > from && y > from - k) matches.push([--x, --y]);
    if (d > 0) [x, y] = [before, before - (down ? k + 1 : k - 1)];
  }
  return matches.reverse();
}

/** How far each diagonal reached before each number of edits, up to the number that makes one text of the other. */
function traceEdits(a: readonly string[], b: readonly string[]): Int32Array[] | undefined {
  const most = Math.min(MAX_EDITS, a.length + b.length);
  const middle = most + 1;
  const reach = new Int32Array(2 * middle + 1);
  const trace: Int32Array[] = [];
  const at = (k: number) => reach[middle + k] ?? 0;
  for (let d = 0; d <= most; d++) {
    trace.push(reach.slice(middle - d - 1, middle + d + 2));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach[middle + k] = x;
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return undefined;
}
