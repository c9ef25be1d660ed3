import type { NotifyService, NotifyServiceInput } from '../../core/api/notify.ts';
import type { NotifyRules } from '../../core/notify/rules.ts';
import { checkSettings, missingSecret } from '../../core/notify/service-settings.ts';
import type { GitService } from '../../core/notify/settings.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Vault } from '../platform/vault.ts';
import type { ServiceAccess } from './service.ts';
import type { StoredService } from './tables.ts';

/**
 * Services come from Git, from people, or from both: then Git says what it is, people's settings are laid over Git's, and the secrets are those that people
 * stored. Secrets are sealed as one JSON object per service and opened only to be used.
 */
export interface ServiceInForce {
  readonly name: string;
  readonly kind: NotifyService['kind'];
  readonly settings: JsonObject;
  readonly origin: string;
  readonly problem?: string;
  /** Field → other name under which its secret may be stored. */
  readonly references: { readonly [field: string]: string };
  readonly sealed?: Uint8Array;
}

/** All services, by name. */
export function servicesInForce(rules: NotifyRules, stored: readonly StoredService[]): ReadonlyMap<string, ServiceInForce> {
  const found = new Map<string, ServiceInForce>();
  for (const { name, kind, settings, secrets, origin, problem: fault } of rules.services.values())
    found.set(name, { name, kind, settings, origin, references: secrets, ...(fault === undefined ? {} : { problem: fault }) });
  for (const { name, kind, settings, sealed } of stored) {
    const git = found.get(name);
    const part = sealed === undefined ? {} : { sealed };
    if (git === undefined) found.set(name, { name, kind, settings, origin: 'by hand', references: {}, ...part });
    else if (git.kind !== kind)
      found.set(name, {
        ...git,
        problem: `is ${git.kind} in ${git.origin} and was set as ${kind} by hand: what was set by hand is not used`,
      });
    else found.set(name, { ...git, settings: { ...git.settings, ...settings }, origin: `${git.origin} and by hand`, ...part });
  }
  return found;
}

/** A secret is sent to these: whoever changes them has to know it. */
const ADDRESSES = ['url', 'host', 'port', 'tls'];

/** Beside the secrets stands what the address was when they were given; no secret can have a name with a blank. */
const GIVEN_FOR = 'given for';

function addressOf(settings: JsonObject): string {
  return JSON.stringify(ADDRESSES.map((field) => settings[field] ?? null));
}

/** The service with its secrets, for one delivery. Fails with what is wrong with it. */
export async function accessService(service: ServiceInForce, vault: Vault): Promise<Result<ServiceAccess, string>> {
  if (service.problem !== undefined) return err(service.problem);
  const { name, kind, settings, references } = service;
  const { [GIVEN_FOR]: givenFor, ...stored } = await openSecrets(service, vault);
  // Who may push to a fleet path must not have the secrets that people stored sent somewhere else (S08).
  if (givenFor !== undefined && givenFor !== addressOf(settings))
    return err(`its address is another one than its secrets were given for (${service.origin}): give them again`);
  const secrets = { ...stored };
  for (const [field, reference] of Object.entries(references)) {
    const value = Object.hasOwn(stored, reference) ? stored[reference] : undefined;
    if (secrets[field] === undefined && value !== undefined) secrets[field] = value;
  }
  const missing = missingSecret(kind, settings, Object.keys(secrets));
  return missing === undefined ? ok({ name, kind, settings, secrets }) : err(missing);
}

async function openSecrets(
  { name, sealed }: Pick<ServiceInForce, 'name' | 'sealed'>,
  vault: Vault,
): Promise<{ readonly [name: string]: string }> {
  if (sealed === undefined) return {};
  const plain = await vault.open(sealed, `notify/${name}`);
  return JSON.parse(new TextDecoder().decode(plain)) as { readonly [name: string]: string }; // sealed by changeService only
}

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i;
const MAX_SECRETS = 100;

/**
 * A service as it is to be stored after a person's change; fails with api.invalid. Secrets that are not given stay, unless the address changed. `git` is
 * what Git says of the service.
 */
export async function changeService(
  name: string,
  input: NotifyServiceInput,
  {
    before,
    git,
    vault,
  }: { readonly before: StoredService | undefined; readonly git: GitService | undefined; readonly vault: Vault },
): Promise<Result<StoredService, Problem>> {
  const invalid = (message: string) => err(problem('api.invalid', message));
  if (!NAME.test(name))
    return invalid('a service is called by letters, digits, dots, dashes and underscores, at most 63 of them');
  // What Git defines may have its required settings there: only what is given is checked.
  const checked = checkSettings(input.kind, input.settings);
  if (!checked.ok && !checked.error.endsWith('is missing')) return invalid(`settings.${checked.error}`);
  // A file that a secret was read from ends with a line end.
  const given = Object.entries(input.secret ?? {}).map(([key, value]): [string, string] => [key, value.replace(/\r?\n$/, '')]);
  if (given.length > MAX_SECRETS || given.some(([key, value]) => !/^[\w.@:/#+-]{1,200}$/.test(key) || /[\r\n\u0000]/.test(value)))
    return invalid('secret: names are plain, values have one line');
  const isSame = before !== undefined && before.kind === input.kind;
  const { [GIVEN_FOR]: givenFor, ...kept } =
    isSame && before.sealed !== undefined ? await openSecrets({ name, sealed: before.sealed }, vault) : {};
  const address = addressOf({ ...(git?.kind === input.kind ? git.settings : {}), ...input.settings });
  const moved = isSame && address !== (givenFor ?? addressOf(before.settings));
  const missing = Object.keys(kept).filter((key) => input.secret?.[key] === undefined);
  if (moved && missing.length > 0)
    return invalid('the address of the service changes: give its secrets again, as they would be sent there');
  const secrets = Object.fromEntries([...Object.entries(kept), ...given].filter(([, value]) => value !== ''));
  if (Object.keys(secrets).length === 0) return ok({ name, kind: input.kind, settings: input.settings });
  const sealed = await vault.seal(
    new TextEncoder().encode(JSON.stringify({ ...secrets, [GIVEN_FOR]: address })),
    `notify/${name}`,
  );
  return ok({ name, kind: input.kind, settings: input.settings, sealed });
}
