import { bundleDigest, sha256Hex } from '../../../core/bundle/bundle-digest.ts';
import { makeBundle } from '../../../core/bundle/make-bundle.ts';
import type { GitNotify } from '../../../core/notify/settings.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { fleetStages } from '../../../src/durable/fleet-journey.ts';
import { runJourney } from '../../../src/journey.ts';
import type { GitAccess } from '../../../src/platform/access-port.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import type { AppChange, Changes, CommitInfo, Rendered, RenderJob, RepositoryPort } from '../../../src/platform/ports.ts';
import { openVault } from '../../../src/platform/vault.ts';
import { putCluster } from '../../../src/registry/clusters.ts';
import { FLEET_MIGRATIONS } from '../../../src/registry/schema.ts';
import { putSource } from '../../../src/registry/sources.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';
import { createCluster } from './cluster-fixture.ts';

export const FLEET = 'git.example.com/org/fleet';
export const SHOP = 'git.example.com/org/shop';
export type Files = Readonly<Record<string, string>>;

/** A Git host in memory: one branch, `HEAD`, per repository. A render of a path gives a ConfigMap of its files and reads them all. */
function createHost() {
  const commits = new Map<string, Files>();
  const heads = new Map<string, Result<CommitInfo, Problem>>();
  const rendered: string[] = [];
  const read: string[] = [];
  const host = {
    rendered,
    announced: [] as string[],
    /** What was to be kept last; undefined before anything was let go of. */
    retained: undefined as readonly string[] | undefined,
    /** Files that were read as definitions. */
    read,
    beforeRender: async (_job: RenderJob): Promise<void> => undefined,
    push(repo: string, files: Files): string {
      const before = heads.get(repo);
      const parent = before?.ok ? before.value.commit : '';
      const commit = sha256Hex(JSON.stringify([repo, parent, files])).slice(0, 40);
      commits.set(commit, files);
      heads.set(repo, ok({ commit, author: 'Ana <ana@example.com>', subject: 'Change', committedAt: 1_700_000_000_000 }));
      return commit;
    },
    /** Changes some files of the newest commit; undefined deletes one. */
    edit(repo: string, changes: Readonly<Record<string, string | undefined>>): string {
      const files = Object.entries({ ...host.head(repo), ...changes });
      return host.push(repo, Object.fromEntries(files.filter((entry): entry is [string, string] => entry[1] !== undefined)));
    },
    head(repo: string): Files {
      const head = heads.get(repo);
      return (head?.ok ? commits.get(head.value.commit) : undefined) ?? {};
    },
    fail(repo: string, why: Problem): () => void {
      const before = heads.get(repo);
      heads.set(repo, err(why));
      return () => (before === undefined ? heads.delete(repo) : heads.set(repo, before));
    },
    repository: (repo: string): Omit<RepositoryPort, 'revert'> => ({
      async refresh(_access, revisions, announced = []) {
        host.announced.push(...announced);
        const head = heads.get(repo) ?? err(problem('git.not_found', 'there is no such repository'));
        return revisions.map((name) => (name === 'HEAD' ? head : err(problem('git.ref_missing', `there is no ${name}`))));
      },
      async changes(from, to) {
        const [before, after] = [commits.get(from), commits.get(to)];
        return before === undefined || after === undefined ? undefined : compare(before, after);
      },
      async retain(commits) {
        host.retained = commits;
      },
      async definitions(commit, path, only) {
        const files = Object.entries(commits.get(commit) ?? {}).filter(([file]) => path === '' || file.startsWith(`${path}/`));
        if (files.length === 0) return err(problem('git.path_missing', 'there is no such folder', { where: path }));
        const wanted = files.filter(([file]) => /\.(ya?ml|json)$/.test(file) && (only?.includes(file) ?? true));
        read.push(...wanted.map(([file]) => file));
        return ok(wanted.map(([file, text]) => ({ path: file, text })));
      },
      async render(commit, job) {
        await host.beforeRender(job);
        rendered.push(job.policyName);
        return render(commits.get(commit) ?? {}, job);
      },
    }),
  };
  return host;
}

function render(files: Files, { source: { path }, allowEmpty }: RenderJob): Rendered {
  const mine = Object.entries(files).filter(([file]) => file.startsWith(`${path}/`));
  if (mine.length === 0) {
    const missing = problem('git.path_missing', 'there is no such path', { where: path });
    return { reads: [{ kind: 'missing', path }], warnings: [], problem: missing, cached: false };
  }
  const reads = [{ kind: 'dir' as const, path }, ...mine.map(([file]) => ({ kind: 'file' as const, path: file }))];
  const filled = mine.filter(([, text]) => text !== '');
  if (filled.length === 0 && !allowEmpty)
    return { reads, warnings: [], problem: problem('render.empty', 'no objects', { where: path }), cached: false };
  const data = Object.fromEntries(filled.map(([file, text]) => [file.replaceAll('/', '.'), text]));
  const metadata = { name: path.replaceAll('/', '-') };
  const { bundle } = makeBundle([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }], '5a'.repeat(32));
  return { bundle, digest: bundleDigest(bundle), reads, warnings: [], cached: false };
}

function compare(before: Files, after: Files): Changes {
  const files = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((file) => before[file] !== after[file]);
  const listing = (tree: Files, dir: string) =>
    [...new Set(Object.keys(tree).flatMap((file) => nameIn(file, dir) ?? []))].sort().join('\n');
  const dirs = new Set(files.flatMap(parents));
  return { files, dirs: [...dirs].filter((dir) => listing(before, dir) !== listing(after, dir)) };
}

const parents = (file: string): string[] => file.split('/').map((_, i, names) => names.slice(0, i).join('/'));

function nameIn(file: string, dir: string): string | undefined {
  if (dir !== '' && !file.startsWith(`${dir}/`)) return undefined;
  return file.slice(dir === '' ? 0 : dir.length + 1).split('/')[0];
}

/** A fleet without its platform: the real registry, journey and Cluster tables, over a Git host in memory. */
export async function createFleet(clusterNames: readonly string[] = ['eu-1']) {
  const sql = createNodeSql();
  migrate(sql, { fleet: FLEET_MIGRATIONS });
  const vault = await openVault('a secret of thirty-two characters');
  const host = createHost();
  const clusters = new Map<string, Awaited<ReturnType<typeof createCluster>>>();
  const fleet = {
    sql,
    vault,
    host,
    now: 1_700_000_000_000,
    batches: [] as (readonly string[])[],
    /** What each fleet path says of access. */
    access: new Map<string, GitAccess>(),
    /** What each fleet path says of notifications. */
    notify: new Map<string, GitNotify | undefined>(),
    beforePublish: async (_cluster: string, _changes: readonly AppChange[]): Promise<void> => undefined,
    async addCluster(name: string) {
      putCluster(sql, name, `token-of-${name}`);
      clusters.set(name, await createCluster());
    },
    addSource(path: string, repo = FLEET, cluster = 'eu-1') {
      const id = `${repo}#HEAD:${path}`;
      putSource(sql, { id, repo, url: `https://${repo}.git`, revision: 'HEAD', path, cluster });
      return id;
    },
    /** One journey of a repository. Gives the repositories that have work to do now. */
    async journey(repo: string, announced: readonly string[] = []): Promise<string[]> {
      const dirty: string[] = [];
      const stages = fleetStages({
        sql,
        vault,
        now: () => fleet.now,
        announced,
        ports: {
          repository: host.repository,
          access: { putGit: async (source, said) => void fleet.access.set(source, said) },
          notifier: { putGit: async (source, said) => void fleet.notify.set(source, said) },
          cluster: (name) => ({
            async publish(clusterName, changes, shared) {
              await fleet.beforePublish(name, changes);
              fleet.batches.push(changes.map(({ definition }) => definition.id));
              await fleet.cluster(clusterName).publishShared(shared, ...changes);
            },
          }),
        },
        alsoDirty: (repos) => dirty.push(...repos),
      });
      await runJourney(repo, stages);
      return dirty;
    },
    /** Journeys until nobody has work to do; throws when there is no end. Gives what was rendered, by name. */
    async settle(...repos: readonly string[]): Promise<string[]> {
      const before = host.rendered.length;
      const queue = [...repos];
      for (let count = 0; queue.length > 0; count++) {
        if (count > 20) throw new Error('the journeys do not come to an end');
        queue.push(...new Set(await fleet.journey(queue.shift() ?? '')));
      }
      return host.rendered.slice(before).sort();
    },
    cluster(name: string) {
      const cluster = clusters.get(name);
      if (cluster === undefined) throw new Error(`there is no cluster ${name}`);
      return cluster;
    },
    /** `app state` of every App of the newest snapshot. */
    apps: (name = 'eu-1') =>
      fleet
        .cluster(name)
        .snapshot()
        .apps.map(({ id, state }) => `${id} ${state}`),
  };
  for (const name of clusterNames) await fleet.addCluster(name);
  return fleet;
}

/** An Argo CD Application; by default it deploys `apps/<name>` of the shop repository. */
export function application(
  name: string,
  options: {
    readonly repo?: string;
    readonly path?: string;
    readonly project?: string;
    readonly destination?: object;
    readonly source?: object;
  } = {},
): string {
  const { repo = SHOP, path = `apps/${name}`, destination = { server: 'https://kubernetes.default.svc' } } = options;
  return JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: options.project ?? 'default',
      source: { repoURL: `https://${repo}.git`, path, ...options.source },
      destination: { namespace: 'shop', ...destination },
      syncPolicy: { automated: {} },
    },
  });
}
