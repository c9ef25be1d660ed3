import type { Terminal } from '../terminal.ts';

/** What the demo is doing: one line for each step with its seconds, and what a step says of itself. */
export interface Progress {
  step(name: string): void;
  detail(line: string): void;
  done(): void;
}

/** On a terminal the current step's last detail is shown behind it; elsewhere every detail is a line. */
export function createProgress(terminal: Terminal): Progress {
  const isLive = process.stderr.isTTY === true;
  let current: { readonly name: string; readonly since: number } | undefined;
  const finish = () => {
    if (current === undefined) return;
    const seconds = ((performance.now() - current.since) / 1000).toFixed(1);
    if (isLive) process.stderr.write('\r\x1b[K');
    terminal.say(`✓ ${current.name} (${seconds} s)`);
    current = undefined;
  };
  return {
    step(name) {
      finish();
      current = { name, since: performance.now() };
      if (isLive) process.stderr.write(`… ${name}`);
    },
    detail(line) {
      if (!isLive) return terminal.say(`  ${line}`);
      const text = `… ${current?.name ?? ''}: ${line}`.replace(/[\x00-\x1f]/g, ' ');
      process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    },
    done: finish,
  };
}
