/** Git as it is, without the machine's configuration, and without objects that stand in for others. */
export function gitEnvironment(): Record<string, string | undefined> {
  return {
    ...process.env,
    LC_ALL: 'C',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
  };
}
