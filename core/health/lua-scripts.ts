/**
 * Argo CD's own health scripts (its resource_customizations/): a text for each `group/Kind`. An underscore stands for any text within its part:
 * `_.crossplane.io/_` is every kind of every group below crossplane.io.
 */
export type LuaScripts = { readonly [groupKind: string]: string };

/** The script for a kind: the one of its name, else the first pattern that fits, in the order of the alphabet. */
export function findLuaScript(scripts: LuaScripts, groupKind: string): string | undefined {
  if (Object.hasOwn(scripts, groupKind)) return scripts[groupKind];
  const pattern = Object.keys(scripts)
    .filter((name) => name.includes('_'))
    .sort()
    .find((name) => fits(name, groupKind));
  return pattern === undefined ? undefined : scripts[pattern];
}

function fits(pattern: string, groupKind: string): boolean {
  const parts = groupKind.split('/');
  const wanted = pattern.split('/');
  return parts.length === wanted.length && wanted.every((part, i) => fitsPart(part, parts[i] ?? ''));
}

function fitsPart(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('_');
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const [i, piece] of rest.entries()) {
    const found = i === rest.length - 1 ? text.length - piece.length : text.indexOf(piece, at);
    if (found < at || !text.startsWith(piece, found)) return false;
    at = found + piece.length;
  }
  return at === text.length;
}

/** Finds scripts in a file that is read when it is first needed; one that cannot be read holds none. */
export function readLuaScripts(read: () => string): (groupKind: string) => string | undefined {
  let scripts: LuaScripts | undefined;
  return (groupKind) => {
    scripts ??= parseScripts(read);
    return findLuaScript(scripts, groupKind);
  };
}

function parseScripts(read: () => string): LuaScripts {
  try {
    const scripts: unknown = JSON.parse(read());
    // Made by build/lua-scripts.ts: an object of texts.
    return typeof scripts === 'object' && scripts !== null ? (scripts as LuaScripts) : {};
  } catch {
    return {};
  }
}
