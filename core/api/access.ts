/** What a permission is about: Argo CD's resources, and a few of our own (`sources`, `ledger`, `notifications`, `tokens`). */
export const RESOURCES = [
  'applications',
  'clusters',
  'projects',
  'repositories',
  'accounts',
  'logs',
  'sources',
  'ledger',
  'notifications',
  'tokens',
  'keys',
] as const;
export type Resource = (typeof RESOURCES)[number];

/**
 * `get`, `create`, `update`, `delete`, `sync`, `override`, `rollback`, `approve`, `suspend`, `action/<group>/<Kind>/<name>`: Argo CD's words and, beyond
 * them, `rollback`, `approve` and `suspend`, which `update` and `*` include.
 */
export type Action = string;

/** What a route needs. `on` says what the permission's object is: `<project>/<app>`, a name, or everything. */
export interface Needs {
  readonly resource: Resource;
  readonly action: Action;
  /**
   * `app`: the App of the path, as `<project>/<app>`; `cluster`: the cluster of the path. Who may not see it gets "not found", who sees it "forbidden".
   * `each`: the handler shows only what the caller may see. `all`: `*`.
   */
  readonly on: 'app' | 'cluster' | 'each' | 'all';
}

/** Who is calling. It crosses isolates, so what they may do is asked of src/auth with it. */
export interface Caller {
  /** Stable: `oidc:<issuer>#<sub>`, `github:<id>`, `token:<id>`, `operator`. */
  readonly id: string;
  /** What ledgers and people call them; never empty. */
  readonly name: string;
  readonly kind: 'person' | 'token' | 'operator';
  readonly groups: readonly string[];
  /** Session or token by which they came: what is revoked. */
  readonly via: string;
  /** Of a token: the person who made it, also through other tokens. What counts people counts it as them. */
  readonly owner?: { readonly id: string; readonly name: string };
}

/** GET /api/me. */
export interface Me {
  readonly name: string;
  readonly kind: Caller['kind'];
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly email?: string;
  /** When the session or token ends; milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** Whether `<resource>, <action>` is allowed on everything; single Apps may differ (AppView.can). */
  readonly can: { readonly [permission: string]: boolean };
}

/** GET /auth/providers (nobody needs to be signed in): how one can sign in here. */
export interface SignInOptions {
  readonly providers: readonly {
    readonly id: string;
    readonly kind: 'oidc' | 'github' | 'cloudflare-access';
    readonly title: string;
  }[];
  /** True while nobody is administrator: the one-time code that `plumb serve` printed makes one. */
  readonly needsFirstAdmin: boolean;
}

/** GET and PUT /api/sign-in: providers; secrets are written only (`hasSecret` says that there is one). */
export interface SignInProvider {
  readonly id: string;
  readonly kind: 'oidc' | 'github' | 'cloudflare-access';
  readonly title: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly hasSecret?: boolean;
  readonly scopes?: readonly string[];
  readonly groupsClaim?: string;
  /** Cloudflare Access: team domain and audience tag. */
  readonly teamDomain?: string;
  readonly audience?: string;
}

/** GET /api/tokens. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  /** Roles, or a policy of its own: lines of policy.csv without the subject. */
  readonly roles: readonly string[];
  readonly project?: string;
}
/** POST /api/tokens. The token itself is in the answer and never again. */
export interface TokenInput {
  readonly name: string;
  readonly roles: readonly string[];
  /** Seconds; default 30 days. */
  readonly expiresIn?: number;
  readonly project?: string;
}
export interface TokenCreated extends TokenView {
  readonly token: string;
}

/** GET /api/people. */
export interface PersonView {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  readonly provider: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly lastSeenAt: number;
  readonly sessions: readonly { readonly id: string; readonly createdAt: number; readonly expiresAt: number }[];
}

/** GET and PUT /api/policy: Argo CD's policy.csv and its default role. */
export interface PolicyView {
  readonly csv: string;
  readonly defaultRole: string;
  readonly scopes: readonly string[];
  /** Lines that mean nothing: they grant nothing. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
  /** argocd-rbac-cm of a fleet path: it counts beside `csv`. */
  readonly git?: { readonly source: string; readonly csv: string; readonly defaultRole: string };
  /** Roles of AppProjects, which come from Git. */
  readonly projectRoles: readonly { readonly project: string; readonly role: string; readonly policies: readonly string[] }[];
}
