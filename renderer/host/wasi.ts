/**
 * The system interface that the engine is given: no files, no network, no arguments beyond a name, and a clock of its own.
 *
 * The Go runtime waits by asking for the time until it has passed. Where the clock stands still while code runs
 * (workerd), that would never end, so the monotonic clock here is virtual: it moves a little each time it is read, and a wait moves it to
 * its end at once. Nothing in the engine depends on how fast it goes.
 */
import { ConsoleStdout, File, OpenFile, WASI } from '@bjorn3/browser_wasi_shim';

/** What the engine may know of the outside: the time (milliseconds since 1970) for a template's `now`. */
export interface Surroundings {
  now(): number;
  /** One line that the Go runtime wrote as it died; never the content of a manifest. */
  log?(line: string): void;
}

const REALTIME = 0;
const READ_NS = 1_000n;
const SUCCESS = 0;

/** Offsets in `subscription` and `event` of WASI preview 1. */
const SUBSCRIPTION = { userdata: 0, kind: 8, timeout: 24, flags: 40 } as const;
const EVENT = { userdata: 0, error: 8, kind: 10, size: 32 } as const;
const SUBSCRIPTION_SIZE = 48;
const ABSOLUTE = 1;

/** Makes the imports of one instance, and the function that starts it once it exists. */
export function createWasi(surroundings: Surroundings): {
  readonly imports: WebAssembly.Imports;
  start(instance: WebAssembly.Instance): void;
} {
  const log = ConsoleStdout.lineBuffered((line) => surroundings.log?.(line));
  // klog's init reads argv[0], so argv is never empty.
  const wasi = new WASI(['renderer'], [], [new OpenFile(new File([])), log, log], { debug: false });
  let memory: WebAssembly.Memory;
  let monotonic = 0n;
  const view = () => new DataView(memory.buffer);

  const clock_time_get = (id: number, _precision: bigint, at: number): number => {
    monotonic += READ_NS;
    view().setBigUint64(at, id === REALTIME ? BigInt(Math.trunc(surroundings.now())) * 1_000_000n : monotonic, true);
    return SUCCESS;
  };

  const poll_oneoff = (subscriptions: number, events: number, count: number, written: number): number => {
    const data = view();
    for (let i = 0; i < count; i++) {
      const s = subscriptions + i * SUBSCRIPTION_SIZE;
      const e = events + i * EVENT.size;
      const kind = data.getUint8(s + SUBSCRIPTION.kind);
      const timeout = data.getBigUint64(s + SUBSCRIPTION.timeout, true);
      const absolute = (data.getUint16(s + SUBSCRIPTION.flags, true) & ABSOLUTE) !== 0;
      if (kind === 0) monotonic = absolute ? (timeout > monotonic ? timeout : monotonic) : monotonic + timeout;
      data.setBigUint64(e + EVENT.userdata, data.getBigUint64(s + SUBSCRIPTION.userdata, true), true);
      data.setUint16(e + EVENT.error, SUCCESS, true);
      data.setUint8(e + EVENT.kind, kind);
    }
    data.setUint32(written, count, true);
    return SUCCESS;
  };

  return {
    imports: { wasi_snapshot_preview1: { ...wasi.wasiImport, clock_time_get, poll_oneoff } as WebAssembly.ModuleImports },
    start(instance) {
      // A Go module always exports its memory and the initializer.
      const exports = instance.exports as { memory: WebAssembly.Memory; _initialize: () => unknown };
      memory = exports.memory;
      wasi.initialize({ exports });
    },
  };
}
