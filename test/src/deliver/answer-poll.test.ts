import { describe, expect, it } from 'vitest';
import type { Bundle } from '../../../core/bundle/bundle.ts';
import type { Envelope } from '../../../core/protocol/messages.ts';
import { answerPoll } from '../../../src/deliver/answer-poll.ts';
import { pollRequest } from './agents.ts';

const envelope = (payload: string): Envelope => ({ payloadType: 't', payload, signatures: [] });
const NEWEST = { envelope: envelope('snapshot'), digests: ['sha256:a', 'sha256:b', 'sha256:c'] };
const KEYS = { version: 2, envelope: envelope('keys') };

function bundleOf(digest: string, size = 10): Bundle {
  const metadata = { name: digest };
  return { format: 1, salt: '00', objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: 'x'.repeat(size) } }] };
}

const parts = { keyList: KEYS, bundle: async (digest: string) => bundleOf(digest) };

describe('what a poll is answered', () => {
  it('everything, to an agent that has nothing', async () => {
    const answer = await answerPoll(pollRequest(), NEWEST, parts);
    expect([answer.keys, answer.snapshot]).toEqual([KEYS.envelope, NEWEST.envelope]);
    expect(Object.keys(answer.bundles)).toEqual(NEWEST.digests);
  });

  it('no key list to an agent that has it, and only the bundles that it lacks', async () => {
    const answer = await answerPoll(pollRequest({ keys: 2, bundles: ['sha256:a', 'sha256:x'] }), NEWEST, parts);
    expect(answer.keys).toBeUndefined();
    expect(Object.keys(answer.bundles)).toEqual(['sha256:b', 'sha256:c']);
  });

  it('at most four megabytes and one bundle; the rest is left to be fetched one by one', async () => {
    const large = { ...parts, bundle: async (digest: string) => bundleOf(digest, 3_000_000) };
    expect(Object.keys((await answerPoll(pollRequest(), NEWEST, large)).bundles)).toEqual(['sha256:a', 'sha256:b']);
  });

  it('the snapshot without a bundle that is gone: the agent asks for it and polls again', async () => {
    const answer = await answerPoll(pollRequest(), NEWEST, {
      ...parts,
      bundle: async (digest) => (digest === 'sha256:b' ? undefined : bundleOf(digest)),
    });
    expect(Object.keys(answer.bundles)).toEqual(['sha256:a', 'sha256:c']);
  });

  it('the key list alone before anything was signed', async () =>
    expect(await answerPoll(pollRequest(), undefined, parts)).toEqual({ keys: KEYS.envelope, bundles: {} }));

  it('nothing before there is a key list', async () =>
    expect(await answerPoll(pollRequest(), undefined, { ...parts, keyList: undefined })).toEqual({ bundles: {} }));
});
