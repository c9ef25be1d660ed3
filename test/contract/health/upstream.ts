import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { GoModule } from '../../../build/go-module.ts';
import type { JsonObject } from '../../../core/objects/object.ts';

/** The modules whose own cases run here, fetched by Go and never copied. ARGO_CD is in build/lua-scripts.ts. */
export const GITOPS_ENGINE: GoModule = {
  path: 'github.com/argoproj/argo-cd/gitops-engine',
  version: 'v0.0.0-20260914071520-c9c369efcc5b',
  sum: 'h1:0tKOg3Fxd5cqVemntg63MqCjk7wqVV32vbVGWOGyhR8=',
};
export const CLI_UTILS: GoModule = {
  path: 'github.com/fluxcd/cli-utils',
  // The newest for Go 1.26; the status package of v1.4.0 is the same.
  version: 'v1.3.0',
  sum: 'h1:doEjNgeNb4klO/1mNgU9bkeou5zH/YpHBQqZ7HTBgkc=',
};
export const FLUX_RUNTIME: GoModule = {
  path: 'github.com/fluxcd/pkg/runtime',
  version: 'v0.110.3',
  sum: 'h1:HbuLRPOVwacKCMx8wDnhTQEHC+R7aE7BGWwu+56alss=',
};
/** The version that Argo CD's go.mod names. */
export const GOJQ: GoModule = {
  path: 'github.com/itchyny/gojq',
  version: 'v0.12.19',
  sum: 'h1:ttXA0XCLEMoaLOz5lSeFOZ6u6Q3QxmG46vfgI4O0DEs=',
};

/**
 * The first document of a YAML text as sigs.k8s.io/yaml takes it: of a key that is there twice the last counts, other documents do not, and a
 * quoted text may go on at the margin.
 */
export function looseYaml(text: string): JsonObject {
  const [document] = parseAllDocuments(joinQuoted(text), {
    uniqueKeys: false,
    strict: false,
    version: '1.1',
    schema: 'core',
    logLevel: 'silent',
  });
  // Upstream's own objects.
  return document?.toJS() as JsonObject;
}

/** Puts a quoted text that goes on in the next lines into one line. */
function joinQuoted(text: string): string {
  const joined: string[] = [];
  let open = '';
  for (const line of text.split('\n')) {
    if (open === '') {
      const [, quote = '', rest = ''] = /^\s*(?:- )?[\w./-]+: (['"])(.*)$/.exec(line) ?? [];
      const isClosed = quote === '' || (rest.replaceAll('\\"', '').split(quote).length - 1) % 2 === 1;
      if (!isClosed) open = quote;
      joined.push(line);
    } else {
      joined[joined.length - 1] += ` ${line.trim()}`;
      if ((line.replaceAll('\\"', '').split(open).length - 1) % 2 === 1) open = '';
    }
  }
  return joined.join('\n');
}

export const readYaml = (file: string): JsonObject => looseYaml(readFileSync(file, 'utf8'));
