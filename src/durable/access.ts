import { DurableObject } from 'cloudflare:workers';
import { ADMIN_ROLE } from '../../core/access/builtin-policy.ts';
import { compilePolicy, type Policy } from '../../core/access/policy.ts';
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
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { deleteApiToken, findApiToken, listApiTokens } from '../auth/api-tokens.ts';
import { type Attempts, createAttempts } from '../auth/attempts.ts';
import { digestOf } from '../auth/digest.ts';
import { findIdentity } from '../auth/find-identity.ts';
import { dropGitAccess, type JoinedPolicy, joinPolicy, NO_POLICY, putGitAccess, type StoredPolicy } from '../auth/git-access.ts';
import { deletePerson, findPerson, listPeople, setRoles } from '../auth/people.ts';
import { listPersonViews } from '../auth/person-views.ts';
import { listProviders, putProviders } from '../auth/providers.ts';
import { ACCESS_MIGRATIONS } from '../auth/schema.ts';
import { deleteSession, deleteSessionsOf, findSession, findSessionById, type Session } from '../auth/sessions.ts';
import type {
  AccessPort,
  Actor,
  Credential,
  DeviceStarted,
  GitAccess,
  Identified,
  Identity,
  NewSession,
} from '../platform/access-port.ts';
import type { InstallationEvent } from '../platform/board-port.ts';
import { randomId, sleep, systemClock } from '../platform/clock.ts';
import { durableSql, migrate } from '../platform/durable-sql.ts';
import { boardOf, type Env } from '../platform/env.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import { log } from '../platform/log.ts';
import type { Sql } from '../platform/sql.ts';
import { createTurns } from '../platform/turns.ts';
import { openVault, type Vault } from '../platform/vault.ts';
import { checkProviders, createToken, mayGive, onlyAdministrators } from './access-changes.ts';
import { approveDevice, redeemDevice, startDevice } from './access-devices.ts';
import { type AccessParts, makeFirstAdminCode, newSession, redeemFirstAdminCode } from './access-sessions.ts';
import { acceptAssertion, beginSignIn, finishSignIn } from './access-sign-in.ts';

/** How long a stream's question is parked at most. */
const FOLLOW_MS = 25_000;
/** How long a token that has expired is still listed. */
const KEPT_TOKENS_MS = 30 * 24 * 3_600_000;

/** The policy as it is now: of what, as JSON, compiled, and what its version is called. */
interface Joined {
  readonly policy: JoinedPolicy;
  readonly text: string;
  readonly compiled: Policy;
  readonly version: string;
}

/** One per installation: people, their sessions and roles, API tokens, and how one signs in. */
export class Access extends DurableObject<Env> implements AccessPort {
  readonly #sql: Sql;
  readonly #turn = createTurns();
  readonly #epoch = randomId().slice(0, 8);
  readonly #waiting = new Set<AbortController>();
  readonly #attempts: { readonly [kind in 'sign-in' | 'webhook']: Attempts } = {
    'sign-in': createAttempts({ each: { burst: 10, perMinute: 5 }, all: { burst: 300, perMinute: 120 }, now: systemClock }),
    webhook: createAttempts({ each: { burst: 100, perMinute: 60 }, all: { burst: 2_000, perMinute: 1_200 }, now: systemClock }),
  };
  #changes = 0;
  #joined: Joined;
  #vault: Vault | undefined;
  #operator: string | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = durableSql(ctx.storage);
    migrate(this.#sql, { access: ACCESS_MIGRATIONS });
    this.#joined = this.#join();
  }

  async identify(credential: Credential, known?: string): Promise<Identified> {
    const { policy, version } = this.#joined;
    const identity = await this.#find(credential);
    return {
      ...(identity === undefined ? {} : { identity }),
      policy: { version, ...(known === version ? {} : { source: policy.source }) },
      stamp: this.#stamp(),
    };
  }

  async follow(credential: Credential, known: string, stamp: string): Promise<Identified> {
    const expires = (await this.#find(credential))?.expiresAt ?? 0;
    if (stamp === this.#stamp()) {
      const woken = new AbortController();
      this.#waiting.add(woken);
      await sleep(Math.max(0, Math.min(FOLLOW_MS, expires - systemClock())), woken.signal);
      this.#waiting.delete(woken);
    }
    return this.identify(credential, known);
  }

  async signInOptions(): Promise<SignInOptions> {
    return {
      providers: listProviders(this.#sql).map(({ id, kind, title }) => ({ id, kind, title })),
      needsFirstAdmin: this.#needsFirstAdmin(),
    };
  }

  async beginSignIn(provider: string, asked: { readonly origin: string; readonly returnTo: string }) {
    return beginSignIn(await this.#parts(), provider, asked);
  }

  async finishSignIn(state: string, callbackUrl: string): Promise<Result<NewSession & { readonly returnTo: string }, Problem>> {
    return finishSignIn(await this.#parts(), { state, callbackUrl, scopes: this.#joined.policy.scopes });
  }

  async acceptAssertion(provider: string, assertion: string): Promise<Result<NewSession, Problem>> {
    return acceptAssertion(await this.#parts(), provider, assertion);
  }

  async exchangeToken(token: { readonly digest: string; readonly isOperator: boolean }): Promise<Result<NewSession, Problem>> {
    const parts = await this.#parts();
    if (token.isOperator) {
      const operator = await this.#operatorDigest();
      if (operator === undefined || token.digest !== operator) return err(problem('auth.refused', 'this token is not valid'));
      return ok(await newSession(parts, { operator }, 'the operator signed in with the operator’s token'));
    }
    const found = findApiToken(this.#sql, token.digest, systemClock());
    if (found === undefined) return err(problem('auth.refused', 'this token is not valid'));
    return ok(await newSession(parts, { token: found }, `signed in with token ${found.name}`));
  }

  async makeFirstAdminCode(): Promise<{ readonly code: string; readonly expiresAt: number }> {
    return makeFirstAdminCode(await this.#parts());
  }

  redeemFirstAdminCode(code: string, name: string, credential?: Credential): Promise<Result<NewSession, Problem>> {
    return this.#turn(async () => {
      const identity = credential === undefined ? undefined : await this.#find(credential);
      const person = identity?.caller.kind === 'person' ? identity.caller.id : undefined;
      return redeemFirstAdminCode(await this.#parts(), { code, name, person });
    });
  }

  async startDevice(): Promise<Result<DeviceStarted, Problem>> {
    return startDevice(await this.#parts());
  }

  async approveDevice(userCode: string, credential: Credential): Promise<Result<true, Problem>> {
    const identity = await this.#find(credential);
    return approveDevice(await this.#parts(), userCode, identity?.caller);
  }

  redeemDevice(deviceCode: string): Promise<Result<{ readonly token: string; readonly expiresAt: number }, Problem>> {
    return this.#turn(async () => redeemDevice(await this.#parts(), deviceCode));
  }

  async attemptWait(kind: 'sign-in' | 'webhook', address: string): Promise<number> {
    return this.#attempts[kind].wait(address);
  }

  async attemptFailed(kind: 'sign-in' | 'webhook', address: string): Promise<number> {
    this.#attempts[kind].failed(address);
    return this.#attempts[kind].wait(address);
  }

  async people(): Promise<PersonView[]> {
    return listPersonViews(this.#sql, this.#joined.policy.scopes, systemClock());
  }

  async setRoles(id: string, roles: readonly string[], by: Actor): Promise<Result<true, Problem>> {
    const person = findPerson(this.#sql, id);
    if (person === undefined) return err(problem('api.not_found', `there is no person ${id}`));
    const refused = mayGive(this.#joined.compiled, { roles, had: person.roles, by });
    if (refused !== undefined) return err(refused);
    await this.#change(by.caller, 'person', `${person.name} has the roles ${roles.join(', ') || '(none)'}`, () =>
      setRoles(this.#sql, id, [...new Set(roles)]),
    );
    return ok(true);
  }

  async removePerson(id: string, by: Actor): Promise<Result<true, Problem>> {
    const person = findPerson(this.#sql, id);
    if (person === undefined) return err(problem('api.not_found', `there is no person ${id}`));
    await this.#change(by.caller, 'person', `${person.name} removed, with their sessions and tokens`, () => {
      deletePerson(this.#sql, id);
      deleteSessionsOf(this.#sql, { person: id });
      for (const token of listApiTokens(this.#sql).filter(({ owner }) => owner === id)) this.#deleteToken(token.id);
      this.#sql.run('DELETE FROM device WHERE person = ?', id);
    });
    return ok(true);
  }

  async endSession(id: string, by: Actor): Promise<Result<true, Problem>> {
    const session = findSessionById(this.#sql, id);
    const isOwn = session !== undefined && (session.person === by.caller.id || by.caller.via === `session:${id}`);
    if (session === undefined || !(isOwn || by.everything)) return err(problem('api.not_found', `there is no session ${id}`));
    await this.#change(by.caller, 'sign-in', `session ${id} of ${this.#nameOf(session)} ended`, () =>
      deleteSession(this.#sql, id),
    );
    return ok(true);
  }

  async signOut(credential: Credential): Promise<void> {
    const session = findSession(this.#sql, credential.digest, systemClock());
    if (session === undefined || (session.kind === 'cookie') !== (credential.kind === 'cookie')) return;
    this.#sql.transaction(() => {
      deleteSession(this.#sql, session.id);
      return undefined;
    });
    this.#wake();
  }

  async tokens(): Promise<TokenView[]> {
    return listApiTokens(this.#sql).map(({ owner: _owner, ...token }) => token);
  }

  async createToken(input: TokenInput, by: Actor): Promise<Result<TokenCreated, Problem>> {
    return createToken(await this.#parts(), this.#joined.compiled, { input, by });
  }

  async revokeToken(id: string, by: Actor): Promise<Result<true, Problem>> {
    const token = listApiTokens(this.#sql).find((one) => one.id === id);
    if (token === undefined) return err(problem('api.not_found', `there is no token ${id}`));
    await this.#change(by.caller, 'token', `token ${token.name} revoked`, () => this.#deleteToken(id));
    return ok(true);
  }

  async policy(): Promise<PolicyView> {
    const { policy, compiled } = this.#joined;
    const stored = this.#storedPolicy();
    return {
      ...stored,
      problems: [...compiled.problems, ...policy.ignored.map((message) => ({ line: 0, message }))],
      projectRoles: policy.projectRoles,
      ...(policy.git === undefined ? {} : { git: policy.git }),
    };
  }

  async setPolicy(
    policy: { readonly csv: string; readonly defaultRole: string; readonly scopes?: readonly string[] },
    by: Actor,
  ): Promise<Result<PolicyView, Problem>> {
    if (!by.everything) return err(onlyAdministrators('the policy'));
    const stored = { ...this.#storedPolicy(), ...policy };
    await this.#change(by.caller, 'policy', `policy changed (${stored.csv.split('\n').length} lines)`, () => {
      writeFact(this.#sql, 'policy', stored);
    });
    return ok(await this.policy());
  }

  async providers(): Promise<SignInProvider[]> {
    return listProviders(this.#sql);
  }

  setProviders(providers: readonly SignInProvider[], by: Actor): Promise<Result<true, Problem>> {
    return this.#turn(async () => {
      const refused = by.everything ? checkProviders(providers) : onlyAdministrators('the sign-in providers');
      if (refused !== undefined) return err(refused);
      await putProviders(this.#sql, await this.#openVault(), providers);
      const names = providers.map(({ id }) => id).join(', ') || '(none)';
      await this.#change(by.caller, 'sign-in', `sign-in providers changed: ${names}`, () => undefined);
      return ok(true);
    });
  }

  async putGit(source: string, said: GitAccess): Promise<void> {
    const isNews = this.#sql.transaction(() => putGitAccess(this.#sql, source, said));
    if (isNews) await this.#change(undefined, 'policy', `policy read from ${source}`, () => undefined);
  }

  async dropGit(source: string): Promise<void> {
    const isNews = this.#sql.transaction(() => dropGitAccess(this.#sql, source));
    if (isNews) await this.#change(undefined, 'policy', `policy of ${source} no longer counts`, () => undefined);
  }

  async tick(): Promise<void> {
    const now = systemClock();
    this.#sql.transaction(() => {
      this.#sql.run('DELETE FROM session WHERE expires <= ?', now);
      this.#sql.run('DELETE FROM device WHERE expires <= ?', now);
      this.#sql.run('DELETE FROM used WHERE expires <= ?', now);
      this.#sql.run('DELETE FROM token WHERE expires <= ?', now - KEPT_TOKENS_MS);
      return undefined;
    });
    await this.#tellBoard();
  }

  /** Who a credential stands for right now. */
  async #find(credential: Credential): Promise<Identity | undefined> {
    const { scopes } = this.#joined.policy;
    return findIdentity(this.#sql, credential, { now: systemClock(), scopes, operator: await this.#operatorDigest() });
  }

  #parts = async (): Promise<AccessParts> => ({
    sql: this.#sql,
    vault: await this.#openVault(),
    now: systemClock,
    env: this.env,
    change: (by, kind, text, body) => this.#change(by, kind, text, body),
  });

  /** Carries a change out and writes down who made it, in one transaction; then tells everybody who waits, and the Board. */
  async #change(by: Caller | undefined, kind: string, text: string, body: () => void): Promise<void> {
    const event: InstallationEvent = { app: '', kind, text, ...(by === undefined ? {} : { actor: by.name }) };
    this.#sql.transaction(() => {
      body();
      this.#sql.run('INSERT INTO outbox (event) VALUES (?)', JSON.stringify(event));
      return undefined;
    });
    this.#wake();
    this.ctx.waitUntil(this.#tellBoard());
  }

  /** What the Board has not heard yet, in order; what fails now is told at the next change or tick. */
  #tellBoard(): Promise<void> {
    return this.#telling(async () => {
      for (const { n, event } of this.#sql.all<{ n: number; event: string }>('SELECT n, event FROM outbox ORDER BY n')) {
        try {
          await boardOf(this.env).record(JSON.parse(event) as InstallationEvent); // written by #change only
          this.#sql.run('DELETE FROM outbox WHERE n = ?', n);
        } catch (error) {
          log('error', 'access_record_failed', { error: error instanceof Error ? error.name : 'unknown' });
          return;
        }
      }
    });
  }
  readonly #telling = createTurns();

  #join(): Joined {
    const policy = joinPolicy(this.#sql, this.#storedPolicy());
    const text = JSON.stringify(policy.source);
    const before = this.#joined;
    // Somebody signing in changes no policy: whoever has it need not be sent it again.
    if (before !== undefined && before.text === text) return { ...before, policy };
    return { policy, text, compiled: compilePolicy(policy.source), version: `${this.#epoch}-${this.#changes}` };
  }

  #wake(): void {
    this.#changes++;
    this.#joined = this.#join();
    for (const woken of this.#waiting) woken.abort();
  }

  #stamp(): string {
    return `${this.#epoch}-${this.#changes}`;
  }

  #storedPolicy(): StoredPolicy {
    return readFact<StoredPolicy>(this.#sql, 'policy') ?? NO_POLICY;
  }

  #needsFirstAdmin(): boolean {
    return !this.#joined.compiled.namesAdmin && !listPeople(this.#sql).some(({ roles }) => roles.includes(ADMIN_ROLE));
  }

  /** With the tokens that were made by it. */
  #deleteToken(id: string): void {
    deleteApiToken(this.#sql, id);
    for (const made of listApiTokens(this.#sql)) if (made.owner === `token:${id}`) this.#deleteToken(made.id);
    deleteSessionsOf(this.#sql, { token: id });
  }

  #nameOf({ person, token }: Session): string {
    if (person !== undefined) return findPerson(this.#sql, person)?.name ?? person;
    return token === undefined ? 'the operator' : `token ${token}`;
  }

  async #operatorDigest(): Promise<string | undefined> {
    const token: string | undefined = this.env.PLUMBLINE_API_TOKEN;
    if (token === undefined || token === '') return undefined;
    this.#operator ??= await digestOf(token);
    return this.#operator;
  }

  async #openVault(): Promise<Vault> {
    this.#vault ??= await openVault(this.env.PLUMBLINE_SECRET);
    return this.#vault;
  }
}
