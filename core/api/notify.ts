import type { JsonObject } from '../objects/object.ts';
import type { NoticeKind } from './activity.ts';

export const SERVICE_KINDS = [
  'slack',
  'pagerduty',
  'teams',
  'discord',
  'smtp',
  'mail-api',
  'webhook',
  'github',
  'gitlab',
  'gitea',
  'alertmanager',
] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

/** A way out. Tokens and passwords are written only: `hasSecret` says that there is one. */
export interface NotifyService {
  readonly name: string;
  readonly kind: ServiceKind;
  /** Settings that are no secrets: URL, sender, default channel. */
  readonly settings: JsonObject;
  readonly hasSecret: boolean;
  /** Where it was defined: by hand, or the file in Git. */
  readonly origin: string;
  /** Why it does not work, when it does not. */
  readonly problem?: string;
}
/** PUT /api/notify/services/<name>. */
export interface NotifyServiceInput {
  readonly kind: ServiceKind;
  readonly settings: JsonObject;
  readonly secret?: { readonly [name: string]: string };
}

/** Who is told of what. */
export interface Subscription {
  readonly id: string;
  readonly kinds: readonly NoticeKind[];
  readonly service: string;
  readonly recipient: string;
  /** Empty: everywhere. */
  readonly cluster?: string;
  readonly project?: string;
  readonly app?: string;
  /** `annotation`, `flux-alert`, `default`, and the file. */
  readonly origin: string;
  readonly problem?: string;
}

/** One message to one recipient. */
export interface Delivery {
  readonly id: string;
  readonly time: number;
  readonly kind: NoticeKind | 'test';
  readonly cluster: string;
  readonly app: string;
  readonly service: string;
  readonly recipient: string;
  readonly state: 'waiting' | 'sent' | 'failed' | 'summarised';
  readonly attempts: number;
  /** When it is tried again. */
  readonly nextAt?: number;
  readonly problem?: string;
}

/** GET /api/notify. */
export interface NotifyView {
  readonly services: readonly NotifyService[];
  readonly subscriptions: readonly Subscription[];
  /** The newest, newest first. */
  readonly deliveries: readonly Delivery[];
  readonly problems: readonly { readonly where: string; readonly message: string }[];
}
