/**
 * Which hosts may be asked. A Worker can neither resolve a name nor pin an address, so this refuses what a name or a
 * literal says by itself: private, loopback, link-local, metadata and reserved addresses in every notation (the URL
 * parser has already turned decimal, octal and hexadecimal IPv4 into four numbers), and names that never leave a network.
 * Behind it stands the platform: no private network on Cloudflare, workerd's `network.allow` when self-hosted.
 */

export interface HostRules {
  /** Hosts that are allowed although they are private: `git.corp.internal`, `127.0.0.1:3000`, `*.corp.internal`. */
  readonly allow?: readonly string[];
  /** Hosts that are never asked. */
  readonly deny?: readonly string[];
  /** When given, nothing but these and `allow` is asked. */
  readonly only?: readonly string[];
}

const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|intranet|home|lan|corp|private|svc)$|^metadata(\.|$)/;

/** IPv4 ranges that are not on the internet: [first address, prefix length]. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

function parseV4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (parts === null) return undefined;
  let address = 0;
  for (const part of parts.slice(1)) {
    const value = Number(part);
    if (value > 255) return undefined;
    address = address * 256 + value;
  }
  return address;
}

function isPrivateV4(address: number): boolean {
  return PRIVATE_V4.some(([first, prefix]) => {
    const size = 2 ** (32 - prefix);
    // The table holds valid addresses only.
    return Math.floor(address / size) === Math.floor((parseV4(first) ?? 0) / size);
  });
}

/** Eight numbers of 16 bits from an IPv6 literal without brackets; undefined when it is none. */
function parseV6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined): number[] =>
    half === undefined || half === ''
      ? []
      : half.split(':').map((group) => (/^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : Number.NaN));
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const zeros = halves.length === 2 ? 8 - head.length - tail.length : 0;
  if (zeros < 0) return undefined;
  const all = [...head, ...new Array<number>(zeros).fill(0), ...tail];
  return all.length === 8 && all.every((group) => !Number.isNaN(group)) ? all : undefined;
}

function isPrivateV6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, , , , g = 0, h = 0] = groups;
  const embedded = isPrivateV4(g * 65536 + h);
  const zeros = (from: number, to: number): boolean => groups.slice(from, to).every((group) => group === 0);
  // Unspecified, loopback, IPv4-compatible; IPv4-mapped; IPv4-translated (RFC 6052); 6to4.
  if (zeros(0, 6)) return g === 0 ? true : embedded;
  if (zeros(0, 5) && groups[5] === 0xffff) return embedded;
  if (zeros(0, 4) && groups[4] === 0xffff && groups[5] === 0) return embedded;
  if (a === 0x64 && b === 0xff9b) return c !== 0 || embedded;
  if (a === 0x2002) return isPrivateV4(b * 65536 + c);
  // Only 2000::/3 is handed out; of it Teredo, ORCHID and documentation are not hosts.
  if (a < 0x2000 || a > 0x3fff) return true;
  return a === 0x2001 && (b < 0x200 || b === 0xdb8);
}

/** True for an address literal or a name that lies in a private network. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.+$/, '');
  if (name === '') return true;
  if (name.startsWith('[')) {
    const groups = parseV6(name.slice(1, -1));
    return groups === undefined || isPrivateV6(groups);
  }
  const v4 = parseV4(name);
  if (v4 !== undefined) return isPrivateV4(v4);
  // A name without a dot is resolved by the search list of a private network.
  return !name.includes('.') || PRIVATE_NAMES.test(name);
}

function matches(url: URL, pattern: string): boolean {
  const hostname = url.hostname.toLowerCase().replace(/\.+$/, '');
  const wanted = pattern.toLowerCase();
  if (wanted.startsWith('*.')) return hostname.endsWith(wanted.slice(1));
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return wanted === hostname || wanted === `${hostname}:${port}`;
}

/** Gives the check that every request and every redirect goes through. */
export function createHostPolicy(rules: HostRules = {}): (url: URL) => boolean {
  return (url) => {
    const named = (patterns: readonly string[] | undefined): boolean =>
      patterns?.some((pattern) => matches(url, pattern)) ?? false;
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return false;
    if (named(rules.deny)) return false;
    if (named(rules.allow)) return true;
    if (rules.only !== undefined && !named(rules.only)) return false;
    return !isPrivateHost(url.hostname);
  };
}
