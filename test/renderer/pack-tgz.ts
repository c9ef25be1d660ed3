import { gzipSync } from 'node:zlib';

/** A packed tar of the given files, as `helm package` writes them. */
export function packTgz(files: readonly (readonly [name: string, content: string])[]): Uint8Array {
  const blocks: Buffer[] = [];
  for (const [name, text] of files) {
    const content = Buffer.from(text);
    blocks.push(header(name, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function header(name: string, size: number): Buffer {
  const head = Buffer.alloc(512);
  head.write(name);
  head.write('0000644\0', 100);
  head.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  head.fill(' ', 148, 156); // the checksum counts itself as spaces
  head.write('0', 156);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}
