import { format } from 'node:util';

/** What was printed since the recording began: workerd's own output passes through this process' console. */
export interface Recording {
  text(): string;
  end(): void;
}

const LEVELS = ['debug', 'error', 'info', 'log', 'warn'] as const;

/** Keeps everything that is printed to the console instead of showing it, until `end`. */
export function recordConsole(): Recording {
  const lines: string[] = [];
  const before = LEVELS.map((level) => [level, console[level]] as const);
  for (const level of LEVELS) console[level] = (...parts: unknown[]) => void lines.push(format(...parts));
  return {
    text: () => lines.join('\n'),
    end() {
      for (const [level, original] of before) console[level] = original;
    },
  };
}
