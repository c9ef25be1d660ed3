import type { NoticeKind } from '../../core/api/activity.ts';
import type { ServiceKind } from '../../core/api/notify.ts';
import type { Message } from '../../core/notify/message.ts';
import type { OwnTexts } from '../../core/notify/own-texts.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { OpenSocket } from '../platform/socket.ts';

/** A service with what it takes to use it. Never leaves the Notifier. */
export interface ServiceAccess {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly settings: JsonObject;
  readonly secrets: { readonly [name: string]: string };
}

/** One message on its way to one recipient. */
export interface Task {
  /** The same for every attempt: what receivers tell doubles by. */
  readonly id: string;
  readonly kind: NoticeKind | 'test';
  /** Which trouble it is about, and whether it begins or ends there. */
  readonly what: string;
  readonly step: 'opens' | 'closes' | 'none';
  /** When the trouble began; milliseconds since the epoch. */
  readonly since?: number;
  readonly cluster: string;
  readonly app: string;
  readonly project: string;
  readonly namespace: string;
  readonly revision: string;
  readonly repoURL: string;
  /** What is shown beside the commit. */
  readonly commit?: 'pending' | 'success' | 'failure';
  readonly message: Message;
  readonly own: Omit<OwnTexts, 'message' | 'problems'>;
  readonly recipient: string;
  /** What the service gave for the message that this one goes on from. */
  readonly thread?: JsonObject;
}

/**
 * How an attempt ended. `later`: it passes by itself, and until then (`wait` milliseconds, where the service said so) the whole service is left alone.
 * `failed`: somebody has to change something; the problem holds the service's own reason, without secrets.
 */
export type Outcome =
  | { readonly state: 'sent'; readonly thread?: JsonObject }
  | { readonly state: 'later'; readonly problem: string; readonly wait?: number; readonly thread?: JsonObject }
  | { readonly state: 'failed'; readonly problem: string };

/** The world, as it is handed in. */
export interface ServiceIo {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Fires after that time, in milliseconds. */
  readonly deadline: (milliseconds: number) => AbortSignal;
  readonly openSocket: OpenSocket;
  /** Which hosts may be asked. */
  readonly mayAsk: (url: URL) => boolean;
  readonly now: () => number;
}

export type SendTask = (task: Task, service: ServiceAccess, io: ServiceIo) => Promise<Outcome>;

/** A setting that is text; the empty text when it is not there. */
export function settingOf({ settings }: ServiceAccess, name: string): string {
  const value = settings[name];
  return typeof value === 'string' ? value : '';
}

/** The secret of a recipient, else the one that all share. */
export function secretFor({ secrets }: ServiceAccess, recipient: string, name: string): string | undefined {
  return (recipient !== '' && Object.hasOwn(secrets, recipient) ? secrets[recipient] : undefined) ?? secrets[name];
}
