/** CEL's extensions `sets` and `encoders` (cel-go, ext/), which the library has not. */
import { type CelFunc, type CelList, CelScalar, celEnv, celFunc, listType, parse, plan } from '@bufbuild/cel';

const LIST = listType(CelScalar.DYN);
const { BOOL, BYTES, STRING } = CelScalar;

/** A function of two lists, by an expression over `a` and `b`: equality is the language's own. */
function ofSets(expression: string): (a: CelList, b: CelList) => boolean {
  const program = plan(celEnv(), parse(expression));
  return (a, b) => program({ a, b }) === true;
}

export const EXTENSIONS: readonly CelFunc[] = [
  celFunc('sets.contains', [LIST, LIST], BOOL, ofSets('b.all(x, x in a)')),
  celFunc('sets.equivalent', [LIST, LIST], BOOL, ofSets('a.all(x, x in b) && b.all(x, x in a)')),
  celFunc('sets.intersects', [LIST, LIST], BOOL, ofSets('a.exists(x, x in b)')),
  celFunc('base64.encode', [BYTES], STRING, (bytes) => Buffer.from(bytes).toString('base64')),
  celFunc('base64.decode', [STRING], BYTES, (text) => new Uint8Array(Buffer.from(text, 'base64'))),
];
