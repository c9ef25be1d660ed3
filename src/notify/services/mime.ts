import { base64 } from './base64.ts';

/** What is sent, with addresses that were checked. */
export interface MailMessage {
  readonly from: string;
  readonly fromName?: string;
  readonly to: string;
  readonly id: string;
  readonly time: number;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: { readonly [name: string]: string };
}

/**
 * A mail as bytes on the wire (RFC 5322, 2045, 2047): headers in ASCII with encoded words, and the body twice, as text and as HTML, each in base64 with
 * lines of 76 characters. No header can begin another one: line ends are taken out of every value.
 */
export function composeMail(mail: MailMessage): string {
  const boundary = `=_${mail.id.replace(/[^A-Za-z0-9]/g, '').slice(0, 50)}`;
  const headers = {
    From: mail.fromName === undefined ? `<${mail.from}>` : `${encodeWord(mail.fromName)} <${mail.from}>`,
    To: `<${mail.to}>`,
    Subject: encodeWord(mail.subject),
    Date: new Date(mail.time).toUTCString().replace('GMT', '+0000'),
    'Message-ID': `<${mail.id}>`,
    'MIME-Version': '1.0',
    ...mail.headers,
    'Content-Type': `multipart/alternative; boundary="${boundary}"`,
  };
  const part = (type: string, text: string) =>
    [
      `--${boundary}`,
      `Content-Type: ${type}; charset=utf-8`,
      'Content-Transfer-Encoding: base64',
      '',
      base64Lines(text),
      '',
    ].join('\r\n');
  return [
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/[\r\n\u0000]+/g, ' ')}`),
    '',
    `${part('text/plain', mail.text)}${part('text/html', mail.html)}--${boundary}--`,
  ].join('\r\n');
}

/** Text in a header: as it is when it is plain, else as encoded words of at most 75 characters, joined by folded lines. */
function encodeWord(text: string): string {
  if (/^[\w .,!?()/:+-]*$/.test(text) && text.length < 60) return text;
  const words: string[] = [];
  let word = '';
  for (const char of text.replace(/[\r\n\u0000]+/g, ' ')) {
    if (new TextEncoder().encode(word + char).length > 42) {
      words.push(word);
      word = '';
    }
    word += char;
  }
  words.push(word);
  return words.map((part) => `=?utf-8?B?${base64(part)}?=`).join(' ');
}

function base64Lines(text: string): string {
  return (base64(text).match(/.{1,76}/g) ?? []).join('\r\n');
}
