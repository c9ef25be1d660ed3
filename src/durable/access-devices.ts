import type { Caller } from '../../core/api/access.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { TOKEN_PREFIX } from '../auth/api-tokens.ts';
import {
  approveDevice as approve,
  countDevices,
  DEVICE_INTERVAL_SECONDS,
  DEVICE_SECONDS,
  deleteDevice,
  findDevice,
  findWaitingDevice,
  MAX_DEVICES,
  normaliseUserCode,
  putDevice,
} from '../auth/device-codes.ts';
import { digestOf } from '../auth/digest.ts';
import { findPerson } from '../auth/people.ts';
import { CLI_MS, putSession } from '../auth/sessions.ts';
import type { DeviceStarted } from '../platform/access-port.ts';
import { randomId } from '../platform/clock.ts';
import { randomSecret, randomUserCode } from '../platform/random-secret.ts';
import type { AccessParts } from './access-sessions.ts';

/** `plumb login` begins: a secret for the command line, a code for the person. */
export async function startDevice({ sql, now }: AccessParts): Promise<Result<DeviceStarted, Problem>> {
  const deviceCode = randomSecret();
  const hash = await digestOf(deviceCode);
  const time = now();
  if (countDevices(sql, time) >= MAX_DEVICES)
    return err(problem('api.too_many', 'too many sign-ins of command lines wait for their approval'));
  for (;;) {
    const code = randomUserCode();
    if (!putDevice(sql, { hash, code, expires: time + DEVICE_SECONDS * 1_000 }, time)) continue;
    return ok({ userCode: code, deviceCode, expiresIn: DEVICE_SECONDS, interval: DEVICE_INTERVAL_SECONDS });
  }
}

/** A person who is signed in says that the command line that shows this code is theirs. Tokens and the operator have no such need. */
export async function approveDevice(
  parts: AccessParts,
  userCode: string,
  caller: Caller | undefined,
): Promise<Result<true, Problem>> {
  if (caller === undefined || caller.kind !== 'person')
    return err(problem('api.forbidden', 'only a person who is signed in can approve a command line'));
  const device = findWaitingDevice(parts.sql, normaliseUserCode(userCode), parts.now());
  if (device === undefined) return err(problem('auth.code', 'no command line waits for this code'));
  await parts.change(caller, 'sign-in', `${caller.name} let a command line in`, () => approve(parts.sql, device.hash, caller.id));
  return ok(true);
}

/** What the command line gets for its secret once somebody has approved it, exactly once. */
export async function redeemDevice(
  parts: AccessParts,
  deviceCode: string,
): Promise<Result<{ readonly token: string; readonly expiresAt: number }, Problem>> {
  const { sql, now } = parts;
  const found = findDevice(sql, await digestOf(deviceCode), now());
  if (found === undefined) return err(problem('auth.code', 'this sign-in is unknown, was used or is too old'));
  if (found.person === undefined) return err(problem('auth.pending', 'nobody has approved this sign-in yet'));
  const person = findPerson(sql, found.person);
  if (person === undefined) return err(problem('auth.code', 'who approved this sign-in is not known any more'));
  const token = `${TOKEN_PREFIX}${randomSecret()}`;
  const hash = await digestOf(token);
  const id = randomId();
  const created = now();
  const expires = created + CLI_MS;
  const caller: Caller = { id: person.id, name: person.name, kind: 'person', groups: [], via: `session:${id}` };
  await parts.change(caller, 'sign-in', `${person.name} signed in with the command line`, () => {
    deleteDevice(sql, found.hash);
    putSession(sql, { id, hash, kind: 'cli', person: person.id, created, expires });
  });
  return ok({ token, expiresAt: expires });
}
