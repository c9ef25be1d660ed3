import type { Packet } from './pkt-line.ts';

/** What a client asks for, the same for both versions of the protocol. */
export interface FetchRequest {
  readonly wants: readonly string[];
  readonly haves: readonly string[];
  /** Commits at which the client's history ends. */
  readonly shallows: readonly string[];
  /** How many commits of history it wants; Infinity for all of it, undefined to leave it as it is. */
  readonly depth: number | undefined;
  /** The depth counts from where its history ends now. */
  readonly relative: boolean;
  /** It has decided: the answer ends in a pack. */
  readonly done: boolean;
  /** It said what it has, or that it has nothing: an acknowledgement is due. */
  readonly negotiates: boolean;
  readonly capabilities: ReadonlySet<string>;
}

/** `deepen 2147483647` is how Git says "everything". */
const INFINITE_DEPTH = 0x7fffffff;

/**
 * Reads a request of protocol version 0: wants (capabilities behind the first), shallows and deepen, a flush, then haves.
 * Gives a sentence for what it does not understand.
 */
export function parseFetchV0(packets: readonly Packet[]): FetchRequest | string {
  const lines = packets.filter((packet) => packet.kind === 'line').map((packet) => packet.text);
  const first = lines.find((line) => line.startsWith('want '));
  const capabilities = new Set(
    first
      ?.slice('want '.length + 40)
      .split(' ')
      .filter(Boolean),
  );
  const parsed = parseArguments(
    lines.map((line) => (line === first ? line.slice(0, 'want '.length + 40) : line)),
    capabilities,
  );
  const needsEnd = packets.findIndex((packet) => packet.kind === 'flush');
  return typeof parsed === 'string' ? parsed : { ...parsed, negotiates: needsEnd !== -1 && needsEnd < packets.length - 1 };
}

/** Reads the arguments of version 2's fetch; capabilities are arguments there. */
export function parseFetchV2(lines: readonly string[]): FetchRequest | string {
  return parseArguments(lines, new Set(lines.filter((line) => !line.includes(' '))));
}

function parseArguments(lines: readonly string[], capabilities: ReadonlySet<string>): FetchRequest | string {
  const oids = { want: new Set<string>(), have: new Set<string>(), shallow: new Set<string>() };
  let depth: number | undefined;
  for (const line of lines) {
    const [word = '', value = ''] = line.split(' ', 2);
    if (word === 'want' || word === 'have' || word === 'shallow') {
      if (!/^[0-9a-f]{40}$/.test(value)) return `${word} without an object id`;
      oids[word].add(value);
    } else if (word === 'deepen') {
      const number = /^\d{1,10}$/.test(value) ? Number(value) : 0;
      if (number < 1) return 'deepen without a depth';
      depth = number >= INFINITE_DEPTH ? Number.POSITIVE_INFINITY : number;
    } else if (word === 'deepen-since' || word === 'deepen-not' || word === 'filter' || word === 'want-ref') {
      return `${word} is not supported by this ledger`;
    }
  }
  return {
    wants: [...oids.want],
    haves: [...oids.have],
    shallows: [...oids.shallow],
    depth,
    relative: capabilities.has('deepen-relative'),
    done: lines.includes('done'),
    negotiates: true,
    capabilities,
  };
}
