import { type Problem, problem } from '../../core/problem/problem.ts';
import type { RenderFile } from '../../core/render/render-types.ts';

const ASKED = /\.Release\.(?:IsInstall|IsUpgrade|Revision)\b/;
/** Enough to find the places. */
const MAX_NAMED = 5;

/** Warns of templates that ask whether they are installed or upgraded: the answer is always that of an installation, so that a commit renders to one thing. */
export function releaseStateWarnings(path: string, files: ReadonlyMap<string, RenderFile>): Problem[] {
  const decoder = new TextDecoder();
  const found = [...files.values()].flatMap((file) => {
    if (!/\/templates\//.test(`/${file.path}`) || !file.path.startsWith(path)) return [];
    const asked = ASKED.exec(decoder.decode(file.content));
    return asked === null ? [] : [{ file: file.path, asked: asked[0] }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const named = found.slice(0, MAX_NAMED).map(({ file }) => file);
  const more = found.length > MAX_NAMED ? `, and ${found.length - MAX_NAMED} more` : '';
  const message = `${named.join(', ')}${more}: ${first.asked} is always that of an installation, also in an upgrade`;
  return [problem('app.field_ignored', message, { where: first.file })];
}
