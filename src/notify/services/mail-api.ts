import { askJson, joinUrl } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, settingOf, type Task } from '../service.ts';
import { isMailAddress, mailOf, parseMailbox } from './mail-text.ts';

/** Mail over HTTP: Resend and SendGrid. A message keeps one id over all attempts; Resend tells doubles by it for a day. */
export async function sendMailApi(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const token = service.secrets['token'];
  if (token === undefined) return { state: 'failed', problem: 'its secret `token` is not stored' };
  const to = task.recipient === '' ? settingOf(service, 'to') : task.recipient;
  if (!isMailAddress(to)) return { state: 'failed', problem: 'the recipient is no mail address' };
  const [from, url, mail] = [settingOf(service, 'from'), settingOf(service, 'url'), mailOf(task)];
  const isResend = settingOf(service, 'provider') === 'resend';
  const headers = { authorization: `Bearer ${token}`, ...(isResend ? { 'idempotency-key': task.id } : {}) };
  const request = isResend
    ? {
        url: joinUrl(url === '' ? 'https://api.resend.com' : url, 'emails'),
        body: { from, to: [to], subject: mail.subject, text: mail.text, html: mail.html, headers: mail.headers },
      }
    : {
        url: joinUrl(url === '' ? 'https://api.sendgrid.com' : url, 'v3/mail/send'),
        body: {
          personalizations: [{ to: [{ email: to }] }],
          from: parseMailbox(from),
          subject: mail.subject,
          content: [
            { type: 'text/plain', value: mail.text },
            { type: 'text/html', value: mail.html },
          ],
          headers: mail.headers,
          custom_args: { plumbline_id: task.id },
        },
      };
  const asked = await askJson({ ...request, headers }, { service, io });
  return asked.ok ? { state: 'sent' } : asked.error;
}
