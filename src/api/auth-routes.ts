import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { hasToken, tokenOf } from '../auth/bearer.ts';
import { digestOf } from '../auth/digest.ts';
import { returnPath } from '../auth/return-path.ts';
import type { Credential, NewSession } from '../platform/access-port.ts';
import { systemClock } from '../platform/clock.ts';
import { accessOf, type Env } from '../platform/env.ts';
import { crossSiteSignIn } from './authorise.ts';
import { readJson } from './json-body.ts';
import { problemResponse } from './problem-response.ts';
import {
  clearSessionCookie,
  publicOrigin,
  sessionCookie,
  setSessionCookie,
  setSignInCookie,
  signInCookie,
} from './session-cookie.ts';

/**
 * Signing in and out. Nothing here says what another site or a provider said: a failed sign-in leads to `/sign-in?problem=<code>` (S28). Attempts that
 * fail are counted by address and in total (S33).
 */
type AuthEnv = { readonly Bindings: Env };
type Of = Context<AuthEnv>;

const secret = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
const SIGN_IN_SECONDS = 600;

export const authRoutes = new Hono<AuthEnv>()
  .use('/auth/*', async (c, next) => {
    c.header('cache-control', 'no-store');
    c.header('referrer-policy', 'no-referrer');
    return next();
  })
  .get('/auth/providers', async (c) => c.json(await accessOf(c.env).signInOptions()))
  .get('/auth/login/:provider', async (c) => {
    const returnTo = returnPath(c.req.query('return'));
    const provider = c.req.param('provider');
    const assertion = c.req.header('cf-access-jwt-assertion');
    if (assertion !== undefined) {
      const waiting = await mustWait(c);
      if (waiting !== undefined) return back(c, 'api.too_many');
      const accepted = await accessOf(c.env).acceptAssertion(provider, assertion);
      if (accepted.ok) return signIn(c, accepted.value, () => c.redirect(returnTo));
      if (accepted.error.code !== 'api.not_found') {
        await accessOf(c.env).attemptFailed('sign-in', addressOf(c));
        return back(c, accepted.error.code);
      }
    }
    const begun = await accessOf(c.env).beginSignIn(provider, { origin: publicOrigin(c), returnTo });
    if (!begun.ok) return back(c, begun.error.code);
    setSignInCookie(c, begun.value.state, SIGN_IN_SECONDS);
    return c.redirect(begun.value.url);
  })
  .get('/auth/callback', async (c) => {
    if ((await mustWait(c)) !== undefined) return back(c, 'api.too_many');
    const state = signInCookie(c);
    setSignInCookie(c, '', 0);
    const finished =
      state === undefined
        ? { ok: false as const, error: problem('auth.code', 'this sign-in was not begun in this browser') }
        : await accessOf(c.env).finishSignIn(state, c.req.url);
    if (finished.ok) return signIn(c, finished.value, () => c.redirect(returnPath(finished.value.returnTo)));
    await accessOf(c.env).attemptFailed('sign-in', addressOf(c));
    return back(c, finished.error.code);
  })
  .post('/auth/token', async (c) => {
    const body = await readGuarded(c, v.object({ token: secret }));
    if (!body.ok) return body.response;
    const { token } = body.value;
    const isOperator = await hasToken(`Bearer ${token}`, c.env.PLUMBLINE_API_TOKEN);
    const exchanged = await accessOf(c.env).exchangeToken({ digest: await digestOf(token), isOperator });
    if (!exchanged.ok) return refuse(c, exchanged.error);
    return signIn(c, exchanged.value, () => c.json({}));
  })
  .post('/auth/first-admin', async (c) => {
    const body = await readGuarded(c, v.object({ code: secret, name: v.optional(v.pipe(v.string(), v.maxLength(100)), '') }));
    if (!body.ok) return body.response;
    const { code, name } = body.value;
    const redeemed = await accessOf(c.env).redeemFirstAdminCode(code, name, await cookieCredential(c));
    if (!redeemed.ok) return refuse(c, redeemed.error);
    return signIn(c, redeemed.value, () => c.json({}));
  })
  // Whoever holds the operator's token may do everything: this is how they make a person of themselves, also when nobody else can get in any more.
  .post('/auth/first-admin-code', async (c) => {
    if (!(await hasToken(c.req.header('authorization'), c.env.PLUMBLINE_API_TOKEN)))
      return problemResponse(c, problem('api.unauthenticated', 'this needs the operator’s token'));
    return c.json(await accessOf(c.env).makeFirstAdminCode(), 201);
  })
  .post('/auth/logout', async (c) => {
    const crossed = crossSiteSignIn(c);
    if (crossed !== undefined) return problemResponse(c, crossed);
    const credential = (await bearerCredential(c)) ?? (await cookieCredential(c));
    if (credential !== undefined) await accessOf(c.env).signOut(credential);
    clearSessionCookie(c);
    return c.json({});
  })
  .post('/auth/device', async (c) => {
    const waiting = await mustWait(c);
    if (waiting !== undefined) return waiting;
    // Each counts, as it takes a place until it is approved or too old.
    await accessOf(c.env).attemptFailed('sign-in', addressOf(c));
    const started = await accessOf(c.env).startDevice();
    if (!started.ok) return problemResponse(c, started.error);
    return c.json({ ...started.value, verificationUrl: `${publicOrigin(c)}/device` }, 201);
  })
  .get('/auth/device', (c) => c.redirect('/device'))
  .post('/auth/device/approve', async (c) => {
    const credential = await cookieCredential(c);
    if (credential === undefined) return problemResponse(c, problem('api.unauthenticated', 'nobody is signed in'));
    const body = await readGuarded(c, v.object({ userCode: v.pipe(v.string(), v.maxLength(50)) }));
    if (!body.ok) return body.response;
    const approved = await accessOf(c.env).approveDevice(body.value.userCode, credential);
    return approved.ok ? c.json({}) : refuse(c, approved.error);
  })
  .post('/auth/device/token', async (c) => {
    const waiting = await mustWait(c);
    if (waiting !== undefined) return waiting;
    const body = await readJson(c, v.object({ deviceCode: secret }));
    if (!body.ok) return problemResponse(c, body.error);
    const redeemed = await accessOf(c.env).redeemDevice(body.value.deviceCode);
    if (redeemed.ok) return c.json(redeemed.value);
    return redeemed.error.code === 'auth.pending' ? problemResponse(c, redeemed.error) : refuse(c, redeemed.error);
  });

/** A body that gives a cookie: from this origin only, and not more often than the limits allow. */
async function readGuarded<S extends v.GenericSchema>(c: Of, schema: S) {
  const crossed = crossSiteSignIn(c);
  if (crossed !== undefined) return { ok: false as const, response: problemResponse(c, crossed) };
  const waiting = await mustWait(c);
  if (waiting !== undefined) return { ok: false as const, response: waiting };
  const body = await readJson(c, schema);
  return body.ok ? body : { ok: false as const, response: problemResponse(c, body.error) };
}

async function mustWait(c: Of): Promise<Response | undefined> {
  const seconds = await accessOf(c.env).attemptWait('sign-in', addressOf(c));
  return seconds === 0 ? undefined : tooMany(c, seconds);
}

/** A failed attempt: counted, and answered as what it was. */
async function refuse(c: Of, found: Problem): Promise<Response> {
  await accessOf(c.env).attemptFailed('sign-in', addressOf(c));
  return problemResponse(c, found);
}

/** 429, with the seconds to wait. */
export function tooMany(c: Context, seconds: number): Response {
  c.header('retry-after', String(seconds));
  return problemResponse(c, problem('api.too_many', `too many attempts failed: wait ${seconds} s`));
}

/** Cloudflare writes the header itself. Where nobody does, all share one address, and the limit for all holds anyway. */
export function addressOf(c: Context): string {
  return (c.req.header('cf-connecting-ip') ?? 'unknown').slice(0, 64);
}

/** Of `plumb logout`. */
async function bearerCredential(c: Of): Promise<Credential | undefined> {
  const token = tokenOf(c.req.header('authorization') ?? '');
  return token === undefined || token === '' ? undefined : { kind: 'bearer', digest: await digestOf(token) };
}

async function cookieCredential(c: Of): Promise<Credential | undefined> {
  const cookie = sessionCookie(c);
  return cookie === undefined || cookie === '' ? undefined : { kind: 'cookie', digest: await digestOf(cookie) };
}

/** Begins the session in this browser; the one that it had before ends (a session must not survive a change of who it is). */
async function signIn(c: Of, session: NewSession, respond: () => Response): Promise<Response> {
  const before = await cookieCredential(c);
  if (before !== undefined) await accessOf(c.env).signOut(before);
  setSessionCookie(c, session.secret, (session.expiresAt - systemClock()) / 1_000);
  return respond();
}

/** Back to the sign-in page, which has words for every code. */
function back(c: Of, code: Problem['code']): Response {
  return c.redirect(`/sign-in?problem=${code}`);
}
