import type { FileContent } from '../../../cli/git-server/push-files.ts';
import { configMap } from './cluster-objects.ts';
import { argoApp, configMapYaml } from './definitions.ts';
import type { Journey, Repository } from './start-journey.ts';
import { waitFor } from './wait-for.ts';

/** An App of ConfigMaps that each hold one value, in a namespace of its own: the least with which to see what is created, changed and deleted. */
export interface ValueApp {
  readonly name: string;
  readonly repository: Repository;
  /** What Git wants: value by name. */
  wanted(): Values;
  /** Files that make Git want exactly this. */
  files(values: Values): Record<string, FileContent>;
  /** Makes Git want exactly this; gives the commit. */
  push(values: Values): Promise<string>;
  live(): Promise<Values>;
  /** Resolves when exactly what Git wants is there. */
  healed(): Promise<void>;
  /** Resolves when the App is Synced and Healthy without a problem, at a commit that changed it; then exactly that is there (I9). */
  converged(revision?: string): Promise<void>;
  edit(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export type Values = Readonly<Record<string, string>>;

/** The values of one version: updates every object, and with `turn` creates one and leaves another out, so that each push does all there is to do. */
export function version(names: readonly string[], at: number | string): Values {
  return Object.fromEntries([...names.map((name) => [name, String(at)]), [`turn-${at}`, String(at)]]);
}

export function createValueApp(journey: Journey, repository: Repository, name: string): ValueApp {
  let wanted: Values = {};
  const live = async (): Promise<Values> => {
    const listed = JSON.parse(await journey.objects.text(`/api/v1/namespaces/${name}/configmaps`)) as {
      readonly items: readonly { readonly metadata: { readonly name: string }; readonly data?: { readonly value?: string } }[];
    };
    const own = listed.items.filter((item) => item.metadata.name !== 'kube-root-ca.crt');
    return Object.fromEntries(own.map((item) => [item.metadata.name, item.data?.value ?? '']));
  };
  const app: ValueApp = {
    name,
    repository,
    wanted: () => wanted,
    files(values) {
      const gone = Object.keys(wanted).filter((known) => values[known] === undefined);
      const files: Record<string, FileContent> = {
        [`fleet/${name}.yaml`]: argoApp(repository.url, { name, path: `apps/${name}` }),
      };
      for (const [key, value] of Object.entries(values)) files[`apps/${name}/${key}.yaml`] = configMapYaml(key, value);
      for (const key of gone) files[`apps/${name}/${key}.yaml`] = null;
      wanted = values;
      return files;
    },
    push: (values) => repository.push(app.files(values)),
    live,
    async healed() {
      const text = sorted(wanted);
      await waitFor(`the objects of ${name} to be ${text}`, async () => sorted(await live()) === text, { describe: live });
    },
    async converged(revision) {
      const at = revision === undefined ? {} : { revision };
      await journey.waitForApp(name, { ...at, sync: 'Synced', health: 'Healthy', clear: true });
      const found = sorted(await live());
      if (found !== sorted(wanted)) throw new Error(`${name} says Synced with ${found} where Git wants ${sorted(wanted)}`);
    },
    edit: (key, value) => journey.objects.patch(configMap(name, key), { data: { value } }),
    remove: (key) => journey.objects.delete(configMap(name, key)),
  };
  return app;
}

function sorted(values: Values): string {
  return JSON.stringify(Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))));
}
