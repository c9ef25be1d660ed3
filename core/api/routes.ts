import type { Receipt } from '../protocol/messages.ts';
import type {
  Caller,
  Me,
  Needs,
  PersonView,
  PolicyView,
  Resource,
  SignInProvider,
  TokenCreated,
  TokenInput,
  TokenView,
} from './access.ts';
import type { ActivityEvent } from './activity.ts';
import type { Board, Figures, StatusView } from './board.ts';
import type { Deployment, RenderedDiff, RevertAnswer, RevertInput, RollbackInput } from './control.ts';
import type { NotifyServiceInput, NotifyView } from './notify.ts';
import type { ActionInput, AppTree, ObjectView, ResourceAction } from './tree.ts';
import type {
  AppDiff,
  AppSummary,
  AppView,
  ClusterAdded,
  ClusterDetails,
  ClusterEvent,
  ClusterView,
  FleetKeys,
  FleetSource,
  HistoryEntry,
  WebhookSecret,
  WebhookView,
} from './views.ts';

/**
 * The route table of the JSON API: every route below /api, what its caller needs, what it takes and what it answers. The Worker checks callers by
 * it, so a route that is not here cannot be reached; the dashboard and `plumb` are typed by it.
 * Streams (server-sent events) say so in `answer`.
 */
export interface ApiRoutes {
  'GET /me': { answer: Me };
  'GET /status': { answer: StatusView };
  'GET /board': { answer: Board };
  'GET /stream': { query: { after?: string }; answer: 'stream' };
  'GET /activity': {
    query: { cluster?: string; app?: string; kind?: string; actor?: string; before?: string; limit?: string };
    answer: { events: readonly ActivityEvent[]; before?: string };
  };
  'GET /figures': { query: { cluster?: string; app?: string; days?: string }; answer: Figures };

  'GET /apps': { answer: { apps: readonly AppSummary[] } };
  'GET /apps/:cluster/:app': { answer: AppView };
  'GET /apps/:cluster/:app/resources': { answer: { resources: NonNullable<AppView['status']>['resources'] } };
  'GET /apps/:cluster/:app/diff': { answer: AppDiff };
  'GET /apps/:cluster/:app/history': { query: { limit?: string }; answer: { history: readonly HistoryEntry[] } };
  'GET /apps/:cluster/:app/deployments': { query: { limit?: string }; answer: { deployments: readonly Deployment[] } };
  'GET /apps/:cluster/:app/compare': { query: { from: string; to: string }; answer: RenderedDiff };
  'GET /apps/:cluster/:app/receipt': { query: { id: string }; answer: Receipt };
  /** Path and query of the badge of an App that is not public. */
  'GET /apps/:cluster/:app/badge': { answer: { path: string } };
  'GET /apps/:cluster/:app/tree': { answer: AppTree };
  'GET /apps/:cluster/:app/stream': { answer: 'stream' };
  'GET /apps/:cluster/:app/object': { query: { key: string }; answer: ObjectView };
  'GET /apps/:cluster/:app/logs': {
    query: { pod: string; container?: string; tail?: string; since?: string; previous?: string; follow?: string };
    answer: 'stream';
  };
  'GET /apps/:cluster/:app/actions': { query: { key: string }; answer: { actions: readonly ResourceAction[] } };
  'POST /apps/:cluster/:app/actions': { body: ActionInput; answer: Asked };
  'POST /apps/:cluster/:app/sync': { body: SyncInput; answer: Asked };
  'POST /apps/:cluster/:app/terminate': { body: Why; answer: Asked };
  'POST /apps/:cluster/:app/reset': { body: Why; answer: Asked };
  'POST /apps/:cluster/:app/refresh': { body: Why; answer: Nothing };
  'POST /apps/:cluster/:app/rollback': { body: RollbackInput; answer: Nothing };
  'POST /apps/:cluster/:app/unpin': { body: Why; answer: Nothing };
  'POST /apps/:cluster/:app/revert': { body: RevertInput; answer: RevertAnswer };
  'POST /apps/:cluster/:app/suspend': { body: Why; answer: Nothing };
  'POST /apps/:cluster/:app/resume': { body: Why; answer: Nothing };
  'POST /apps/:cluster/:app/approve': { body: Why & { bundle: string }; answer: Nothing };
  'POST /apps/:cluster/:app/confirm': { body: Why; answer: Asked };
  'POST /apps/:cluster/:app/break-glass': { body: Why & { seconds: number }; answer: Nothing };
  'POST /apps/:cluster/:app/override-windows': { body: Why & { seconds: number }; answer: Nothing };
  'POST /apps/:cluster/:app/delete': { body: Why & { cascade: 'prune' | 'orphan'; confirm: string }; answer: Nothing };
  'POST /apps/:cluster/:app/restore': { body: Why; answer: Nothing };

  'GET /fleet': { answer: { sources: readonly FleetSource[] } };
  'POST /fleet': { body: SourceInput; answer: FleetSource };
  'DELETE /fleet': { query: { id: string }; answer: Nothing };
  'PUT /credentials': { body: { url: string; credentials?: CredentialsInput }; answer: Nothing };
  'GET /clusters': { answer: { clusters: readonly ClusterView[] } };
  'GET /clusters/:name': { answer: ClusterDetails };
  'POST /clusters': { body: { name: string }; answer: ClusterAdded };
  'POST /clusters/:name/rotate': { body: Why; answer: ClusterAdded };
  'DELETE /clusters/:name': { answer: Nothing };
  'GET /ledger/:cluster': {
    query: { app?: string; before?: string; limit?: string };
    answer: { entries: readonly HistoryEntry[]; before?: string };
  };
  'GET /ledger/:cluster/state': { answer: LedgerState };
  'GET /ledger/:cluster/:entry': { answer: LedgerEntryView };
  'GET /keys': { answer: FleetKeys };
  'POST /keys': { body: Nothing; answer: FleetKeys['online'][number] };
  'PUT /keys': {
    body: { envelope: NonNullable<FleetKeys['envelope']>; root: NonNullable<FleetKeys['root']> };
    answer: { version: number };
  };
  'GET /webhook': { answer: WebhookView };
  'POST /webhook': { body: Why; answer: WebhookSecret };
  'GET /events': { query: { after?: string }; answer: { events: readonly ClusterEvent[] } };

  'GET /people': { answer: { people: readonly PersonView[] } };
  'PUT /people/:id': { body: { roles: readonly string[] }; answer: Nothing };
  'DELETE /people/:id': { answer: Nothing };
  'DELETE /sessions/:id': { answer: Nothing };
  'GET /tokens': { answer: { tokens: readonly TokenView[] } };
  'POST /tokens': { body: TokenInput; answer: TokenCreated };
  'DELETE /tokens/:id': { answer: Nothing };
  'GET /policy': { answer: PolicyView };
  'PUT /policy': { body: { csv: string; defaultRole: string; scopes?: readonly string[] }; answer: PolicyView };
  'GET /sign-in': { answer: { providers: readonly SignInProvider[] } };
  'PUT /sign-in': { body: { providers: readonly SignInProvider[] }; answer: Nothing };

  'GET /notify': { answer: NotifyView };
  'PUT /notify/services/:name': { body: NotifyServiceInput; answer: Nothing };
  'DELETE /notify/services/:name': { answer: Nothing };
  'POST /notify/test': { body: { service: string; recipient: string }; answer: { ok: boolean; problem?: string } };
}

export type ApiRoute = keyof ApiRoutes;
export type Nothing = Record<string, never>;
export interface Asked {
  readonly id: string;
}
export interface Why {
  readonly reason?: string;
}
export interface SyncInput extends Why {
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly replace?: boolean;
  readonly resources?: readonly string[];
}
export type CredentialsInput = (
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
) & {
  /** For pull and merge requests: what kind of host it is and where its API is, where the URL does not tell. */
  readonly host?: { readonly kind: GitHostKind; readonly api?: string };
};
export type GitHostKind = 'github' | 'gitlab' | 'gitea';
export interface SourceInput {
  readonly url: string;
  readonly revision?: string;
  readonly path?: string;
  readonly cluster: string;
  readonly credentials?: CredentialsInput;
}
/** GET /ledger/:cluster/state: whether the newest commits are signed by listed keys and each names the one before. */
export interface LedgerState {
  readonly head?: string;
  readonly entries: number;
  readonly checked: number;
  readonly verified: boolean;
  /** The first commit that is not as it should be, and why. */
  readonly broken?: { readonly commit: string; readonly message: string };
  readonly clone: string;
}
export interface LedgerEntryView extends HistoryEntry {
  /** The whole commit message. */
  readonly text: string;
  readonly files: readonly { readonly path: string; readonly from?: string; readonly to?: string }[];
}

const on = (resource: Resource, action: string, where: Needs['on']): Needs => ({ resource, action, on: where });

/** What the caller of each route needs. */
export const ROUTE_NEEDS: { readonly [route in ApiRoute]: Needs | 'signed-in' } = {
  'GET /me': 'signed-in',
  'GET /status': on('applications', 'get', 'each'),
  'GET /board': on('applications', 'get', 'each'),
  'GET /stream': on('applications', 'get', 'each'),
  'GET /activity': on('applications', 'get', 'each'),
  'GET /figures': on('applications', 'get', 'each'),

  'GET /apps': on('applications', 'get', 'each'),
  'GET /apps/:cluster/:app': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/resources': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/diff': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/history': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/deployments': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/compare': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/receipt': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/badge': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/tree': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/stream': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/object': on('applications', 'get', 'app'),
  'GET /apps/:cluster/:app/logs': on('logs', 'get', 'app'),
  'GET /apps/:cluster/:app/actions': on('applications', 'get', 'app'),
  // The handler asks for `action/<group>/<Kind>/<name>`, which the body names.
  'POST /apps/:cluster/:app/actions': on('applications', 'get', 'app'),
  'POST /apps/:cluster/:app/sync': on('applications', 'sync', 'app'),
  'POST /apps/:cluster/:app/terminate': on('applications', 'sync', 'app'),
  'POST /apps/:cluster/:app/reset': on('applications', 'sync', 'app'),
  'POST /apps/:cluster/:app/refresh': on('applications', 'get', 'app'),
  'POST /apps/:cluster/:app/rollback': on('applications', 'rollback', 'app'),
  'POST /apps/:cluster/:app/unpin': on('applications', 'rollback', 'app'),
  'POST /apps/:cluster/:app/revert': on('applications', 'rollback', 'app'),
  'POST /apps/:cluster/:app/suspend': on('applications', 'suspend', 'app'),
  'POST /apps/:cluster/:app/resume': on('applications', 'suspend', 'app'),
  'POST /apps/:cluster/:app/approve': on('applications', 'approve', 'app'),
  'POST /apps/:cluster/:app/confirm': on('applications', 'delete', 'app'),
  'POST /apps/:cluster/:app/break-glass': on('applications', 'override', 'app'),
  'POST /apps/:cluster/:app/override-windows': on('applications', 'override', 'app'),
  'POST /apps/:cluster/:app/delete': on('applications', 'delete', 'app'),
  'POST /apps/:cluster/:app/restore': on('applications', 'delete', 'app'),

  'GET /fleet': on('sources', 'get', 'all'),
  'POST /fleet': on('sources', 'create', 'all'),
  'DELETE /fleet': on('sources', 'delete', 'all'),
  'PUT /credentials': on('repositories', 'update', 'all'),
  'GET /clusters': on('clusters', 'get', 'each'),
  'GET /clusters/:name': on('clusters', 'get', 'cluster'),
  'POST /clusters': on('clusters', 'create', 'all'),
  'POST /clusters/:name/rotate': on('clusters', 'update', 'cluster'),
  'DELETE /clusters/:name': on('clusters', 'delete', 'cluster'),
  'GET /ledger/:cluster': on('ledger', 'get', 'cluster'),
  'GET /ledger/:cluster/state': on('ledger', 'get', 'cluster'),
  'GET /ledger/:cluster/:entry': on('ledger', 'get', 'cluster'),
  'GET /keys': on('keys', 'get', 'all'),
  'POST /keys': on('keys', 'create', 'all'),
  'PUT /keys': on('keys', 'update', 'all'),
  'GET /webhook': on('sources', 'get', 'all'),
  // The secret signs what claims to be a push event: only who may change sources needs it.
  'POST /webhook': on('sources', 'create', 'all'),
  'GET /events': on('applications', 'get', 'each'),

  'GET /people': on('accounts', 'get', 'all'),
  'PUT /people/:id': on('accounts', 'update', 'all'),
  'DELETE /people/:id': on('accounts', 'delete', 'all'),
  // One's own session may always be ended; the handler asks for the rest.
  'DELETE /sessions/:id': 'signed-in',
  'GET /tokens': on('tokens', 'get', 'all'),
  'POST /tokens': on('tokens', 'create', 'all'),
  'DELETE /tokens/:id': on('tokens', 'delete', 'all'),
  'GET /policy': on('accounts', 'get', 'all'),
  'PUT /policy': on('accounts', 'update', 'all'),
  'GET /sign-in': on('accounts', 'get', 'all'),
  'PUT /sign-in': on('accounts', 'update', 'all'),

  'GET /notify': on('notifications', 'get', 'all'),
  'PUT /notify/services/:name': on('notifications', 'update', 'all'),
  'DELETE /notify/services/:name': on('notifications', 'delete', 'all'),
  'POST /notify/test': on('notifications', 'update', 'all'),
};

/** True when a caller is the installation's own operator, whose token `plumb serve` made: it may do everything. */
export function isOperator(caller: Caller): boolean {
  return caller.kind === 'operator';
}
