import { createDecipheriv } from 'node:crypto';
import type { OpenEnvelope } from '../../core/resolve/sops-envelope.ts';

/** Opens SOPS' values with a data key of 32 bytes: AES-256-GCM. */
export function envelopeOpener(key: Buffer): OpenEnvelope {
  return ({ data, iv, tag }, additionalData) => {
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
      decipher.setAuthTag(tag);
      decipher.setAAD(Buffer.from(additionalData));
      return Buffer.concat([decipher.update(data), decipher.final()]);
    } catch {
      return undefined; // Another key, another place, or changed.
    }
  };
}
