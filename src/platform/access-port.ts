import type { PolicySource, Subjects } from '../../core/access/policy.ts';
import type {
  Caller,
  PersonView,
  PolicyView,
  SignInOptions,
  SignInProvider,
  TokenCreated,
  TokenInput,
  TokenView,
} from '../../core/api/access.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';

/** What a request carries to say who is asking: the SHA-256 of it, so that the secret itself goes no further than the Worker's edge. */
export interface Credential {
  /** A cookie counts as a cookie only, anything else in an Authorization header only. */
  readonly kind: 'cookie' | 'bearer';
  readonly digest: string;
}

/** Who it is, and by what names the policy knows them. */
export interface Identity {
  readonly caller: Caller;
  readonly subjects: Subjects;
  readonly email?: string;
  /** Of an API token that is for one project only. */
  readonly project?: string;
  readonly expiresAt: number;
}

/** The answer to "who is this": nobody, or an identity with the policy, which is left out when the asker has it already. */
export interface Identified {
  readonly identity?: Identity;
  readonly policy: { readonly version: string; readonly source?: PolicySource };
  /** Changes whenever anything changes that an answer depends on. */
  readonly stamp: string;
}

/** A session that begins: the secret is for the cookie or the command line, and nowhere else. */
export interface NewSession {
  readonly secret: string;
  readonly expiresAt: number;
  readonly caller: Caller;
}

/** What the files of a fleet path say of access. */
export interface GitAccess {
  /** ConfigMap argocd-rbac-cm. */
  readonly rbac?: {
    readonly csv: string;
    readonly defaultRole: string;
    readonly scopes: readonly string[];
    readonly matchMode: 'glob' | 'regex';
  };
  /** AppProjects and their roles. A project without roles is named too: it is this fleet path's. */
  readonly projects: readonly {
    readonly name: string;
    readonly roles: readonly {
      readonly role: string;
      readonly policies: readonly string[];
      readonly groups: readonly string[];
    }[];
  }[];
}

/** Who acts, with what they may give to others: `roles` are all that they hold, `everything` is true for administrators. */
export interface Actor {
  readonly caller: Caller;
  readonly roles: readonly string[];
  readonly everything: boolean;
  /** Of an API token: it can make none that outlives it. */
  readonly expiresAt?: number;
}

export interface DeviceStarted {
  readonly userCode: string;
  readonly deviceCode: string;
  readonly expiresIn: number;
  readonly interval: number;
}

/** What the Access object answers: people, sessions, tokens, roles, sign-in, limits of attempts. */
export interface AccessPort {
  /** Who this is now. `known` is the version of the policy that the asker has. */
  identify(credential: Credential, known?: string): Promise<Identified>;
  /** The same, but only once something has changed since `stamp`, or after some seconds. */
  follow(credential: Credential, known: string, stamp: string): Promise<Identified>;

  signInOptions(): Promise<SignInOptions>;
  /** Where the browser goes, and what it must bring back in a cookie. */
  beginSignIn(
    provider: string,
    asked: { readonly origin: string; readonly returnTo: string },
  ): Promise<Result<{ readonly url: string; readonly state: string }, Problem>>;
  finishSignIn(state: string, callbackUrl: string): Promise<Result<NewSession & { readonly returnTo: string }, Problem>>;
  /** Signs in with what Cloudflare Access has put beside the request. */
  acceptAssertion(provider: string, assertion: string): Promise<Result<NewSession, Problem>>;
  /** A session in place of an API token, or of the operator's. */
  exchangeToken(token: { readonly digest: string; readonly isOperator: boolean }): Promise<Result<NewSession, Problem>>;
  /** Makes the one-time code anew; the one before is void. */
  makeFirstAdminCode(): Promise<{ readonly code: string; readonly expiresAt: number }>;
  /** Makes an administrator of a new person, or of the one whose session comes along. */
  redeemFirstAdminCode(code: string, name: string, session?: Credential): Promise<Result<NewSession, Problem>>;

  startDevice(): Promise<Result<DeviceStarted, Problem>>;
  approveDevice(userCode: string, credential: Credential): Promise<Result<true, Problem>>;
  redeemDevice(deviceCode: string): Promise<Result<{ readonly token: string; readonly expiresAt: number }, Problem>>;

  /** Seconds until this address may try again; 0 when it may now. */
  attemptWait(kind: 'sign-in' | 'webhook', address: string): Promise<number>;
  /** Counts a failed attempt; gives the seconds until the next. */
  attemptFailed(kind: 'sign-in' | 'webhook', address: string): Promise<number>;

  people(): Promise<PersonView[]>;
  setRoles(id: string, roles: readonly string[], by: Actor): Promise<Result<true, Problem>>;
  removePerson(id: string, by: Actor): Promise<Result<true, Problem>>;
  /** Ends a session; without the permission only one's own, and others are not found. */
  endSession(id: string, by: Actor): Promise<Result<true, Problem>>;
  signOut(credential: Credential): Promise<void>;
  tokens(): Promise<TokenView[]>;
  createToken(input: TokenInput, by: Actor): Promise<Result<TokenCreated, Problem>>;
  revokeToken(id: string, by: Actor): Promise<Result<true, Problem>>;
  policy(): Promise<PolicyView>;
  setPolicy(
    policy: { readonly csv: string; readonly defaultRole: string; readonly scopes?: readonly string[] },
    by: Actor,
  ): Promise<Result<PolicyView, Problem>>;
  providers(): Promise<SignInProvider[]>;
  setProviders(providers: readonly SignInProvider[], by: Actor): Promise<Result<true, Problem>>;

  /** What a fleet path says of access now. */
  putGit(source: string, said: GitAccess): Promise<void>;
  dropGit(source: string): Promise<void>;

  /** Forgets what has expired. */
  tick(): Promise<void>;
}
