import { runGit } from './git-command.ts';

/** What a path becomes: text, bytes, a symbolic link, a submodule's commit, or `null` for removed. */
export type FileContent =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly submodule: string }
  | { readonly executable: string }
  | null;

export interface PushOptions {
  /** Default `main`. */
  readonly branch?: string;
  /** The new commit takes the place of the branch's tip, as `git commit --amend` and `git push --force` do. */
  readonly force?: boolean;
  readonly author?: string;
  /** Seconds since 1970. */
  readonly time?: number;
}

const encoder = new TextEncoder();

function dataOf(content: Exclude<FileContent, null>): { readonly mode: string; readonly data: Uint8Array } {
  if (typeof content === 'string') return { mode: '100644', data: encoder.encode(content) };
  if (content instanceof Uint8Array) return { mode: '100644', data: content };
  if ('link' in content) return { mode: '120000', data: encoder.encode(content.link) };
  if ('executable' in content) return { mode: '100755', data: encoder.encode(content.executable) };
  return { mode: '160000', data: encoder.encode(content.submodule) };
}

/** Quotes a path as fast-import wants it: bytes outside printable ASCII are written in octal. */
function quotePath(path: string): string {
  let quoted = '';
  for (const byte of encoder.encode(path)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    quoted += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `"${quoted}"`;
}

async function readTip(
  directory: string,
  ref: string,
): Promise<{ readonly commit: string; readonly tree: string; readonly parents: string[] } | undefined> {
  const line = await runGit({ directory, args: ['log', '-1', '--format=%H %T %P', ref, '--'] }).catch(() => '');
  const [commit, tree, ...parents] = line.trim().split(' ');
  return commit && tree ? { commit, tree, parents: parents.filter((parent) => parent !== '') } : undefined;
}

/**
 * Commits `files` on top of a branch of the bare repository at `directory`, in one `git fast-import`.
 * Paths that are not named stay as they are. Gives the branch's tips before and after.
 */
export async function pushFiles(
  directory: string,
  files: Readonly<Record<string, FileContent>>,
  message: string,
  options: PushOptions = {},
): Promise<{ readonly ref: string; readonly before: string; readonly after: string }> {
  const ref = `refs/heads/${options.branch ?? 'main'}`;
  const tip = await readTip(directory, ref);
  const stream: Uint8Array[] = [];
  const say = (text: string) => stream.push(encoder.encode(text));
  const time = options.time ?? Math.floor(Date.now() / 1000);
  const text = encoder.encode(message);
  say(`commit ${ref}\nmark :1\ncommitter ${options.author ?? 'Demo <demo@example.com>'} ${time} +0000\n`);
  say(`data ${text.length}\n`);
  stream.push(text);
  say('\n');
  if (tip !== undefined && options.force === true) {
    const [first, ...others] = tip.parents;
    if (first !== undefined) say(`from ${first}\n`);
    for (const other of others) say(`merge ${other}\n`);
    say(`M 040000 ${tip.tree} ""\n`);
  } else if (tip !== undefined) {
    say(`from ${tip.commit}\n`);
  }
  for (const [path, content] of Object.entries(files)) {
    if (content === null) {
      say(`D ${quotePath(path)}\n`);
      continue;
    }
    const { mode, data } = dataOf(content);
    if (mode === '160000') {
      say(`M 160000 ${new TextDecoder().decode(data)} ${quotePath(path)}\n`);
      continue;
    }
    say(`M ${mode} inline ${quotePath(path)}\ndata ${data.length}\n`);
    stream.push(data);
    say('\n');
  }
  say('\nget-mark :1\ndone\n');
  const force = options.force === true ? ['--force'] : [];
  const printed = await runGit({
    directory,
    args: ['fast-import', '--quiet', '--done', ...force],
    input: Buffer.concat(stream),
  });
  return { ref, before: tip?.commit ?? '0'.repeat(40), after: printed.trim() };
}
