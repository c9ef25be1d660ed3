import { describe, expect, it } from 'vitest';
import type { AppRow } from '../../../core/api/board.ts';
import type { May } from '../../../src/api/authenticate.ts';
import { readBoard, visibleBoard } from '../../../src/api/visible-board.ts';
import type { Env } from '../../../src/platform/env.ts';

const row = (project: string, app: string) => ({ cluster: 'eu-1', app, project }) as AppRow; // the rest does not matter here

/** A Board in some state, which says how often it told everything. */
function board() {
  const state = { cursor: 'e-1', rows: [row('shop', 'web'), row('bank', 'vault')], told: 0 };
  const object = {
    async board(known?: string) {
      if (known === state.cursor) return { cursor: state.cursor };
      state.told++;
      return { cursor: state.cursor, apps: JSON.stringify(state.rows), clusters: '[]' };
    },
  };
  // Only the Board is asked for anything.
  const env = { BOARD: { idFromName: (name: string) => name, get: () => object } } as unknown as Env;
  return { state, env };
}

function asker(via: string, may: May, stamp = '1') {
  return { caller: { id: via, name: via, kind: 'person' as const, groups: [], via }, may, stamp: () => stamp };
}
const everything: May = () => true;
const shop: May = (_resource, _action, object) => object.startsWith('shop/');
const apps = (text: string) => (JSON.parse(text) as { apps: AppRow[] }).apps.map(({ app }) => app);

describe('S14: the board', () => {
  it('shows each caller what they may see, however often and in whatever order they ask', async () => {
    const { env } = board();
    for (let i = 0; i < 3; i++) {
      expect(apps((await visibleBoard(env, asker('ana', everything))).text)).toEqual(['web', 'vault']);
      expect(apps((await visibleBoard(env, asker('ben', shop))).text)).toEqual(['web']);
      expect((await readBoard(env, asker('ben', shop))).apps).toHaveLength(1);
    }
  });

  it('is another one as soon as the rights of a caller are (S32)', async () => {
    const { env } = board();
    const before = await visibleBoard(env, asker('ana', everything, '1'));
    const after = await visibleBoard(env, asker('ana', shop, '2'));
    expect(apps(after.text)).toEqual(['web']);
    expect(after.cursor).not.toBe(before.cursor);
  });
});

it('what has not changed is not told again', async () => {
  const { env, state } = board();
  state.cursor = 'e-7';
  for (let i = 0; i < 5; i++) await visibleBoard(env, asker('ana', everything));
  expect(state.told).toBe(1);
  state.cursor = 'e-8';
  state.rows = [row('shop', 'web')];
  expect(apps((await visibleBoard(env, asker('ana', everything))).text)).toEqual(['web']);
});
