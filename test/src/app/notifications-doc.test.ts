import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NOTICE_KINDS } from '../../../core/api/activity.ts';
import { SERVICE_KINDS } from '../../../core/api/notify.ts';
import { KIND_MEANINGS } from '../../../core/notify/kinds.ts';
import { SERVICE_SHAPES } from '../../../core/notify/service-settings.ts';
import { parse } from './fleet-fixtures.ts';

const TEXT = readFileSync(new URL('../../../docs/notifications.md', import.meta.url), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...TEXT.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code = '']) => code);
/** The cells of the row that begins with this. */
const row = (name: string): readonly string[] =>
  (TEXT.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '').split('|').map((cell) => cell.trim());

describe('docs/notifications.md', () => {
  it.each(NOTICE_KINDS)('says which trouble %s begins and ends', (kind) => {
    const [, , , begins = '', ends = ''] = row(kind);
    const { what, opens, closes } = KIND_MEANINGS[kind];
    expect(begins.startsWith(opens ? `\`${what}\`` : '') && (opens || begins === '')).toBe(true);
    expect(ends).toBe(closes.map((one) => `\`${one}\``).join(', '));
  });

  it.each(SERVICE_KINDS)('names every setting and secret of %s', (kind) => {
    const [, , , settings = '', secrets = ''] = row(kind);
    for (const name of Object.keys(SERVICE_SHAPES[kind].settings)) expect(settings).toContain(`\`${name}\``);
    for (const name of SERVICE_SHAPES[kind].secrets) expect(`${settings}${secrets}`).toContain(`\`${name}\``);
  });

  it('has definitions that are read without a problem', () => {
    const definitions = blocks('yaml').filter((yaml) => yaml.includes('kind: ConfigMap') || yaml.includes('kind: Provider'));
    expect(definitions).toHaveLength(2);
    const [config = '', flux = ''] = definitions;
    const texts = blocks('yaml').find((yaml) => yaml.includes('template.my-failure')) ?? '';
    const { notify, problems } = parse({ 'cm.yaml': config + texts, 'flux.yaml': flux });
    expect([problems, notify.problems]).toEqual([[], []]);
    expect(notify.templates['my-failure']?.webhooks?.['ci']?.path).toBe('/failed/{{.app.metadata.name}}');
    expect(notify.subscriptions).toHaveLength(3);
  });

  it('has a receiver that tells what is from Plumbline from what is not', async () => {
    const [code = ''] = blocks('js');
    const { isFromPlumbline } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      isFromPlumbline(headers: object, body: string, key: string, now: number): boolean;
    };
    const sign = (key: string, timestamp: string, body: string) => ({
      'x-plumbline-timestamp': timestamp,
      'x-plumbline-signature': `sha256=${createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex')}`,
    });
    expect(isFromPlumbline(sign('k', '1000', '{}'), '{}', 'k', 1_000_000)).toBe(true);
    expect(isFromPlumbline(sign('k', '1000', '{}'), '{"a":1}', 'k', 1_000_000)).toBe(false);
    expect(isFromPlumbline(sign('other', '1000', '{}'), '{}', 'k', 1_000_000)).toBe(false);
    expect(isFromPlumbline(sign('k', '1000', '{}'), '{}', 'k', 9_000_000)).toBe(false);
    expect(isFromPlumbline({}, '{}', 'k', 1_000_000)).toBe(false);
  });
});
