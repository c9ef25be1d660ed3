/**
 * The program of the sandbox's process as one script, and what makes the agent carry it: no file lies beside the agent's program, so the script, Lua's WebAssembly
 * inside it, and Argo CD's health scripts stand in the program as compressed texts. They are unpacked when the first program of a user runs; an
 * agent that never runs one pays for the texts alone.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { buildLuaScripts } from './lua-scripts.ts';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const FILES = /sandbox[/\\]platform[/\\]files\.ts$/;

/** Replaces the module that says where the sandbox's files are by one that holds them. */
export async function carrySandbox(): Promise<Plugin> {
  const [program, scripts] = await Promise.all([bundleProgram(), buildLuaScripts().then((file) => readFile(file))]);
  const contents = `
import { brotliDecompressSync } from 'node:zlib';
const unpack = (text) => brotliDecompressSync(Buffer.from(text, 'base64')).toString();
export const LUA_WASM = '';
export const processProgram = () => unpack(${literal(program)});
export const readArgoScripts = () => unpack(${literal(scripts)});
`;
  return {
    name: 'carry-sandbox',
    setup(builder) {
      builder.onLoad({ filter: FILES }, () => ({ contents, loader: 'js' }));
    },
  };
}

/** The highest quality would take a second for a few per cent. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 8 } };

const literal = (bytes: Uint8Array): string => JSON.stringify(brotliCompressSync(bytes, QUALITY).toString('base64'));

/** The program: CommonJS, as Node takes it from its standard input. */
async function bundleProgram(): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [path.join(ROOT, 'sandbox/process/main.ts')],
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
    plugins: [
      luaInside(
        await readFile(
          createRequire(import.meta.url)
            .resolve('wasmoon')
            .replace(/index\.js$/, 'glue.wasm'),
        ),
      ),
    ],
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('esbuild gave no output');
  return file.contents;
}

const FILE_SYSTEM = 'fs=require$1("fs")';

/** wasmoon reads its WebAssembly from a file; the file system that it is given here holds nothing else. */
function luaInside(wasm: Uint8Array): Plugin {
  return {
    name: 'lua-inside',
    setup(builder) {
      builder.onLoad({ filter: FILES }, () => ({ contents: `export const LUA_WASM = 'lua.wasm';`, loader: 'js' }));
      builder.onLoad({ filter: /wasmoon[/\\]dist[/\\]index\.js$/ }, async ({ path: file }) => {
        const source = await readFile(file, 'utf8');
        if (!source.includes(FILE_SYSTEM)) throw new Error('this version of wasmoon reads files in another way');
        const bytes = `Buffer.from(${JSON.stringify(Buffer.from(wasm).toString('base64'))},'base64')`;
        return { contents: source.replace(FILE_SYSTEM, () => `fs={readFileSync:()=>${bytes}}`), loader: 'js' };
      });
    },
  };
}
