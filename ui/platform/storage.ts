/** What this browser remembers. Browsers may refuse storage altogether; then nothing is remembered. */
export function remember(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`plumbline.${name}`);
    else localStorage.setItem(`plumbline.${name}`, value);
  } catch {
    // It is a convenience only.
  }
}

export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(`plumbline.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}
