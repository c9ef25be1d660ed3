import { DurableObject } from 'cloudflare:workers';
import type { Problem } from '../../core/problem/problem.ts';
import { ok, type Result } from '../../core/result.ts';
import { createHostPolicy } from '../fetch/host-policy.ts';
import { createRepository, type Repository as GitRepository } from '../fetch/repository.ts';
import { durableSql, migrate } from '../platform/durable-sql.ts';
import type { Env } from '../platform/env.ts';
import { workerNetwork } from '../platform/network.ts';
import type {
  Changes,
  CommitInfo,
  Rendered,
  RenderJob,
  RepositoryAccess,
  RepositoryPort,
  Reverted,
  RevertOrder,
} from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { createTurns } from '../platform/turns.ts';
import { openVault, type Vault } from '../platform/vault.ts';
import { createRenderer, type Renderer } from '../render/call-renderer.ts';
import { type CommitTree, TreeFailure } from '../render/commit-tree.ts';
import { renderApp } from '../render/render-app.ts';
import { RENDER_CACHE_MIGRATIONS } from '../render/render-cache.ts';
import { revertCommit } from '../revert/revert-commit.ts';

/** One per Git repository: its objects, fetched once however many Apps use it, and what was rendered of them. */
export class Repository extends DurableObject<Env> implements RepositoryPort {
  readonly #sql: Sql;
  /** One render at a time: the renderer is one thread, and a call that hangs is then known to be this one. */
  readonly #turn = createTurns();
  readonly #renderer: Renderer = createRenderer(this.env.RENDERER, workerNetwork.deadline);
  #vault: Promise<Vault> | undefined;
  #git: { readonly url: string; readonly repository: GitRepository } | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = durableSql(ctx.storage);
    migrate(this.#sql, { render: RENDER_CACHE_MIGRATIONS, repository: ['CREATE TABLE url (url TEXT NOT NULL)'] });
  }

  async refresh(
    access: RepositoryAccess,
    revisions: readonly string[],
    announced: readonly string[] = [],
  ): Promise<Result<CommitInfo, Problem>[]> {
    const git = await this.#open(access.url);
    const credentials = access.credentials === undefined ? {} : { credentials: access.credentials };
    return git.refresh({ revisions, announced, ...credentials });
  }

  async changes(from: string, to: string): Promise<Changes | undefined> {
    const changed = await (await this.#open()).changedPaths(from, to);
    return changed.ok ? changed.value : undefined;
  }

  async definitions(
    commit: string,
    path: string,
    only?: readonly string[],
  ): Promise<Result<{ readonly path: string; readonly text: string }[], Problem>> {
    const git = await this.#open();
    const entries = only === undefined ? await git.list(commit, path, { recursive: true }) : await lookupAll(git, commit, only);
    if (!entries.ok) return entries;
    const files: { path: string; text: string }[] = [];
    for (const entry of entries.value) {
      if (entry.kind !== 'file' || !/\.(ya?ml|json)$/i.test(entry.path)) continue;
      const content = await git.readFile(commit, entry.path);
      if (!content.ok) return content;
      files.push({ path: entry.path, text: new TextDecoder().decode(content.value) });
    }
    return ok(files);
  }

  async retain(commits: readonly string[]): Promise<void> {
    await (await this.#open()).retain(commits);
  }

  async render(commit: string, job: RenderJob): Promise<Rendered> {
    const git = await this.#open();
    return renderApp(job, {
      tree: toTree(git, commit),
      renderer: {
        version: () => this.#renderer.version(),
        render: (request) => this.#turn(() => this.#renderer.render(request)),
      },
      sql: this.#sql,
      vault: await this.#openVault(),
      repo: this.ctx.id.name ?? '',
    });
  }

  async revert(access: RepositoryAccess, order: RevertOrder): Promise<Result<Reverted, Problem>> {
    return (await this.#open(access.url)).write(access.credentials, (ports) => revertCommit(ports, order));
  }

  #openVault(): Promise<Vault> {
    this.#vault ??= openVault(this.env.PLUMBLINE_SECRET);
    return this.#vault;
  }

  /** Opens the store; the URL of the last refresh serves the calls that need no network. */
  async #open(url?: string): Promise<GitRepository> {
    const known = url ?? this.#git?.url ?? this.#sql.all<{ url: string }>('SELECT url FROM url')[0]?.url ?? '';
    if (this.#git?.url === known) return this.#git.repository;
    const allow = (this.env.PLUMBLINE_ALLOW_HOSTS ?? '').split(',').filter((host) => host !== '');
    const repository = createRepository({
      url: known,
      sql: this.#sql,
      vault: await this.#openVault(),
      network: workerNetwork,
      allowHost: createHostPolicy({ allow }),
    });
    this.#git = { url: known, repository };
    this.#sql.transaction(() => {
      this.#sql.run('DELETE FROM url');
      this.#sql.run('INSERT INTO url (url) VALUES (?)', known);
      return undefined;
    });
    return repository;
  }
}

/** Those of the paths that are there. */
async function lookupAll(git: GitRepository, commit: string, paths: readonly string[]): ReturnType<GitRepository['list']> {
  const found: { path: string; kind: 'file' | 'dir' | 'link' | 'submodule'; executable: boolean; oid: string }[] = [];
  for (const path of paths) {
    const entry = await git.lookup(commit, path);
    if (!entry.ok) return entry;
    if (entry.value !== undefined) found.push(entry.value);
  }
  return ok(found);
}

/** The repository at one commit, as rendering wants it. */
function toTree(git: GitRepository, commit: string): CommitTree {
  return {
    async lookup(path) {
      const found = await git.lookup(commit, path);
      if (!found.ok) throw new TreeFailure(found.error);
      return found.value;
    },
    async list(dir, options) {
      const entries = await git.list(commit, dir, options);
      if (entries.ok) return entries.value;
      if (entries.error.code === 'git.path_missing') return [];
      throw new TreeFailure(entries.error);
    },
    read: (path) => git.readFile(commit, path),
  };
}
