import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { Env } from '../platform/env.ts';

/**
 * The cookie of a session: for this host only, not for scripts, not sent from other sites but for links. On HTTPS its name begins with `__Host-`, so that
 * no other host of the domain can set it. A Worker behind something that ends TLS is told so by PLUMBLINE_URL.
 */
type Bound = { Bindings: Env };

/** The origins under which this Worker is reached: the one that it is told, and the one of the request. */
export function ownOrigins<E extends Bound>(c: Context<E>): readonly string[] {
  const told = c.env.PLUMBLINE_URL;
  const asked = new URL(c.req.url).origin;
  return told === undefined || !URL.canParse(told) ? [asked] : [new URL(told).origin, asked];
}

/** The origin under which others are sent back to this Worker. */
export function publicOrigin<E extends Bound>(c: Context<E>): string {
  return ownOrigins(c)[0] ?? new URL(c.req.url).origin;
}

export function sessionCookie<E extends Bound>(c: Context<E>): string | undefined {
  return getCookie(c, nameOf(c, 'plumbline'));
}

export function setSessionCookie<E extends Bound>(c: Context<E>, secret: string, seconds: number): void {
  put(c, { name: 'plumbline', value: secret, seconds });
}

export function clearSessionCookie<E extends Bound>(c: Context<E>): void {
  put(c, { name: 'plumbline', value: '', seconds: 0 });
}

/** What a browser carries while it is at a sign-in provider. */
export function signInCookie<E extends Bound>(c: Context<E>): string | undefined {
  return getCookie(c, nameOf(c, 'plumbline-sign-in'));
}

export function setSignInCookie<E extends Bound>(c: Context<E>, sealed: string, seconds: number): void {
  put(c, { name: 'plumbline-sign-in', value: sealed, seconds });
}

function put<E extends Bound>(
  c: Context<E>,
  cookie: { readonly name: string; readonly value: string; readonly seconds: number },
): void {
  setCookie(c, nameOf(c, cookie.name), cookie.value, {
    path: '/',
    httpOnly: true,
    secure: isSecure(c),
    sameSite: 'Lax',
    maxAge: Math.max(0, Math.trunc(cookie.seconds)),
  });
}

function nameOf<E extends Bound>(c: Context<E>, name: string): string {
  return isSecure(c) ? `__Host-${name}` : name;
}

function isSecure<E extends Bound>(c: Context<E>): boolean {
  return publicOrigin(c).startsWith('https:');
}
