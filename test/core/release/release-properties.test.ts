import { expect, it } from 'vitest';
import { ReleaseRun } from './releases.ts';

/** Small, seeded, and the same everywhere. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

it('whatever happens, a release tries no more often than it may, and always says what is next (seeded)', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomOf(seed);
    const retries = { install: random(4), upgrade: random(4) };
    const run = new ReleaseRun({
      install: { retries: retries.install, remediateLast: random(2) === 0 },
      upgrade: {
        retries: retries.upgrade,
        remediateLast: random(2) === 0,
        remediation: random(2) === 0 ? 'rollback' : 'uninstall',
      },
      ...(random(2) === 0 ? { test: { ignoreFailures: random(2) === 0, timeoutSeconds: 1 } } : {}),
    });
    for (const bundle of ['a', 'b', 'c']) {
      run.want(bundle);
      const begun = { install: 0, upgrade: 0 };
      run.look();
      let rounds = 0;
      while (run.effect.do !== 'nothing' && run.effect.do !== 'stall') {
        expect(rounds++, `seed ${seed}: ends`).toBeLessThan(60);
        const { effect } = run;
        if (effect.do === 'install' || effect.do === 'upgrade') begun[effect.do]++;
        if (effect.do === 'retry' || effect.do === 'wait') run.look();
        else if (effect.do === 'test') run.tested(random(2) === 0 ? 'succeeded' : 'failed');
        else if (effect.do === 'uninstall') run.uninstalled(random(4) === 0 ? 'failed' : 'succeeded');
        else if (effect.do === 'rollback') random(4) === 0 ? run.fail() : run.succeed();
        else random(3) === 0 ? run.succeed() : run.fail();
      }
      expect(begun.install, `seed ${seed}: installs`).toBeLessThanOrEqual(retries.install + 1);
      expect(begun.upgrade, `seed ${seed}: upgrades`).toBeLessThanOrEqual(retries.upgrade + 1);
      if (run.effect.do === 'nothing') expect(run.state.history[0]).toMatchObject({ bundle, status: 'deployed' });
      const again = [run.look(), run.look()];
      expect(again[0], `seed ${seed}: looking changes nothing`).toBe(again[1]);
    }
  }
});

it('a crash before any event is told changes nothing but that the action goes on (seeded)', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const script = (crash: boolean): readonly string[] => {
      const random = randomOf(seed);
      const crashes = randomOf(seed + 1_000);
      const run = new ReleaseRun({ install: { retries: 2 }, upgrade: { retries: 2 } });
      const words: string[] = [];
      for (const bundle of ['a', 'b']) {
        run.want(bundle).look();
        for (let step = 0; step < 20 && run.effect.do !== 'nothing' && run.effect.do !== 'stall'; step++) {
          if (crash && run.effect.do !== 'retry' && crashes(2) === 0) run.look();
          const isOk = random(2) === 0;
          if (run.effect.do === 'retry') run.look();
          else if (run.effect.do === 'uninstall') run.uninstalled();
          else isOk ? run.succeed() : run.fail();
          words.push(run.history()[0] ?? '');
        }
      }
      return words;
    };
    expect(script(true), `seed ${seed}`).toEqual(script(false));
  }
});
