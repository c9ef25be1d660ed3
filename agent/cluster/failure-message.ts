import type { ProblemCode } from '../../core/problem/codes.ts';

/** What the API server says of a refused request, as far as it is understood. */
export interface Status {
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly retryAfterSeconds: number;
  readonly causes: readonly Cause[];
}

interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

const MAX_MESSAGE = 1024;
const MAX_CAUSE = 240;

/**
 * The message of a failure: every cause with its field, so that one round is enough to correct an object. Of fields that cannot be changed only the reason
 * is told: the API server quotes the whole value, a Pod template of a hundred lines.
 */
export function messageOf(code: ProblemCode, httpStatus: number, { message, causes }: Status): string {
  if (message === '' && causes.length === 0) return `the API server answered ${httpStatus}`;
  const isAboutFields = code === 'apply.invalid' || code === 'apply.immutable' || code === 'apply.too_large';
  const named = causes.filter((cause) => cause.field !== '' && cause.message !== '');
  if (!isAboutFields || named.length === 0 || named.length < causes.length) return clip(message, MAX_MESSAGE);
  const lines = named.map(({ field, message: why }) => {
    const [line = ''] = (code === 'apply.immutable' ? withoutValue(why) : why).split('\n');
    return `${field === '[]' ? 'data' : field}: ${clip(line, MAX_CAUSE)}`;
  });
  let text = '';
  for (const [i, line] of lines.entries()) {
    if (text.length + line.length > MAX_MESSAGE) return `${text}; and ${lines.length - i} more`;
    text += i === 0 ? line : `; ${line}`;
  }
  return text;
}

/** `Invalid value: {"a":…}: field is immutable` → `field is immutable`. */
function withoutValue(message: string): string {
  if (!message.startsWith('Invalid value: ')) return message.replace(/^Forbidden: /, '');
  return /[}\])"\w]: ([^:{}[\]"]+)$/.exec(message)?.[1] ?? 'it cannot be changed';
}

/** The fields that are wrong; of a secret object only those whose names cannot be values that stand in the wrong place. */
export function fieldsOf({ causes }: Status, isSecret: boolean): string[] {
  const fields = causes.map((cause) => cause.field);
  return isSecret ? fields.filter((field) => /^[\w.[\]/-]{1,128}$/.test(field)) : fields;
}

/** About an object whose values must not be told: the status, the fields, and who refused it; names that people gave to rules, not values. */
export function concealedMessage(httpStatus: number, status: Status): string {
  const fields = fieldsOf(status, true);
  const named = fields.length === 0 ? '' : ` (${fields.slice(0, 5).join(', ')})`;
  const reason = /^[A-Za-z]{1,40}$/.test(status.reason) ? ` as ${status.reason}` : '';
  const judge =
    /^(?:[\w.]+ "[^"]*" is forbidden: )?(admission webhook "[\w.-]{1,253}"|ValidatingAdmissionPolicy '[\w.-]{1,253}')/.exec(
      status.message,
    )?.[1];
  const by = judge === undefined ? 'the API server' : judge;
  return `${by} refused it with ${httpStatus}${reason}${named}; the message is withheld because it may quote secret values`;
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
