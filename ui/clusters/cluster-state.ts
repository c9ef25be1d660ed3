import type { ClusterView } from '../../core/api/views.ts';
import type { Tone } from '../components/tone.ts';

/** How a cluster is, in a word. */
export function clusterState(view: ClusterView): { readonly tone: Tone; readonly word: string } {
  if (view.uid === undefined && view.agent === undefined) return { tone: 'quiet', word: 'Waits for its agent' };
  if (view.silentSince !== undefined) return { tone: 'bad', word: 'Silent' };
  if (view.problems.length > 0) return { tone: 'wait', word: 'Problems' };
  return { tone: 'good', word: 'Connected' };
}
