import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (pattern: string) =>
  globSync(pattern, { cwd: ROOT })
    .map((file) => readFileSync(`${ROOT}${file}`, 'utf8'))
    .join('\n');
const found = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();

const RULES = found(read('core/protocol/PROTOCOL.md'), /^- \*\*(P\d\d)\*\* /gm);

it('every rule of PROTOCOL.md has a test whose name starts with it', () =>
  expect(found(read('test/core/protocol/*.test.ts'), /\bit\([`'](P\d\d) /g)).toEqual(RULES));

it('every rule that the code refuses under is in PROTOCOL.md, and the other way round', () =>
  expect(found(read('{core,src,agent,cli}/**/*.ts'), /['"](P\d\d)['"]/g)).toEqual(RULES));

it('every rule that PROTOCOL.md mentions is defined in it', () =>
  expect(found(read('core/protocol/PROTOCOL.md'), /\b(P\d\d)\b/g)).toEqual(RULES));
