import type { Notice } from '../api/activity.ts';
import { KIND_MEANINGS, type KindMeaning } from './kinds.ts';
import { safeLink, toLine, toText } from './safe-text.ts';

/** What a notification says, before a service gives it its form. Everything in it is plain text. */
export interface Message {
  readonly title: string;
  readonly text: string;
  readonly state: KindMeaning['state'];
  readonly severity: KindMeaning['severity'];
  readonly fields: readonly MessageField[];
  readonly links: readonly MessageLink[];
  /** Milliseconds since the epoch. */
  readonly time: number;
}
export interface MessageField {
  readonly name: string;
  readonly value: string;
}
export interface MessageLink {
  readonly text: string;
  readonly url: string;
}

/** What is known beside the notice. */
export interface MessageContext {
  /** How the installation is reached, without a slash at the end. */
  readonly url?: string;
  readonly metadata?: { readonly [name: string]: string };
  /** Set when this message stands for several: how many, and since when. */
  readonly summary?: { readonly count: number; readonly since: number };
}

const SHOWN_PROBLEMS = 3;

/** The built-in message of a notice. */
export function toMessage(notice: Notice, context: MessageContext = {}): Message {
  const { headline, state, severity } = KIND_MEANINGS[notice.notice];
  const subject = notice.app === '' ? `Cluster ${notice.cluster}` : notice.app;
  const where = notice.app === '' ? '' : ` (${notice.cluster})`;
  const { summary } = context;
  const flaps = summary === undefined ? '' : `, after ${summary.count} changes`;
  return {
    title: toLine(`${subject} ${headline}${where}${flaps}`),
    text: toText(summary === undefined ? notice.text : `${describeSummary(notice, summary)}\n${notice.text}`),
    ...{ state, severity },
    fields: fieldsOf(notice, context.metadata ?? {}),
    links: linksOf(notice, context.url),
    time: notice.time,
  };
}

function describeSummary(notice: Notice, { count, since }: { readonly count: number; readonly since: number }): string {
  const minutes = Math.max(Math.round((notice.time - since) / 60_000), 1);
  return `This changed back and forth: ${count} times within ${minutes} min. Only the newest state is told.`;
}

function fieldsOf(notice: Notice, metadata: { readonly [name: string]: string }): MessageField[] {
  const { about, actor, reason } = notice;
  const revision = notice.revision ?? about?.revision ?? '';
  const health =
    about === undefined ? '' : [about.health.status, about.health.message ?? ''].filter((part) => part !== '').join(': ');
  const problems = (about?.problems ?? []).slice(0, SHOWN_PROBLEMS).map(({ code, message, where }) => ({
    name: code,
    value: where === undefined ? message : `${message} (${where})`,
  }));
  const fields = [
    { name: 'Cluster', value: notice.cluster },
    { name: 'Project', value: about?.project ?? notice.project ?? '' },
    { name: 'Namespace', value: about?.namespace ?? '' },
    { name: 'Revision', value: revision.slice(0, 8) },
    { name: 'Commit', value: about === undefined || about.revision !== revision ? '' : about.subject },
    { name: 'Author', value: about === undefined || about.revision !== revision ? '' : about.author },
    { name: 'Health', value: health },
    { name: 'Sync', value: about?.sync ?? '' },
    { name: 'By', value: actor ?? '' },
    { name: 'Reason', value: reason ?? '' },
    ...problems,
    ...Object.entries(metadata).map(([name, value]) => ({ name, value })),
  ];
  return fields
    .map(({ name, value }) => ({ name: toLine(name, 60), value: toLine(value, 500) }))
    .filter(({ value }) => value !== '')
    .slice(0, 20);
}

function linksOf(notice: Notice, url: string | undefined): MessageLink[] {
  const links: { readonly text: string; readonly url: string | undefined }[] = [];
  if (url !== undefined && notice.cluster === '') links.push({ text: 'Open Plumbline', url: safeLink(`${url}/`) });
  else if (url !== undefined) {
    const cluster = encodeURIComponent(notice.cluster);
    const page = notice.app === '' ? `clusters/${cluster}` : `apps/${cluster}/${encodeURIComponent(notice.app)}`;
    links.push({ text: notice.app === '' ? 'Open cluster' : 'Open App', url: safeLink(`${url}/${page}`) });
    if (notice.app !== '') links.push({ text: 'History', url: safeLink(`${url}/${page}/history`) });
  }
  const revision = notice.revision ?? notice.about?.revision ?? '';
  links.push({ text: 'Commit', url: commitLink(notice.about?.repoURL ?? '', revision) });
  return links.flatMap(({ text, url: link }) => (link === undefined ? [] : [{ text, url: link }]));
}

/** The page of a commit, on hosts whose addresses are known. */
export function commitLink(repoURL: string, revision: string): string | undefined {
  const match = /^https:\/\/([^/@?#]+)\/([^?#]+?)(?:\.git)?\/?$/.exec(repoURL);
  const [, host = '', path = ''] = match ?? [];
  if (match === null || !/^[0-9a-f]{7,64}$/.test(revision)) return undefined;
  if (/(^|\.)gitlab\./.test(host)) return safeLink(`https://${host}/${path}/-/commit/${revision}`);
  if (/(^|\.)bitbucket\./.test(host)) return safeLink(`https://${host}/${path}/commits/${revision}`);
  if (/(^|\.)(github|gitea|forgejo|codeberg)\./.test(host)) return safeLink(`https://${host}/${path}/commit/${revision}`);
  return undefined;
}
