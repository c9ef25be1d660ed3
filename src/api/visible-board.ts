import type { AppRow, Board } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';
import { boardOf, type Env } from '../platform/env.ts';
import type { Authenticated } from './authenticate.ts';
import { visibleRow } from './board-visibility.ts';

/**
 * The board as each caller may see it. Thousands of lines are read and filtered once for each state of the board, of the caller and of the policy: whoever asks again
 * in the same state gets the same text. The Board is asked every time, and says at once when nothing has changed.
 */
type Asker = Pick<Authenticated, 'caller' | 'may' | 'stamp'>;

interface Known {
  readonly cursor: string;
  readonly apps: readonly AppRow[];
  readonly clusters: readonly ClusterView[];
  /** What callers were answered in this state, by who they are and what their rights depend on. */
  readonly texts: Map<string, string>;
}

/** How many callers' answers are kept; each may have a megabyte. */
const KEPT_TEXTS = 8;

let known: Known | undefined;

/** What the caller may see. */
export async function readBoard(env: Env, asker: Asker): Promise<Board> {
  return filtered(await newest(env), asker);
}

/** The same as JSON, with the cursor that belongs to it and to the caller's rights: as long as it is the same, so is the text. */
export async function visibleBoard(env: Env, asker: Asker): Promise<{ readonly cursor: string; readonly text: string }> {
  const board = await newest(env);
  const who = `${asker.caller.via}.${asker.stamp()}`;
  const text = board.texts.get(who) ?? JSON.stringify(filtered(board, asker));
  if (board.texts.size >= KEPT_TEXTS) board.texts.clear();
  board.texts.set(who, text);
  return { cursor: `${board.cursor}.${who}`, text };
}

async function newest(env: Env): Promise<Known> {
  const { cursor, apps, clusters } = await boardOf(env).board(known?.cursor);
  if (apps === undefined || clusters === undefined) {
    if (known?.cursor === cursor) return known;
    // Another request has brought a newer state meanwhile, and this answer was about the one before.
    known = undefined;
    return newest(env);
  }
  // The Board wrote both, of these types.
  known = { cursor, apps: JSON.parse(apps) as AppRow[], clusters: JSON.parse(clusters) as ClusterView[], texts: new Map() };
  return known;
}

function filtered({ apps, clusters, cursor }: Known, { may }: Asker): Board {
  return {
    apps: apps.filter((row) => visibleRow(row, may)),
    clusters: clusters.filter(({ name }) => may('clusters', 'get', name)),
    cursor,
  };
}
