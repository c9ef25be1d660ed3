import type { Deployment } from '../../../core/api/control.ts';
import type { AppView } from '../../../core/api/views.ts';
import type { ChangeTrailers } from '../../../core/ledger/trailers.ts';
import { readLedger } from './read-ledger.ts';
import type { Journey } from './start-journey.ts';
import { waitFor } from './wait-for.ts';

/** What tests of people's decisions ask of a journey. */
export interface Controls {
  /** Decides; throws when that is refused. */
  decide(app: string, what: string, body?: object): Promise<void>;
  /** The code of the refusal. */
  refused(app: string, what: string, body?: object): Promise<string | undefined>;
  deployments(app: string): Promise<readonly Deployment[]>;
  /** Waits until the view is as asked. */
  until(app: string, what: string, is: (view: AppView) => boolean): Promise<AppView>;
  /** What the ledger says of the App with an action, oldest first. */
  recorded(app: string, action: string): Promise<readonly ChangeTrailers[]>;
  reasons(app: string): Promise<readonly string[]>;
}

export function controlsOf(journey: Journey): Controls {
  const { api } = journey.system;
  const send = (app: string, what: string, body: object = {}) => api.send('POST', `/apps/demo/${app}/${what}`, body);
  return {
    async decide(app, what, body) {
      const answer = await send(app, what, body);
      if (!answer.ok) throw new Error(`${what} of ${app} was refused: ${JSON.stringify(answer.error)}`);
    },
    async refused(app, what, body) {
      const answer = await send(app, what, body);
      return answer.ok ? undefined : answer.error.code;
    },
    async deployments(app) {
      const answer = await api.get<{ deployments: readonly Deployment[] }>(`/apps/demo/${app}/deployments`);
      if (!answer.ok) throw new Error(JSON.stringify(answer.error));
      return answer.value.deployments;
    },
    until: (app, what, is) =>
      waitFor(
        `${app} ${what}`,
        async () => {
          const view = await journey.app(app);
          return view !== undefined && is(view) ? view : undefined;
        },
        {
          describe: async () => {
            const { revision, bundle, control, reasons, status } = (await journey.app(app)) ?? {};
            return { revision, bundle, control, reasons, status: { ...status, resources: status?.resources.length } };
          },
        },
      ),
    async recorded(app, action) {
      const { commits } = await readLedger(journey);
      return commits.flatMap(({ changes }) => changes).filter((one) => one.app === app && one.action === action);
    },
    reasons: async (app) => ((await journey.app(app))?.reasons ?? []).map(({ code }) => code),
  };
}
