/**
 * Commits and annotated tags: header lines (`name value`, continued by lines that begin with a space), an empty line,
 * the message. Only what people see and what leads further is read; the object's id vouches for the rest.
 */
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { isOid } from './object-id.ts';

export interface Commit {
  readonly tree: string;
  /** Name of the author, without the address. */
  readonly author: string;
  /** Address of the author; empty when there is none. */
  readonly email: string;
  /** First line of the message. */
  readonly subject: string;
  /** Milliseconds since the epoch, as the committer's clock said. */
  readonly committedAt: number;
}

const MAX_TEXT = 300;
const decoder = new TextDecoder();

function readHeader(head: string, name: string): string | undefined {
  for (const line of head.split('\n')) {
    if (line.startsWith(`${name} `)) return line.slice(name.length + 1);
  }
  return undefined;
}

function splitMessage(data: Uint8Array): { readonly head: string; readonly message: string } {
  const text = decoder.decode(data);
  const end = text.indexOf('\n\n');
  return end === -1 ? { head: text, message: '' } : { head: text.slice(0, end), message: text.slice(end + 2) };
}

/** One line for people: no control characters, not longer than a line may be. */
function toLine(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
    .trim()
    .slice(0, MAX_TEXT);
}

/** Parses a commit; fails with git.corrupt. */
export function parseCommit(data: Uint8Array): Result<Commit, Problem> {
  const { head, message } = splitMessage(data);
  const tree = readHeader(head, 'tree');
  const author = readHeader(head, 'author') ?? '';
  const committer = /> (-?\d{1,15}) [+-]\d{4}$/.exec(readHeader(head, 'committer') ?? '');
  if (tree === undefined || !isOid(tree)) return err(problem('git.corrupt', 'a commit of the repository is damaged'));
  return ok({
    tree,
    author: toLine(author.replace(/ ?<.*$/, '')),
    email: toLine(/<([^<>]*)>/.exec(author)?.[1] ?? ''),
    subject: toLine(message.trimStart().split('\n', 1)[0] ?? ''),
    committedAt: Number(committer?.[1] ?? 0) * 1000,
  });
}

/** The object that an annotated tag points to; undefined when it does not say. */
export function parseTagTarget(data: Uint8Array): string | undefined {
  const target = readHeader(splitMessage(data).head, 'object');
  return target !== undefined && isOid(target) ? target : undefined;
}
