import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { complete, type Names } from '../../cli/completion/complete.ts';
import { completionScript, SHELLS } from '../../cli/completion/scripts.ts';
import { createProgram } from '../../cli/program.ts';
import { createTestTerminal } from './test-terminal.ts';

const NAMES: Names = {
  apps: [
    { cluster: 'eu-1', app: 'web' },
    { cluster: 'us-1', app: 'web' },
    { cluster: 'eu-1', app: 'shop' },
    { cluster: 'eu-1', app: '$(reboot)' },
  ],
  clusters: ['eu-1', 'us-1'],
};

/** What Tab offers behind these words; whether names were asked for. */
async function tab(...words: readonly string[]) {
  let asked = false;
  const program = await createProgram(words.slice(0, -1), await createTestTerminal());
  const found = await complete(program, words, async () => {
    asked = true;
    return NAMES;
  });
  return { values: found.map(({ value }) => value), asked };
}

describe('Tab offers', () => {
  it('commands, and those below them', async () => {
    expect((await tab('clu')).values).toEqual(['cluster']);
    expect((await tab('app', 'ro')).values).toEqual(['rollback']);
    expect((await tab('-o', 'json', 'app', 'un')).values).toEqual(['unpin']);
  });

  it('options, and the words that they take', async () => {
    expect((await tab('app', 'wait', '--rev')).values).toEqual(['--revision']);
    expect((await tab('app', 'list', '-o', '')).values).toEqual(['table', 'json', 'yaml', 'name']);
    expect((await tab('app', 'list', '--output=y')).values).toEqual(['--output=yaml']);
    expect((await tab('notify', 'set', 'x', '--kind', 'sl')).values).toEqual(['slack']);
  });

  it('Apps by their short names where these are enough, else in full', async () => {
    expect((await tab('app', 'get', '')).values).toEqual(['eu-1/web', 'us-1/web', 'shop']);
    expect((await tab('app', 'wait', 'shop', 'us-1/')).values).toEqual(['us-1/web']);
    expect((await tab('events', '--app', 'sh')).values).toEqual(['shop']);
  });

  it('clusters, where one can stand', async () => {
    expect((await tab('cluster', 'rotate', 'e')).values).toEqual(['eu-1']);
    expect((await tab('app', 'list', '--cluster', '')).values).toEqual(['eu-1', 'us-1']);
    expect((await tab('ledger', 'verify', 'u')).values).toEqual(['us-1']);
  });

  it('nothing where a text or a file is expected, and asks nobody for it', async () => {
    for (const words of [
      ['app', 'sync', 'web', '--reason', ''],
      ['policy', 'set', ''],
      ['app', 'get', 'web', ''],
      ['no-such', ''],
    ])
      expect(await tab(...words)).toEqual({ values: [], asked: false });
  });

  it('no name that means something to a shell (S27)', async () => expect((await tab('app', 'get', '$')).values).toEqual([]));
});

describe('the script', () => {
  it.each(SHELLS)('of %s asks plumb', (shell) => expect(completionScript(shell)).toContain('plumb __complete'));

  it('of bash takes the values of what plumb answers', () => {
    const line = [
      completionScript('bash'),
      `plumb() { printf 'rollback\\twhy not\\nrestore\\t\\n'; }`,
      'COMP_WORDS=(plumb app r); COMP_CWORD=2; _plumb',
      `printf '%s\\n' "\${COMPREPLY[@]}"`,
    ].join('\n');
    const { stdout, status } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, 'rollback\nrestore\n']);
  });
});
