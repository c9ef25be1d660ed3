import type { SyncWindow } from '../../core/app/policy.ts';
import { matchesGlob } from '../../core/pattern/pattern.ts';
import { parseWindow } from '../../core/window/window-state.ts';
import { parseDuration } from './duration.ts';
import type { PROJECT_SHAPE } from './project-shape.ts';
import { invalid, type Notes, type Shaped } from './shape.ts';

/** A window of a project: when, and for which of its Apps. */
export interface ProjectWindow {
  readonly window: SyncWindow;
  readonly applications: readonly string[];
  readonly namespaces: readonly string[];
  readonly clusters: readonly string[];
  readonly and: boolean;
}

/** An App as windows select it. */
export interface WindowedApp {
  readonly name: string;
  readonly namespace: string;
  /** Every name and server under which its cluster is known. */
  readonly clusters: readonly string[];
}

type Windows = NonNullable<NonNullable<Shaped<typeof PROJECT_SHAPE>['spec']>['syncWindows']>;

/** Reads `syncWindows`. One that is wrong refuses the project: a deny window must never be dropped. */
export function readSyncWindows(windows: Windows, notes: Notes): ProjectWindow[] {
  return windows.flatMap((one, index) => {
    const path = `spec.syncWindows[${index}]`;
    const { kind, duration = '', applications = [], namespaces = [], clusters = [], timeZone = '' } = one;
    const seconds = parseDuration(duration);
    if (seconds === undefined) invalid(notes, `${path}.duration`, 'must be a duration above zero such as 30m or 8h');
    if (applications.length + namespaces.length + clusters.length === 0)
      invalid(notes, path, 'needs applications, namespaces or clusters');
    if (kind !== 'allow' && kind !== 'deny') invalid(notes, `${path}.kind`, 'must be allow or deny');
    const window: SyncWindow = {
      kind: kind === 'allow' ? 'allow' : 'deny',
      schedule: (one.schedule ?? '').trim(),
      durationSeconds: Math.ceil(seconds ?? 1),
      ...(timeZone === '' ? {} : { timeZone }),
      ...(one.manualSync === true ? { manualSync: true } : {}),
      ...(one.syncOverrun === true ? { syncOverrun: true } : {}),
    };
    const parsed = parseWindow(window);
    if (!parsed.ok) invalid(notes, path, parsed.error.message);
    return [{ window, applications, namespaces, clusters, and: one.andOperator === true }];
  });
}

/** The windows that hold for an App: one matching list is enough, unless all that are given must match. */
export function windowsOf(windows: readonly ProjectWindow[], app: WindowedApp): SyncWindow[] {
  return windows.filter((one) => selects(one, app)).map(({ window }) => window);
}

function selects({ applications, namespaces, clusters, and }: ProjectWindow, app: WindowedApp): boolean {
  const lists = [
    { patterns: applications, texts: [app.name] },
    { patterns: clusters, texts: app.clusters },
    { patterns: namespaces, texts: [app.namespace] },
  ].filter(({ patterns }) => patterns.length > 0);
  const isMet = ({ patterns, texts }: (typeof lists)[number]) =>
    patterns.some((pattern) => pattern === '*' || texts.some((text) => matchesGlob(pattern, text)));
  return and ? lists.every(isMet) : lists.some(isMet);
}
