import { expect, it } from 'vitest';
import { checkSettings } from '../../../core/notify/service-settings.ts';
import { toServiceInput, toTexts } from '../../../ui/settings/service-draft.ts';
import { splitList } from '../../../ui/settings/split-list.ts';

it('what is typed for a service becomes settings of the right type, which the Worker takes', () => {
  const smtp = toServiceInput({
    name: 'mail',
    kind: 'smtp',
    settings: { host: ' mail.example.org ', port: '587', from: 'a@example.org', to: '' },
    secrets: { username: '', password: 's3cret' },
  });
  expect(smtp).toEqual({
    kind: 'smtp',
    settings: { host: 'mail.example.org', port: 587, from: 'a@example.org' },
    secret: { password: 's3cret' },
  });
  expect(checkSettings('smtp', smtp.settings).ok).toBe(true);
});

it('settings of another kind are left out, and nothing is sent for secrets that stay', () => {
  const input = toServiceInput({ name: 'x', kind: 'teams', settings: { host: 'h' }, secrets: {} });
  expect(input).toEqual({ kind: 'teams', settings: {} });
});

it('maps are lines, there and back', () => {
  const settings = { headers: { 'X-One': 'a: b', 'X-Two': 'c' }, url: 'https://example.org/' };
  const input = toServiceInput({ name: 'x', kind: 'webhook', settings: toTexts(settings), secrets: {} });
  expect(input.settings).toEqual(settings);
});

it('lists are written with commas or lines', () => expect(splitList(' a, b,\n,c ')).toEqual(['a', 'b', 'c']));
