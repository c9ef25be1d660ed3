import { checkHistory } from './check-history.ts';
import { checkLive } from './check-live.ts';
import { readLedger } from './read-ledger.ts';
import type { Journey, Repository } from './start-journey.ts';

export interface Circumstances {
  readonly repositories: readonly Repository[];
  /** Apps whose source history was rewritten on purpose. */
  readonly rewritten?: readonly string[];
  /** Texts that must be nowhere but in their Secret (I6). */
  readonly canaries?: readonly string[];
}

/** Gathers the evidence of everything that happened so far, and gives each invariant of I1–I4, I6 and I9 that it breaks. */
export async function findViolations(journey: Journey, circumstances: Circumstances): Promise<string[]> {
  const { repositories, rewritten = [], canaries = [] } = circumstances;
  const ledger = await readLedger(journey);
  const descends = async (newer: string, older: string): Promise<boolean> => {
    for (const { server, name } of repositories) {
      const isAncestor = await server.git(name, 'merge-base', '--is-ancestor', older, newer).then(
        () => true,
        () => false,
      );
      if (isAncestor) return true;
    }
    return false;
  };
  const history = await checkHistory({ commits: ledger.commits, events: await journey.audit.since(), descends, rewritten });
  const live = await checkLive(
    await Promise.all((await journey.apps()).map((app) => whole(journey, app.app))),
    ledger,
    journey.objects,
  );
  const places = [['ledger', ledger.text] as const, ['log', await journey.logs()] as const];
  const leaks = canaries.flatMap((canary) =>
    places.filter(([, text]) => text.includes(canary)).map(([place]) => `I6: a Secret's value is in the ${place}`),
  );
  return [...ledger.findings.map((finding) => `I4: ${finding}`), ...history, ...live, ...leaks];
}

async function whole(journey: Journey, id: string) {
  const app = await journey.app(id);
  if (app === undefined) throw new Error(`App ${id} is listed, but not there`);
  return app;
}
