/**
 * The layout as a test: who may import whom, who may ask the clock, what a file may be called. Each test gives the list of
 * offenders, which is empty. Reading is done by regular expressions over the text without its comments: enough for code that the
 * formatter wrote, and the compiler and the linter look at the rest.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PROBLEM_KINDS } from '../core/problem/codes.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDERS = '{core,src,agent,cli,ui,renderer,sandbox,devcluster,build,bench,test}';
const IGNORED = /(^|\/)(node_modules|dist|testdata|vectors)\//;

const list = (pattern: string): readonly string[] =>
  globSync(pattern, { cwd: ROOT })
    .filter((file) => !IGNORED.test(file))
    .sort();
const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8');

interface Source {
  readonly file: string;
  readonly lines: number;
  /** The text without its comments and without what stands in template literals, which may be code of another place (a page's script). */
  readonly code: string;
  /** What is imported: paths from the root for relative imports, names for packages. */
  readonly imports: readonly string[];
  /** Those of them of which only types are imported. */
  readonly types: ReadonlySet<string>;
}

function readSource(file: string): Source {
  const text = read(file);
  const code = text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '');
  const resolve = (name = '') => (name.startsWith('.') ? join(dirname(file), name) : name);
  const found = [...code.matchAll(/(?:\b(import type\b[^'"]*?)\b)?(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g)];
  const imports = found.map((match) => resolve(match[2]));
  const values = new Set(found.filter((match) => match[1] === undefined).map((match) => resolve(match[2])));
  const types = new Set(imports.filter((name) => !values.has(name)));
  return { file, lines: text.split('\n').length - 1, code: code.replace(TEMPLATE, inserted), imports, types };
}

const TEMPLATE = /`(?:\\.|[^`\\])*`/g;

/** What a template literal inserts. */
function inserted(template: string): string {
  return [...template.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1]).join(' ');
}

const SOURCES = list(`${FOLDERS}/**/*.{ts,tsx,mjs}`).map(readSource);
const inside = (...folders: readonly string[]) => SOURCES.filter(({ file }) => folders.some((folder) => file.startsWith(folder)));
const isPath = (name: string) => /^(core|src|agent|cli|ui|renderer|sandbox|devcluster|build|bench|test)\//.test(name);

/** `file → import` for every import of these sources that is not allowed. */
function breaches(sources: readonly Source[], isAllowed: (name: string, source: Source) => boolean): readonly string[] {
  return sources.flatMap((source) =>
    source.imports.filter((name) => !isAllowed(name, source)).map((name) => `${source.file} → ${name}`),
  );
}

/** `file: what was found` for every source in which a pattern occurs. */
function offences(sources: readonly Source[], pattern: RegExp): readonly string[] {
  return sources.flatMap(({ file, code }) => [...code.matchAll(pattern)].map((match) => `${file}: ${match[0].trim()}`));
}

/** The folder of a stage (`src/fetch/`), or undefined for a file at the top (`src/journey.ts`). */
function stageOf(file: string): string | undefined {
  const [top, folder, ...rest] = file.split('/');
  return rest.length === 0 ? undefined : `${top}/${folder}/`;
}

it('the tree is really read: a test that sees nothing finds nothing', () => {
  const files = SOURCES.map(({ file }) => file);
  for (const file of ['core/result.ts', 'src/journey.ts', 'agent/cluster/kubernetes-api.ts', 'test/architecture.test.ts'])
    expect(files).toContain(file);
  expect(readSource('core/protocol/keys.ts').imports).toContain('core/protocol/dsse.ts');
});

describe('directions', () => {
  it('core imports core and packages that touch nothing', () =>
    expect(
      breaches(inside('core/'), (name) => name.startsWith('core/') || /^(@noble\/hashes\/|(valibot|yaml)$)/.test(name)),
    ).toEqual([]));

  it('the Worker imports core and itself, never Node', () =>
    expect(breaches(inside('src/'), (name) => (isPath(name) ? /^(core|src)\//.test(name) : !name.startsWith('node:')))).toEqual(
      [],
    ));

  it('the agent imports core, the sandbox and itself', () =>
    expect(breaches(inside('agent/'), (name) => !isPath(name) || /^(core|sandbox|agent)\//.test(name))).toEqual([]));

  it('the sandbox imports core and itself', () =>
    expect(breaches(inside('sandbox/'), (name) => !isPath(name) || /^(core|sandbox)\//.test(name))).toEqual([]));

  it('the sandbox is entered by its door', () =>
    expect(
      breaches(
        SOURCES.filter(({ file }) => !/^(sandbox|test|build|bench)\//.test(file)),
        (name) => !name.startsWith('sandbox/') || name === 'sandbox/sandbox.ts',
      ),
    ).toEqual([]));

  it('the command line knows neither the Worker nor the agent from inside', () =>
    expect(breaches(inside('cli/'), (name) => !/^(src|agent)\//.test(name))).toEqual([]));

  it('the renderer imports core, the tools that build it and itself', () =>
    expect(breaches(inside('renderer/'), (name) => !isPath(name) || /^(core|renderer|build)\//.test(name))).toEqual([]));

  it('the dashboard imports core and itself', () =>
    expect(breaches(inside('ui/'), (name) => !isPath(name) || /^(core|ui)\//.test(name))).toEqual([]));

  it('nothing imports a test but tests and benchmarks', () =>
    expect(
      breaches(
        SOURCES.filter(({ file }) => !/^(test|bench)\//.test(file)),
        (name) => !/^(test|bench)\//.test(name),
      ),
    ).toEqual([]));
});

/** Who may import stages, because putting them together is all that it does. */
const WORKER_COMPOSES = /^src\/(durable\/|worker\.ts$|journey\.ts$)/;
const AGENT_COMPOSES = /^agent\/(main|loop)\.ts$/;

/** The one exception between folders of the Worker: its HTTP edge asks who is calling and what a webhook says before anything else happens. */
const EDGE = { from: 'src/api/', to: /^src\/(auth|webhook)\// };

describe('stages', () => {
  it('of the Worker import core, their own folder and platform/', () => {
    const stages = inside('src/').filter(({ file }) => !WORKER_COMPOSES.test(file));
    const isAllowed = (name: string, { file }: Source) =>
      !name.startsWith('src/') ||
      name.startsWith('src/platform/') ||
      stageOf(name) === stageOf(file) ||
      (file.startsWith(EDGE.from) && EDGE.to.test(name));
    expect(breaches(stages, isAllowed)).toEqual([]);
  });

  /** Ports that say their limits beside their types. */
  const PORTS: ReadonlySet<string> = new Set(['agent/cluster/cluster-api.ts', 'agent/cluster/state-secrets.ts']);

  it('of the agent import core, their own folder, platform/ and the ports of cluster/', () => {
    const stages = inside('agent/').filter(({ file }) => !AGENT_COMPOSES.test(file));
    const isAllowed = (name: string, { file, types }: Source) =>
      !name.startsWith('agent/') ||
      name.startsWith('agent/platform/') ||
      (name.startsWith('agent/cluster/') && (types.has(name) || PORTS.has(name))) ||
      stageOf(name) === stageOf(file);
    expect(breaches(stages, isAllowed)).toEqual([]);
  });

  it('are not known to the platform below them', () =>
    expect(
      breaches(
        inside('src/platform/', 'agent/platform/'),
        (name, { file }) => !/^(src|agent)\//.test(name) || stageOf(name) === stageOf(file),
      ),
    ).toEqual([]));
});

describe('the outside world', () => {
  it('the Kubernetes client is imported in agent/cluster/ only', () =>
    expect(
      breaches(
        SOURCES.filter(({ file }) => !/^(agent\/cluster|test|bench)\//.test(file)),
        (name) => !name.startsWith('@kubernetes/'),
      ),
    ).toEqual([]));

  it('what only Cloudflare has is imported in durable/, platform/ and worker.ts only', () =>
    expect(
      breaches(
        SOURCES.filter(({ file }) => !/^(src\/(durable|platform)\/|src\/worker\.ts$|renderer\/worker\.ts$)/.test(file)),
        (name) => !name.startsWith('cloudflare:'),
      ),
    ).toEqual([]));

  /** Places whose very purpose is the machine: the rest is given the time, chance and the network. */
  const MACHINE =
    /^((src|agent|sandbox)\/platform|agent\/cluster|cli|ui|build|devcluster|renderer\/node|test|bench)\/|^renderer\/worker\.ts$/;
  const pure = SOURCES.filter(({ file }) => !MACHINE.test(file));

  it('the clock is asked in platform/ only', () =>
    expect(
      offences(pure, /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/g),
    ).toEqual([]));

  it('timers are set in platform/ only', () =>
    expect(offences(pure, /(?<![.\w])(setTimeout|setInterval|setImmediate)\(|\bscheduler\.wait\b/g)).toEqual([]));

  it('chance is asked in platform/ only', () =>
    expect(offences(pure, /\bMath\.random\b|\bcrypto\.(randomUUID|getRandomValues)\b|\brandomBytes\(/g)).toEqual([]));

  it('the network is reached through platform/ only', () =>
    expect(
      offences(pure, /(?<![.\w]|async )fetch\((?!\w+\??:|\))|\bglobalThis\.|\bnew WebSocket\(|(?<![.\w])connect\(\{/g),
    ).toEqual([]));
});

describe('files', () => {
  /** Tables, whose length is their content. */
  const TABLES: ReadonlySet<string> = new Set([]);

  it('have at most 400 lines', () =>
    expect(
      SOURCES.filter(({ file, lines }) => lines > 400 && !TABLES.has(file)).map(({ file, lines }) => `${file}: ${lines}`),
    ).toEqual([]));

  it('are named in kebab-case, for what they hold', () => {
    const vague = /^(utils?|helpers?|common|misc|index)$/;
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|worker|config|d))*\.(ts|tsx|mjs)$/;
    const isBad = ({ file }: Source) =>
      !kebab.test(basename(file)) || file.split('/').some((part) => vague.test(part.replace(/\..*$/, '')));
    expect(SOURCES.filter(isBad).map(({ file }) => file)).toEqual([]);
  });

  it('are imported one by one, by their full name', () => {
    const isWhole = (name: string) => !isPath(name) || /\.(ts|tsx|mjs|json|css|svg|wasm)$/.test(name);
    expect(breaches(SOURCES, isWhole)).toEqual([]);
    expect(offences(SOURCES, /^export (type )?\* .*$/gm)).toEqual([]);
  });

  it('export by name, but for those whose platform asks for a default', () => {
    const asked = /^((src|renderer)\/worker|(vitest|ui\/vite)\.config|test\/.*\/?global-setup)\.ts$|\.d\.ts$/;
    expect(
      offences(
        SOURCES.filter(({ file }) => !asked.test(file)),
        /^\s*export default\b|\bas default\b/gm,
      ),
    ).toEqual([]);
  });

  it('know the type of everything', () => {
    const words = /:\s*any\b(?!['"`])|\bas any\b|<any>|\bany\[\]|@ts-ignore|@ts-nocheck|@ts-expect-error/g;
    expect(
      offences(
        inside('core/', 'src/', 'agent/', 'cli/', 'ui/', 'renderer/', 'sandbox/', 'devcluster/', 'build/', 'bench/'),
        words,
      ),
    ).toEqual([]);
  });

  it('need no enum, namespace or parameter property, so that Node runs them as they are', () =>
    expect(
      offences(
        SOURCES,
        /^\s*(export )?(declare )?(const )?(enum|namespace) \w+ \{|constructor\([^)]*\b(private|public|protected) /gm,
      ),
    ).toEqual([]));

  it('leave nothing to skip or to run alone', () =>
    expect(offences(inside('test/'), /\b(it|test|describe)\.(skip|only|todo|fails)\(/g)).toEqual([]));
});

describe('problems', () => {
  /** Codes that wait for the code that finds them. */
  const AWAITED: ReadonlySet<string> = new Set(['apply.deadline']);

  it('every code is used somewhere: nobody is told what to do about what cannot happen', () => {
    const code = [
      ...inside('core/', 'src/', 'agent/', 'cli/', 'renderer/', 'sandbox/').filter(
        ({ file }) => file !== 'core/problem/codes.ts',
      ),
      ...list('renderer/**/*.go').map((file) => ({ code: read(file) })),
    ]
      .map((source) => source.code)
      .join('\n');
    const isUsed = (kind: string) => new RegExp(`['"\`]${kind.replace('.', '\\.')}['"\`]`).test(code);
    expect(Object.keys(PROBLEM_KINDS).filter((kind) => !isUsed(kind) && !AWAITED.has(kind))).toEqual([]);
  });
});

describe('texts', () => {
  const texts = [
    ...list('*.{md,json,jsonc,ts}'),
    ...list('{docs,.github}/**/*'),
    ...list(`${FOLDERS}/**/*.{ts,tsx,mjs,md,go,json,yaml,html}`),
  ]
    .filter((file) => /\.\w+$/.test(file) && file !== 'package-lock.json')
    .map((file) => ({ file, lines: 0, imports: [], types: new Set<string>(), code: read(file) }));

  it('name no path of the machine on which they were written', () =>
    expect(offences(texts, /(?<![\w.}])\/(work|root|Users|home\/(?!node\b|git\b)\w+)\/[\w.-]+/g)).toEqual([]));

  it('link to files that exist', () => {
    const broken = texts
      .filter(({ file }) => file.endsWith('.md'))
      .flatMap(({ file, code }) =>
        [...code.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
          .map((match) => join(dirname(file), match[1] ?? ''))
          .filter((target) => globSync(target, { cwd: ROOT }).length === 0)
          .map((target) => `${file} → ${target}`),
      );
    expect(broken).toEqual([]);
  });
});
