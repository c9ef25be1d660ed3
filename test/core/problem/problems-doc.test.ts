import { expect, it } from 'vitest';
import { PROBLEM_KINDS, type ProblemKind } from '../../../core/problem/codes.ts';

/** Groups in the order of the document; every code belongs to exactly one, by the word before its dot. */
const GROUPS: readonly { readonly title: string; readonly prefixes: readonly string[] }[] = [
  { title: 'YAML and manifests', prefixes: ['yaml', 'manifest', 'object'] },
  { title: 'App definitions', prefixes: ['app', 'fleet'] },
  { title: 'Git', prefixes: ['git', 'revert'] },
  { title: 'Rendering', prefixes: ['render'] },
  { title: 'Webhooks and API', prefixes: ['webhook', 'api'] },
  { title: 'Access', prefixes: ['auth', 'access'] },
  { title: 'Trust between Worker and agent', prefixes: ['protocol', 'agent', 'enrol', 'keys'] },
  { title: 'Applying', prefixes: ['apply', 'diff', 'drift'] },
  { title: 'Secrets and variables', prefixes: ['sops', 'substitute'] },
  { title: 'Looking at objects and acting on them', prefixes: ['action', 'question'] },
  { title: 'Programs of users', prefixes: ['script'] },
];

const WHO: Readonly<Record<ProblemKind['next'], string>> = {
  user: 'a person',
  wait: 'nobody, at a known event',
  retry: 'nobody, tried again',
  bug: 'us',
};

const INTRODUCTION = `# Problems

Everything that can go wrong in a way that a person or a program should tell apart has one of these codes. A Problem is data: \`code\`,
\`message\` (what happened), sometimes \`where\` (a file and line, an object, a URL without credentials) and \`rule\` (the number in
[PROTOCOL.md](../core/protocol/PROTOCOL.md)). It stands on the App that it concerns, in the API's answers and in the ledger, and never
holds a secret. Programs switch on the code; messages may change.

This file is compared with \`core/problem/codes.ts\` by \`test/core/problem/problems-doc.test.ts\`; after a change there,
\`npx vitest run test/core/problem -u\` writes it anew.
`;

function row([code, kind]: readonly [string, ProblemKind]): string {
  return `| \`${code}\` | ${WHO[kind.next]} | ${kind.fix.replaceAll('|', '\\|')} |`;
}

function writeDocument(): string {
  const kinds = Object.entries<ProblemKind>(PROBLEM_KINDS);
  const section = (title: string, rows: readonly string[]) =>
    `\n## ${title}\n\n| code | who acts next | what to do |\n|---|---|---|\n${rows.join('\n')}\n`;
  const grouped = GROUPS.map(({ title, prefixes }) =>
    section(title, kinds.filter(([code]) => code.includes('.') && prefixes.includes(code.split('.')[0] ?? '')).map(row)),
  );
  return [INTRODUCTION, ...grouped, section('Anything else', kinds.filter(([code]) => !code.includes('.')).map(row))].join('');
}

it('docs/problems.md lists every problem code with what to do about it', async () => {
  const known = new Set(GROUPS.flatMap(({ prefixes }) => prefixes));
  const homeless = Object.keys(PROBLEM_KINDS).filter((code) => code.includes('.') && !known.has(code.split('.')[0] ?? ''));
  expect(homeless).toEqual([]);
  await expect(writeDocument()).toMatchFileSnapshot('../../../docs/problems.md');
});
