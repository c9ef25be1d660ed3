import type { ServiceKind } from '../../core/api/notify.ts';
import type { SendTask } from './service.ts';
import { sendAlertmanager } from './services/alertmanager.ts';
import { sendDiscord } from './services/discord.ts';
import { sendGitea, sendGitHub, sendGitLab } from './services/git-host.ts';
import { sendMailApi } from './services/mail-api.ts';
import { sendPagerDuty } from './services/pagerduty.ts';
import { sendSlack } from './services/slack.ts';
import { sendMail } from './services/smtp.ts';
import { sendTeams } from './services/teams.ts';
import { sendWebhook } from './services/webhook.ts';

/** How each kind of service is spoken to. */
export const SENDERS: { readonly [kind in ServiceKind]: SendTask } = {
  slack: sendSlack,
  pagerduty: sendPagerDuty,
  teams: sendTeams,
  discord: sendDiscord,
  smtp: sendMail,
  'mail-api': sendMailApi,
  webhook: sendWebhook,
  github: sendGitHub,
  gitlab: sendGitLab,
  gitea: sendGitea,
  alertmanager: sendAlertmanager,
};
