import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { carryResolver } from './resolve-bundle.ts';
import { carrySandbox } from './sandbox-bundle.ts';

/** The agent as one file, for the install manifest and for images. */
export interface AgentBundle {
  /** Absolute path of `agent.mjs`. */
  readonly path: string;
  /** Absolute path of `agent.mjs.gz`, which the install manifest carries. */
  readonly gzipPath: string;
  /** 64 hex digits, of `agent.mjs`. */
  readonly sha256: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * What client-node's KubeConfig imports but the agent never calls: the generated API (3 MB of source) and undici, because the agent speaks through
 * node:https; SOCKS proxies, and the auth providers that kubectl itself has dropped. Left out, the agent needs 18 MB less memory.
 */
const UNUSED: ReadonlyMap<RegExp, string> = new Map([
  [/[./]gen\/index\.js$/, 'export const createConfiguration = undefined, ServerConfiguration = undefined;'],
  [/^undici$/, 'export class Agent {} export class ProxyAgent {}'],
  [
    /^socks-proxy-agent$/,
    `export class SocksProxyAgent { constructor() { throw new Error('a SOCKS proxy is not supported'); } }`,
  ],
  [/^socks$/, 'export class SocksClient {}'],
  [/^jsonpath-plus$/, `export const JSONPath = () => { throw new Error('auth-provider is not supported, use exec'); };`],
]);

const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  setup(builder) {
    for (const [filter, contents] of UNUSED) {
      builder.onResolve({ filter }, (found) => ({ path: found.path, namespace: 'unused' }));
      builder.onLoad({ filter, namespace: 'unused' }, () => ({ contents, loader: 'js' }));
    }
  },
};

/**
 * Node's own modules, without their ESM face: making that reads every export once, and reading all of node:http's loads undici with its
 * WebSocket, which costs memory and start-up time.
 */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  setup(builder) {
    builder.onResolve({ filter: /^[a-z]|^node:/ }, ({ path: name }) =>
      isBuiltin(name) ? { path: name, namespace: 'builtin' } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: name }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`,
      loader: 'js',
    }));
  },
};

/** Bundles agent/main.ts; gives the program as it runs and gzipped, as the install manifest carries it. The same sources give the same bytes. */
export async function bundleAgent(): Promise<{ readonly program: Uint8Array; readonly packed: Uint8Array<ArrayBuffer> }> {
  const result = await build({
    entryPoints: [path.join(ROOT, 'agent/main.ts')],
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'none',
    write: false,
    outfile: 'agent.mjs',
    logLevel: 'warning',
    plugins: [await carrySandbox(), await carryResolver([plainBuiltins]), leaveOutUnused, plainBuiltins],
    // Some of client-node's dependencies are CommonJS and ask for Node's modules by require.
    banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('esbuild gave no output');
  return { program: file.contents, packed: new Uint8Array(gzipSync(file.contents, { level: 9 })) };
}

/** Bundles the agent into files; `outDir` is made. */
export async function buildAgentBundle(outDir: string): Promise<AgentBundle> {
  const { program, packed } = await bundleAgent();
  await mkdir(outDir, { recursive: true });
  const target = path.join(outDir, 'agent.mjs');
  await Promise.all([writeFile(target, program), writeFile(`${target}.gz`, packed)]);
  return {
    path: target,
    gzipPath: `${target}.gz`,
    sha256: createHash('sha256').update(program).digest('hex'),
    bytes: program.length,
    gzipBytes: packed.length,
  };
}
