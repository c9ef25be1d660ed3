import { open, stat } from 'node:fs/promises';

/**
 * The API server's own record of every request, one JSON event a line (see devcluster: metadata only, written before the answer goes out).
 * It is the witness of the journey tests: what the agent says of itself does not count.
 */
export const AGENT_USER = 'system:serviceaccount:plumbline-system:plumbline-agent';
export const AGENT_NAMESPACE = 'plumbline-system';

/** One request. */
export interface AuditEvent {
  readonly verb: string;
  readonly user: string;
  /** Names the token that was used, so that two agents with one ServiceAccount can be told apart. */
  readonly credential: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly dryRun: boolean;
  readonly status: number;
  /** Milliseconds since the epoch: when the request came in, and when it was answered. */
  readonly received: number;
  readonly answered: number;
}

export interface AuditLog {
  /** A place in the log, for `since`. */
  mark(): Promise<number>;
  /** Every event from a place on; from the beginning without one. */
  since(mark?: number): Promise<AuditEvent[]>;
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** True for a request that would change something, whether or not it succeeded. */
export function isWrite(event: AuditEvent): boolean {
  return WRITES.has(event.verb) && !event.dryRun;
}

/** Writes of the agent to what users own: not to its own namespace, where it keeps its state. */
export function agentWrites(events: readonly AuditEvent[]): AuditEvent[] {
  return events.filter((event) => isWrite(event) && isByAgent(event) && !isOwnState(event));
}

/** Requests of the agent that name one object of users, reads and dry-runs too. */
export function agentRequests(events: readonly AuditEvent[], namespace: string): AuditEvent[] {
  return events.filter((event) => isByAgent(event) && event.namespace === namespace && event.name !== '');
}

export function isByAgent(event: AuditEvent): boolean {
  return event.user === AGENT_USER;
}

function isOwnState(event: AuditEvent): boolean {
  return event.namespace === AGENT_NAMESPACE;
}

export function succeeded(event: AuditEvent): boolean {
  return event.status >= 200 && event.status < 300;
}

/** One line for the output of a test. */
export function describeEvent(event: AuditEvent): string {
  const { verb, group, resource, subresource, namespace, name, status } = event;
  return `${verb} ${group}/${resource}${subresource === '' ? '' : `/${subresource}`} ${namespace}/${name} ${status}`;
}

export function createAuditLog(path: string): AuditLog {
  return {
    mark: async () => (await stat(path)).size,
    async since(mark = 0) {
      const file = await open(path);
      try {
        const { size } = await file.stat();
        const buffer = Buffer.alloc(Math.max(0, size - mark));
        await file.read(buffer, 0, buffer.length, mark);
        const text = buffer.toString();
        // The last line may still be on its way.
        const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
        return lines.filter((line) => line !== '').map(parseEvent);
      } finally {
        await file.close();
      }
    },
  };
}

interface RawEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username?: string; readonly extra?: { readonly [key: string]: readonly string[] } };
  readonly objectRef?: { readonly [key: string]: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

function parseEvent(line: string): AuditEvent {
  const raw = JSON.parse(line) as RawEvent; // written by the API server
  const { objectRef = {} } = raw;
  return {
    verb: raw.verb,
    user: raw.user.username ?? '',
    credential: raw.user.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '',
    group: objectRef['apiGroup'] ?? '',
    resource: objectRef['resource'] ?? '',
    subresource: objectRef['subresource'] ?? '',
    namespace: objectRef['resource'] === 'namespaces' ? '' : (objectRef['namespace'] ?? ''),
    name: objectRef['name'] ?? '',
    dryRun: /[?&]dryRun=All/.test(raw.requestURI),
    status: raw.responseStatus?.code ?? 0,
    received: Date.parse(raw.requestReceivedTimestamp),
    answered: Date.parse(raw.stageTimestamp),
  };
}
