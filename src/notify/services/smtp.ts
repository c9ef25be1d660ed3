import { cleanReason, describeNetworkError, refuseUrl } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, settingOf, type Task } from '../service.ts';
import { isMailAddress, mailOf, parseMailbox } from './mail-text.ts';
import type { MailMessage } from './mime.ts';
import { MailRefused, sendBySmtp } from './smtp-session.ts';

/**
 * Mail by SMTP. The connection is always encrypted: from its first byte (port 465) or by STARTTLS, and a server that does not offer it, or whose
 * certificate is not good, gets neither the password nor the mail (S36). The Message-ID is the same for every attempt.
 */
const SESSION_MS = 30_000;

/** Sends a mail. */
export async function sendMail(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const host = settingOf(service, 'host');
  const tls = settingOf(service, 'tls') || (service.settings['port'] === 465 ? 'implicit' : 'starttls');
  const set = service.settings['port'];
  const port = typeof set === 'number' ? set : tls === 'implicit' ? 465 : 587;
  const refused = refuseUrl(`https://${host}:${port}`, io);
  if (refused !== undefined) return { state: 'failed', problem: refused };
  const to = task.recipient === '' ? settingOf(service, 'to') : task.recipient;
  const from = parseMailbox(settingOf(service, 'from'));
  if (!isMailAddress(to)) return { state: 'failed', problem: 'the recipient is no mail address' };
  if (!isMailAddress(from.email)) return { state: 'failed', problem: 'the sender is no mail address' };
  const username = service.secrets['username'] ?? settingOf(service, 'username');
  const password = service.secrets['password'];
  const message: MailMessage = {
    ...{ from: from.email, to, id: `${task.id}@${from.email.split('@')[1] ?? 'plumbline.invalid'}`, time: task.message.time },
    ...(from.name === undefined ? {} : { fromName: from.name }),
    ...mailOf(task),
  };
  try {
    await sendBySmtp(
      {
        ...{ host, port, tls: tls === 'implicit' ? 'implicit' : 'starttls' },
        ...(password === undefined ? {} : { login: { username, password } }),
        ...{ openSocket: io.openSocket, deadline: io.deadline(SESSION_MS) },
      },
      message,
    );
    return { state: 'sent' };
  } catch (error) {
    if (error instanceof MailRefused)
      return { state: error.passes ? 'later' : 'failed', problem: `the mail server: ${cleanReason(error.message, service)}` };
    return { state: 'later', problem: describeNetworkError(error) };
  }
}
