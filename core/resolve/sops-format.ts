/**
 * The forms of files that SOPS encrypts, as they stand in Secrets. What a file is encrypted as is seen in its text; what it becomes is said by
 * its key:
 *
 *   .yaml .yml   YAML      .json .dockerconfigjson   JSON      .env   dotenv      anything else   the text under `data` (SOPS' binary form)
 */
export type SopsFormat = 'yaml' | 'json' | 'dotenv' | 'ini' | 'binary';

/** How a text is encrypted; undefined when it is not. A binary file is JSON while it is encrypted. */
export function detectSopsFormat(text: string): SopsFormat | undefined {
  if (!text.includes('ENC[')) return undefined;
  if (/"mac"\s*:\s*"ENC\[/.test(text)) return 'json';
  if (/^sops_mac=ENC\[/m.test(text)) return 'dotenv';
  if (/^[ \t]+mac: "?ENC\[/m.test(text)) return 'yaml';
  return /^\[sops\]/m.test(text) && /^mac\s*=\s*ENC\[/m.test(text) ? 'ini' : undefined;
}

/** What the content under a key is to become. */
export function formatOfKey(key: string): SopsFormat {
  if (/\.ya?ml$/.test(key)) return 'yaml';
  if (key.endsWith('.json') || key.endsWith('.dockerconfigjson')) return 'json';
  if (key.endsWith('.env')) return 'dotenv';
  return key.endsWith('.ini') ? 'ini' : 'binary';
}
