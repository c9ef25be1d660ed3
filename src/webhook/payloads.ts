import * as v from 'valibot';

/**
 * What each provider's payload says, reduced to what matters: which repository, under which URLs, and which refs moved. A field of another
 * type than its provider sends makes the whole payload invalid (S25); fields that are not needed are not looked at.
 */
export interface RefChange {
  /** A full ref: `refs/heads/main`. */
  readonly ref: string;
  /** Absent when the ref was created. */
  readonly before?: string;
  /** Absent when the ref was deleted. */
  readonly after?: string;
}

export interface Payload {
  readonly event: 'push' | 'ping' | 'other';
  /** Every URL of the repository that the payload names. */
  readonly urls: readonly string[];
  readonly refs: readonly RefChange[];
}

/** Reads a payload of one provider; `event` is the value of its event header. Undefined when it is not what the provider sends. */
export type ParsePayload = (body: unknown, event: string) => Payload | undefined;

const OTHER: Payload = { event: 'other', urls: [], refs: [] };
const PING: Payload = { event: 'ping', urls: [], refs: [] };

const url = v.pipe(v.string(), v.maxLength(2048));
const maybeUrl = v.optional(v.nullable(url));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const hash = v.optional(v.nullable(v.pipe(v.string(), v.maxLength(64))));
const changes = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.minLength(1), v.maxLength(10_000));

const hubPush = v.object({
  ref: name,
  before: hash,
  after: hash,
  repository: v.object({ clone_url: maybeUrl, html_url: maybeUrl, ssh_url: maybeUrl, git_url: maybeUrl }),
});

/** GitHub, Gitea, Forgejo and Gogs: one family. */
export const parseHubPayload: ParsePayload = (body, event) => {
  if (event === 'ping') return PING;
  if (event !== 'push') return OTHER;
  const parsed = v.safeParse(hubPush, body);
  if (!parsed.success) return undefined;
  const { clone_url, html_url, ssh_url, git_url } = parsed.output.repository;
  return push([clone_url, html_url, ssh_url, git_url], [parsed.output]);
};

const gitLabProject = v.object({ git_http_url: maybeUrl, git_ssh_url: maybeUrl, web_url: maybeUrl });
const gitLabEvent = v.object({ object_kind: v.optional(name), event_name: v.optional(name) });
const gitLabPush = v.object({ ref: name, before: hash, after: hash, project: gitLabProject });
const gitLabUpdate = v.object({ changes: changes(v.object({ ref: name, before: hash, after: hash })), project: gitLabProject });

/** GitLab: pushes and tag pushes of project and group hooks, and repository updates of system hooks. */
export const parseGitLabPayload: ParsePayload = (body) => {
  const event = v.safeParse(gitLabEvent, body);
  if (!event.success) return undefined;
  const kind = event.output.object_kind ?? event.output.event_name;
  if (kind === 'push' || kind === 'tag_push') {
    const parsed = v.safeParse(gitLabPush, body);
    return parsed.success ? push(gitLabUrls(parsed.output.project), [parsed.output]) : undefined;
  }
  if (kind !== 'repository_update') return OTHER;
  const parsed = v.safeParse(gitLabUpdate, body);
  return parsed.success ? push(gitLabUrls(parsed.output.project), parsed.output.changes) : undefined;
};

function gitLabUrls(project: v.InferOutput<typeof gitLabProject>): readonly (string | null | undefined)[] {
  return [project.git_http_url, project.git_ssh_url, project.web_url];
}

const cloudRef = v.optional(v.nullable(v.object({ type: name, name, target: v.optional(v.nullable(v.object({ hash }))) })));
const cloudPush = v.object({
  push: v.object({ changes: changes(v.object({ old: cloudRef, new: cloudRef })) }),
  repository: v.object({ links: v.object({ html: v.object({ href: url }) }) }),
});
const serverPush = v.object({
  changes: changes(v.object({ ref: v.object({ id: name }), fromHash: hash, toHash: hash })),
  repository: v.object({
    links: v.object({
      clone: v.optional(v.array(v.object({ href: url }))),
      self: v.optional(v.array(v.object({ href: url }))),
    }),
  }),
});

/** Bitbucket Cloud (`repo:push`) and Bitbucket Server or Data Center (`repo:refs_changed`). */
export const parseBitbucketPayload: ParsePayload = (body, event) => {
  if (event === 'diagnostics:ping') return PING;
  if (event === 'repo:push') return parseCloudPush(body);
  if (event !== 'repo:refs_changed') return OTHER;
  const parsed = v.safeParse(serverPush, body);
  if (!parsed.success) return undefined;
  const { clone = [], self = [] } = parsed.output.repository.links;
  return push(
    [...clone.map(({ href }) => href), ...self.map(({ href }) => href.replace(/\/browse$/, ''))],
    parsed.output.changes.map(({ ref, fromHash, toHash }) => ({ ref: ref.id, before: fromHash, after: toHash })),
  );
};

function parseCloudPush(body: unknown): Payload | undefined {
  const parsed = v.safeParse(cloudPush, body);
  if (!parsed.success) return undefined;
  const refs = parsed.output.push.changes.flatMap((change) => {
    const named = change.new ?? change.old;
    if (named === null || named === undefined) return [];
    const ref = `refs/${named.type === 'tag' ? 'tags' : 'heads'}/${named.name}`;
    return [{ ref, before: change.old?.target?.hash, after: change.new?.target?.hash }];
  });
  return push([parsed.output.repository.links.html.href], refs);
}

const plainPush = v.object({ repository: v.pipe(url, v.minLength(1)), ref: v.optional(name), before: hash, after: hash });

/** Plumbline's own: `{"repository": "<URL>", "ref"?, "before"?, "after"?}`, for everything that can send a signed POST. */
export const parsePlainPayload: ParsePayload = (body) => {
  const parsed = v.safeParse(plainPush, body);
  if (!parsed.success) return undefined;
  const { repository, ref, before, after } = parsed.output;
  return push([repository], ref === undefined ? [] : [{ ref, before, after }]);
};

interface RawChange {
  readonly ref: string;
  readonly before?: string | null | undefined;
  readonly after?: string | null | undefined;
}

/** A push of a repository without any URL could wake nobody. */
function push(urls: readonly (string | null | undefined)[], refs: readonly RawChange[]): Payload | undefined {
  const known = urls.filter((item) => typeof item === 'string' && item !== '') as string[]; // narrowed by the filter
  return known.length === 0 ? undefined : { event: 'push', urls: known, refs: refs.map(toChange) };
}

/** Hosts write forty zeros where there is no commit. */
function toChange({ ref, before, after }: RawChange): RefChange {
  const isCommit = (text: string | null | undefined) =>
    typeof text === 'string' && /^[0-9a-f]{40,64}$/.test(text) && !/^0+$/.test(text);
  return {
    ref,
    ...(isCommit(before) ? { before: before as string } : {}), // a text, by isCommit
    ...(isCommit(after) ? { after: after as string } : {}),
  };
}
