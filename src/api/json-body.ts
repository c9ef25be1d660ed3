import type { Context } from 'hono';
import * as v from 'valibot';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { readBounded } from '../platform/read-bounded.ts';

const MAX_BODY = 1_000_000;

/** Reads a JSON body of at most 1 MB by a schema; fails with api.invalid (naming the field) or api.too_large. */
export async function readJson<S extends v.GenericSchema>(c: Context, schema: S): Promise<Result<v.InferOutput<S>, Problem>> {
  // Browsers send other types across origins without asking: only JSON is taken (threat S29).
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return err(problem('api.invalid', 'send the body as application/json'));
  const body = await readBounded(c.req.raw, MAX_BODY);
  if (!body.ok) return body;
  try {
    const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(body.value)), { abortEarly: true });
    if (parsed.success) return ok(parsed.output);
    return err(problem('api.invalid', `${v.getDotPath(parsed.issues[0]) ?? 'body'}: ${withoutInput(parsed.issues[0].message)}`));
  } catch {
    return err(problem('api.invalid', 'the body is not JSON'));
  }
}

/** Valibot says what it received: in a field for credentials that is one. */
function withoutInput(message: string): string {
  return message.replace(/ but received .*$/s, '');
}
