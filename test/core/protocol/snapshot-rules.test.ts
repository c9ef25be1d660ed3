import { describe, expect, it } from 'vitest';
import { snapshotDigest } from '../../../core/protocol/snapshot-rules.ts';
import {
  accepted,
  KEY_LIST,
  keyListWith,
  keyOf,
  NOW,
  offerKeyList,
  offerSnapshot,
  ruleOf,
  SNAPSHOT,
  sealKeyList,
  sealSnapshot,
  snapshotWith,
} from './parties.ts';

const HUGE = Number.MAX_SAFE_INTEGER;
const DAY = 24 * 3_600_000;
const [app] = SNAPSHOT.apps;
if (app === undefined) throw new Error('the frozen snapshot has no App');

describe('P10 a malformed snapshot is refused, although it is signed (S43)', () => {
  const malformed: readonly (readonly [name: string, snapshot: object])[] = [
    ['a list', [SNAPSHOT]],
    ['an empty object', {}],
    ['generation 0', snapshotWith({ generation: 0 })],
    ['a negative generation', snapshotWith({ generation: -1 })],
    ['a generation that is text', snapshotWith({ generation: '8' })],
    ['a generation beyond what numbers can count', snapshotWith({ generation: 2 ** 53 })],
    ['a generation of 1e308', snapshotWith({ generation: 1e308 })],
    ['no previous at all', snapshotWith({ previous: undefined })],
    ['a previous that is no digest', snapshotWith({ previous: 'sha256:00' })],
    ['apps that are no list', snapshotWith({ apps: { length: 1, 0: app } })],
    ['an App that is null', snapshotWith({ apps: [null] })],
    ['an App whose id climbs out', snapshotWith({ apps: [{ ...app, id: '../web' }] })],
    ['an App whose id is __proto__', snapshotWith({ apps: [{ ...app, id: '__proto__' }] })],
    ['an App with an unknown dialect', snapshotWith({ apps: [{ ...app, policy: { ...app.policy, dialect: 'helm' } }] })],
    ['a policy without a budget', snapshotWith({ apps: [{ ...app, policy: { ...app.policy, budget: undefined } }] })],
    ['a truthy prune', snapshotWith({ apps: [{ ...app, policy: { ...app.policy, prune: 'false' } }] })],
  ];
  for (const [name, snapshot] of malformed)
    it(`P10 refuses ${name}`, async () => expect(ruleOf(await offerSnapshot(await sealSnapshot(snapshot)))).toBe('P10'));
});

it('P11 refuses a snapshot that was made for another cluster (F40, I1)', async () => {
  const other = await sealSnapshot(snapshotWith({ cluster: '8f1c3c2e-0d0b-4a53-9d5c-000000000002' }));
  expect(ruleOf(await offerSnapshot(other))).toBe('P11');
});

describe('P12 a snapshot belongs to one key list', () => {
  it('P12 refuses one of an older list', async () =>
    expect(ruleOf(await offerSnapshot(await sealSnapshot(snapshotWith({ keys: 2 }))))).toBe('P12'));
  it('P12 refuses one that claims a list that the root key never signed', async () =>
    expect(ruleOf(await offerSnapshot(await sealSnapshot(snapshotWith({ keys: 4, generation: HUGE }))))).toBe('P12'));
});

describe('P13 nothing older is ever accepted (F40, I3)', () => {
  it('P13 refuses an older generation', async () => {
    const had = await accepted(SNAPSHOT);
    expect(ruleOf(await offerSnapshot(await sealSnapshot(snapshotWith({ generation: 6 })), { accepted: had }))).toBe('P13');
  });
  it('P13 refuses an earlier signing of the same generation', async () => {
    const had = await accepted(snapshotWith({ issuedAt: SNAPSHOT.issuedAt + 1, expiresAt: SNAPSHOT.expiresAt + 1 }));
    expect(ruleOf(await offerSnapshot(await sealSnapshot(SNAPSHOT), { accepted: had }))).toBe('P13');
  });
  it('P13 accepts a renewal, and the generation keeps its name', async () => {
    const had = await accepted(SNAPSHOT);
    const renewal = snapshotWith({ issuedAt: SNAPSHOT.issuedAt + DAY, expiresAt: SNAPSHOT.expiresAt + DAY });
    const result = await offerSnapshot(await sealSnapshot(renewal), { accepted: had, now: NOW + DAY });
    expect(result.ok && result.value.digest).toBe(had.digest);
    expect(result.ok && result.value.snapshot.expiresAt).toBe(SNAPSHOT.expiresAt + DAY);
  });
  it('P13 accepts the same snapshot twice', async () =>
    expect(ruleOf(await offerSnapshot(await sealSnapshot(SNAPSHOT), { accepted: await accepted(SNAPSHOT) }))).toBe('accepted'));
});

describe('P14 one generation is one content', () => {
  it('P14 refuses the accepted generation with other Apps, however late it was signed', async () => {
    const had = await accepted(SNAPSHOT);
    const forked = snapshotWith({ apps: [], issuedAt: SNAPSHOT.issuedAt + 1 });
    expect(ruleOf(await offerSnapshot(await sealSnapshot(forked), { accepted: had }))).toBe('P14');
  });
  it('P14 sees a difference in a field that this version does not read', async () => {
    const had = await accepted(SNAPSHOT);
    expect(ruleOf(await offerSnapshot(await sealSnapshot(snapshotWith({ freeze: true })), { accepted: had }))).toBe('P14');
  });
});

describe('P15 a generation follows the one before', () => {
  it('P15 refuses the next generation when it names another past', async () => {
    const had = await accepted(SNAPSHOT);
    for (const previous of [null, `sha256:${'1'.repeat(64)}`])
      expect(ruleOf(await offerSnapshot(await sealSnapshot(snapshotWith({ generation: 8, previous })), { accepted: had }))).toBe(
        'P15',
      );
  });
  it('P15 accepts the next generation, also after a renewal of the one before', async () => {
    const had = await accepted(snapshotWith({ issuedAt: SNAPSHOT.issuedAt + 5, expiresAt: SNAPSHOT.expiresAt + 5 }));
    const next = snapshotWith({ generation: 8, previous: snapshotDigest(SNAPSHOT) });
    expect(ruleOf(await offerSnapshot(await sealSnapshot(next), { accepted: had }))).toBe('accepted');
  });
  it('P15 accepts a next generation from a Worker that says more than this version reads', async () => {
    const newer = snapshotWith({ freeze: { until: 5 } });
    const next = snapshotWith({ generation: 8, previous: snapshotDigest(newer) });
    expect(ruleOf(await offerSnapshot(await sealSnapshot(next), { accepted: await accepted(newer) }))).toBe('accepted');
  });
  it('P15 asks nothing of an agent that slept through generations', async () => {
    const later = snapshotWith({ generation: 12, previous: null });
    expect(ruleOf(await offerSnapshot(await sealSnapshot(later), { accepted: await accepted(SNAPSHOT) }))).toBe('accepted');
  });
});

describe('P16 an expired snapshot is not accepted (F40)', () => {
  it('P16 refuses it from the very millisecond of its expiry', async () => {
    const envelope = await sealSnapshot(SNAPSHOT);
    expect(ruleOf(await offerSnapshot(envelope, { now: SNAPSHOT.expiresAt }))).toBe('P16');
    expect(ruleOf(await offerSnapshot(envelope, { now: SNAPSHOT.expiresAt - 1 }))).toBe('accepted');
  });
  it('P16 says that it is old before it says that it has expired', async () => {
    const old = await sealSnapshot(snapshotWith({ generation: 6 }));
    expect(ruleOf(await offerSnapshot(old, { accepted: await accepted(SNAPSHOT), now: SNAPSHOT.expiresAt + 1 }))).toBe('P13');
  });
});

describe('a stolen online key (F40: fast-forward)', () => {
  it('P12 P13 signs an enormous generation, which the next key list undoes', async () => {
    const forged = await accepted(snapshotWith({ generation: HUGE, apps: [] }));
    const honest = snapshotWith({ generation: 8 });
    expect(ruleOf(await offerSnapshot(await sealSnapshot(honest), { accepted: forged }))).toBe('P13');

    const next = await offerKeyList(await sealKeyList(keyListWith({ version: 4, keys: [keyOf('stranger')] })), KEY_LIST);
    if (!next.ok) throw new Error(next.error.message);
    const keyList = next.value;
    const state = { accepted: forged, keyList };
    expect(ruleOf(await offerSnapshot(await sealSnapshot(snapshotWith({ keys: 4, generation: HUGE })), state))).toBe('P03');
    const recovered = await sealSnapshot(snapshotWith({ keys: 4, generation: 8 }), 'stranger');
    expect(ruleOf(await offerSnapshot(recovered, state))).toBe('accepted');
  });
  it('P03 cannot bring the old list back, nor sign a list of its own', async () => {
    const newer = { ...KEY_LIST, version: 4, keys: [keyOf('stranger')] };
    expect(ruleOf(await offerKeyList(await sealKeyList(KEY_LIST), newer))).toBe('P07');
    expect(ruleOf(await offerKeyList(await sealKeyList(keyListWith({ version: 5 }), 'online'), newer))).toBe('P03');
  });
});

describe('P18 rules that an App is bound to come with it (S14)', () => {
  const rules = { name: 'shop', destinations: [], clusterAllow: [], clusterDeny: [], namespaceDeny: [] };
  const bound = (policy: object) => [{ ...app, policy: { ...app.policy, ...policy } }];

  it('P18 refuses an App whose project is not in the snapshot', async () => {
    const sealed = await sealSnapshot(snapshotWith({ apps: bound({ project: 'shop' }), projects: { other: rules } }));
    expect(ruleOf(await offerSnapshot(sealed))).toBe('P18');
  });
  it('P18 refuses an App whose settings are not in the snapshot, whatever objects inherit', async () =>
    expect(ruleOf(await offerSnapshot(await sealSnapshot(snapshotWith({ apps: bound({ settings: 'toString' }) }))))).toBe('P18'));
  it('P18 accepts an App whose project and settings are there', async () => {
    const apps = bound({ project: 'shop', settings: 'cm' });
    const sealed = await sealSnapshot(snapshotWith({ apps, projects: { shop: rules }, settings: { cm: {} } }));
    expect(ruleOf(await offerSnapshot(sealed))).toBe('accepted');
  });
});
