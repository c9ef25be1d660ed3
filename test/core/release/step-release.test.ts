import { describe, expect, it } from 'vitest';
import { deployedBundle } from '../../../core/release/release-state.ts';
import { ReleaseRun, releaseOf, TESTED } from './releases.ts';

describe('a release', () => {
  it('is installed first, upgraded when another bundle is wanted, and left alone in between', () => {
    const run = new ReleaseRun();
    expect([run.look(), run.succeed(), run.look()]).toEqual(['install a', 'nothing', 'nothing']);
    expect([run.want('b').look(), run.succeed()]).toEqual(['upgrade b', 'nothing']);
    expect(run.history()).toEqual(['2 upgrade b deployed', '1 install a superseded']);
    expect(deployedBundle(run.state)).toBe('b');
  });

  it('is left alone when only its policy changes', () => {
    const run = new ReleaseRun().installed();
    expect(run.with({ wanted: { bundle: 'a', attempt: 'a2' } }).look()).toBe('nothing');
  });

  it('is upgraded, not installed, when Helm or Flux have installed it', () =>
    expect(new ReleaseRun({}, { adopts: true }).look()).toBe('upgrade a'));

  it('is tested after each install and upgrade, in the same go or apart', () => {
    const run = new ReleaseRun(TESTED);
    expect([run.look(), run.succeed(), run.tested('succeeded'), run.look()]).toEqual([
      'install a',
      'test a',
      'nothing',
      'nothing',
    ]);
    expect([run.want('b').look(), run.succeed('succeeded'), run.look()]).toEqual(['upgrade b', 'nothing', 'nothing']);
  });

  it('is tested when tests are asked for later', () =>
    expect(
      new ReleaseRun()
        .installed()
        .with({ policy: releaseOf(TESTED) })
        .look(),
    ).toBe('test a'));

  it('under another name is another release: the old one is uninstalled first', () => {
    const run = new ReleaseRun().installed();
    expect(run.with({ policy: releaseOf({ name: 'shop' }), wanted: { bundle: 'b', attempt: 'b1' } }).look()).toBe(
      'uninstall for moved',
    );
    expect(run.effect).toMatchObject({ target: { name: 'web', namespace: 'shop' } });
    expect([run.uninstalled(), run.look(), run.succeed()]).toEqual(['retry', 'install b', 'nothing']);
  });
});

describe('a failed installation', () => {
  it('stays as it is without retries, whoever looks', () => {
    const run = new ReleaseRun();
    expect([run.look(), run.fail(), run.look()]).toEqual([
      'install a',
      'stall apply.release_exhausted',
      'stall apply.release_exhausted',
    ]);
    expect(deployedBundle(run.state)).toBeUndefined();
  });

  it('is uninstalled before each retry, and left for people after the last', () => {
    const run = new ReleaseRun({ install: { retries: 1 } });
    expect([run.look(), run.fail(), run.uninstalled(), run.look(), run.fail()]).toEqual([
      'install a',
      'uninstall for remediation',
      'retry',
      'install a',
      'stall apply.release_exhausted',
    ]);
  });

  it('is uninstalled after the last retry too, where asked', () => {
    const run = new ReleaseRun({ install: { retries: 0, remediateLast: true } });
    expect([run.look(), run.fail(), run.uninstalled(), run.look()]).toEqual([
      'install a',
      'uninstall for remediation',
      'stall apply.release_exhausted',
      'stall apply.release_exhausted',
    ]);
  });

  it('is retried for ever with -1', () => {
    const run = new ReleaseRun({ install: { retries: -1 } });
    for (let attempt = 0; attempt < 50; attempt++) {
      expect(run.look()).toBe('install a');
      expect(run.fail()).toBe('uninstall for remediation');
      expect(run.uninstalled()).toBe('retry');
    }
    expect(run.state.history).toHaveLength(1);
  });

  it('is upgraded when something else is wanted: a new attempt begins with no failures', () => {
    const run = new ReleaseRun();
    run.look();
    run.fail();
    expect([run.want('b').look(), run.succeed()]).toEqual(['upgrade b', 'nothing']);
    expect(run.history()).toEqual(['2 upgrade b deployed', '1 install a failed']);
  });

  it('that could not be uninstalled is uninstalled again', () => {
    const run = new ReleaseRun({ install: { retries: 1 } });
    run.look();
    run.fail();
    expect([run.uninstalled('failed'), run.look()]).toEqual(['retry', 'uninstall for remediation']);
  });
});

describe('a failed upgrade', () => {
  const upgraded = (changes: ConstructorParameters<typeof ReleaseRun>[0]) => {
    const run = new ReleaseRun(changes).installed().want('b');
    expect(run.look()).toBe('upgrade b');
    return run;
  };

  it('stays as it is without retries', () => expect(upgraded({}).fail()).toBe('stall apply.release_exhausted'));

  it('is rolled back before each retry and, by default, after the last', () => {
    const run = upgraded({ upgrade: { retries: 1 } });
    expect([run.fail(), run.succeed(), run.look(), run.fail(), run.succeed(), run.look()]).toEqual([
      'rollback a',
      'retry',
      'upgrade b',
      'rollback a',
      'stall apply.release_exhausted',
      'stall apply.release_exhausted',
    ]);
    expect(run.history()[0]).toBe('5 rollback a deployed');
    expect(deployedBundle(run.state)).toBe('a');
  });

  it('is not rolled back after the last where that is not wanted', () => {
    const run = upgraded({ upgrade: { retries: 1, remediateLast: false } });
    expect([run.fail(), run.succeed(), run.look(), run.fail()]).toEqual([
      'rollback a',
      'retry',
      'upgrade b',
      'stall apply.release_exhausted',
    ]);
  });

  it('goes back to the last success, however many failures lie between', () => {
    const run = upgraded({ upgrade: { retries: 5 } });
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(run.fail()).toBe('rollback a');
      expect(run.succeed()).toBe('retry');
      run.look();
    }
    expect([run.succeed(), run.want('c').look(), run.fail()]).toEqual(['nothing', 'upgrade c', 'rollback b']);
  });

  it('is uninstalled instead, where asked, and then installed anew, retries or not', () => {
    const run = upgraded({ upgrade: { retries: 0, remediateLast: true, remediation: 'uninstall' } });
    expect([run.fail(), run.uninstalled(), run.look(), run.succeed()]).toEqual([
      'uninstall for remediation',
      'retry',
      'install b',
      'nothing',
    ]);
    expect(run.history()).toEqual(['3 install b deployed']);
  });

  it('without an earlier success, or without its bundle, cannot be rolled back', () => {
    const adopted = new ReleaseRun({ upgrade: { retries: 1 } }, { adopts: true });
    adopted.look();
    expect(adopted.fail()).toBe('stall apply.release_no_rollback');
    const lost = upgraded({ upgrade: { retries: 1 } }).with({ isAvailable: (bundle) => bundle !== 'a' });
    expect(lost.fail()).toBe('stall apply.release_no_rollback');
  });

  it('whose rollback fails is rolled back again', () => {
    const run = upgraded({ upgrade: { retries: 1 } });
    expect([run.fail(), run.fail(), run.look(), run.succeed()]).toEqual(['rollback a', 'retry', 'rollback a', 'retry']);
  });

  it('is forgotten when what was live before is wanted again', () => {
    const run = upgraded({ upgrade: { retries: 1 } });
    run.fail();
    run.succeed();
    expect(run.want('a').look()).toBe('nothing');
  });
});

describe('RetryOnFailure', () => {
  it('undoes nothing: a failed installation is upgraded after the interval, as often as it takes', () => {
    const run = new ReleaseRun({ install: { retryIntervalSeconds: 300 }, upgrade: { retryIntervalSeconds: 60 } });
    expect([run.look(), run.fail()]).toEqual(['install a', 'wait']);
    expect(run.effect).toMatchObject({ until: run.now + 300_000, problem: { code: 'apply.release_waiting' } });
    run.now += 299_999;
    expect(run.look()).toBe('wait');
    run.now += 1;
    expect([run.look(), run.fail()]).toEqual(['upgrade a', 'wait']);
    expect(run.effect).toMatchObject({ until: run.now + 60_000 });
    run.now += 60_000;
    expect([run.look(), run.succeed()]).toEqual(['upgrade a', 'nothing']);
    expect(run.state.failures).toEqual({ install: 0, upgrade: 0 });
  });

  it('waits no longer when something else is wanted, or a person asks', () => {
    const failed = () => {
      const run = new ReleaseRun({ install: { retryIntervalSeconds: 300 }, upgrade: { retryIntervalSeconds: 300 } });
      run.look();
      run.fail();
      return run;
    };
    expect(failed().want('b').look()).toBe('upgrade b');
    expect(
      failed()
        .with({ requests: { force: 'r1' } })
        .look(),
    ).toBe('upgrade a');
    expect(
      failed()
        .with({ requests: { reset: 'r1' } })
        .look(),
    ).toBe('upgrade a');
  });

  it('upgrades again when tests fail, too', () => {
    const run = new ReleaseRun({ ...TESTED, install: { retryIntervalSeconds: 300 } });
    run.look();
    run.succeed();
    expect(run.tested('failed')).toBe('wait');
    run.now += 300_000;
    expect(run.look()).toBe('upgrade a');
  });
});

describe('failed tests', () => {
  it('are a failure of the action: remediated like one', () => {
    const run = new ReleaseRun({ ...TESTED, install: { retries: 1 }, upgrade: { retries: 1 } });
    expect([run.look(), run.succeed(), run.tested('failed'), run.uninstalled(), run.look(), run.succeed('succeeded')]).toEqual([
      'install a',
      'test a',
      'uninstall for remediation',
      'retry',
      'install a',
      'nothing',
    ]);
    expect([run.want('b').look(), run.succeed('failed'), run.succeed(), run.look()]).toEqual([
      'upgrade b',
      'rollback a',
      'retry',
      'upgrade b',
    ]);
  });

  it('are none where they are ignored, by the tests or by the action', () => {
    const byTests = new ReleaseRun({ test: { ignoreFailures: true, timeoutSeconds: 1 }, install: { retries: 1 } });
    byTests.look();
    expect(byTests.succeed('failed')).toBe('nothing');
    const byAction = new ReleaseRun({ ...TESTED, install: { retries: 1, ignoreTestFailures: true } });
    byAction.look();
    expect(byAction.succeed('failed')).toBe('nothing');
    const notByAction = new ReleaseRun({
      test: { ignoreFailures: true, timeoutSeconds: 1 },
      install: { retries: 1, ignoreTestFailures: false },
    });
    notByAction.look();
    expect(notByAction.succeed('failed')).toBe('uninstall for remediation');
  });

  it('stall without retries, and nothing is gone back to whose tests failed', () => {
    const run = new ReleaseRun({ ...TESTED, upgrade: { retries: 1 } }).installed();
    run.want('b').look();
    run.succeed('failed');
    run.succeed();
    expect([run.want('c').look(), run.fail()]).toEqual(['upgrade c', 'rollback a']);
    const alone = new ReleaseRun(TESTED);
    alone.look();
    expect(alone.succeed('failed')).toBe('stall apply.release_exhausted');
  });

  it('that could not be run are run again', () => {
    const run = new ReleaseRun(TESTED);
    run.look();
    run.succeed();
    expect([run.tested('refused'), run.look(), run.tested('succeeded')]).toEqual(['retry', 'test a', 'nothing']);
  });
});

describe('a request', () => {
  const exhausted = () => {
    const run = new ReleaseRun({ upgrade: { retries: 0 } }).installed().want('b');
    run.look();
    run.fail();
    expect(run.look()).toBe('stall apply.release_exhausted');
    return run;
  };

  it('to force upgrades once, whatever the state: in sync, failed, out of retries', () => {
    const run = new ReleaseRun().installed().with({ requests: { force: 'r1' } });
    expect([run.look(), run.succeed(), run.look()]).toEqual(['upgrade a', 'nothing', 'nothing']);
    expect(
      exhausted()
        .with({ requests: { force: 'r1' } })
        .look(),
    ).toBe('upgrade b');
    const rolledBack = new ReleaseRun({ upgrade: { retries: 0, remediateLast: true } }).installed().want('b');
    rolledBack.look();
    rolledBack.fail();
    expect(rolledBack.succeed()).toBe('stall apply.release_exhausted');
    expect(rolledBack.with({ requests: { force: 'r1' } }).look()).toBe('upgrade b');
  });

  it('to force installs what has no retries left', () => {
    const run = new ReleaseRun({ install: { remediateLast: true } });
    run.look();
    run.fail();
    run.uninstalled();
    expect([run.look(), run.with({ requests: { force: 'r1' } }).look()]).toEqual(['stall apply.release_exhausted', 'install a']);
  });

  it('to reset begins counting anew, once', () => {
    const run = exhausted().with({ requests: { reset: 'r1' } });
    expect([run.look(), run.fail(), run.look()]).toEqual([
      'upgrade b',
      'stall apply.release_exhausted',
      'stall apply.release_exhausted',
    ]);
    expect(run.with({ requests: { reset: 'r2' } }).look()).toBe('upgrade b');
  });
});

describe('what is interrupted', () => {
  it('by a crash goes on where it was, and a force request is carried out after it', () => {
    const run = new ReleaseRun();
    run.look();
    expect([run.look(), run.with({ requests: { force: 'r1' } }).look(), run.succeed()]).toEqual([
      'install a on',
      'install a on',
      'nothing',
    ]);
    expect(run.look()).toBe('upgrade a');
    const back = new ReleaseRun({ upgrade: { retries: 1 } }).installed().want('b');
    back.look();
    back.fail();
    expect(back.look()).toBe('rollback a on');
  });

  it('by a newer commit is no failure: the release is upgraded to that', () => {
    const run = new ReleaseRun({ upgrade: { retries: 0 } }).installed().want('b');
    run.look();
    expect(run.want('c').supersede(true)).toBe('upgrade c');
    expect(run.state.failures.upgrade).toBe(0);
    expect(run.history()).toEqual(['3 upgrade c running', '2 upgrade b failed', '1 install a deployed']);
  });

  it('by a newer commit while nothing was written is installed all the same, with the hooks of an installation', () => {
    const run = new ReleaseRun();
    run.look();
    expect(run.want('b').supersede(false)).toBe('install b');
    expect(run.history()).toEqual(['1 install b running']);
    const written = new ReleaseRun();
    written.look();
    expect(written.want('b').supersede(true)).toBe('upgrade b');
  });

  it('by a crash and a newer commit is upgraded to that', () => {
    const run = new ReleaseRun();
    run.look();
    expect(run.want('b').look()).toBe('upgrade b');
  });

  it('before it began counts for nothing', () => {
    const run = new ReleaseRun();
    expect([run.look(), run.refuse(), run.look(), run.refuse(), run.look()]).toEqual([
      'install a',
      'retry',
      'install a',
      'retry',
      'install a',
    ]);
    expect(run.state.failures.install).toBe(0);
  });
});
