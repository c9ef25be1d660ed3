import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createAuthority, createServerCertificate } from '../../../../devcluster/handle/certificate.ts';

/** A mail server on the loopback with a certificate of its own authority. */
export interface MailHost {
  readonly port: number;
  readonly mails: {
    readonly email: Email;
    readonly secure: boolean;
    readonly from: string;
    readonly to: readonly string[];
    readonly user: string;
  }[];
  close(): Promise<void>;
}

const authority = createAuthority();
/** Who signed the certificates of these servers. */
export const MAIL_AUTHORITY = authority.certificate;

export async function startMailHost(options: SMTPServerOptions = {}): Promise<MailHost> {
  const { certificate, key } = createServerCertificate(authority, ['127.0.0.1', 'localhost']);
  const mails: MailHost['mails'] = [];
  const server = new SMTPServer({
    ...{ cert: certificate, key, authMethods: ['PLAIN', 'LOGIN'], authOptional: true },
    onAuth: ({ username, password }, _session, done) =>
      password === 'right' ? done(null, { user: username }) : done(new Error('Invalid username or password')),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const envelope = { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) };
        void PostalMime.parse(Buffer.concat(chunks)).then((email) => {
          mails.push({ email, secure: session.secure, ...envelope, user: String(session.user ?? '') });
          done();
        });
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
