/** How blocks are compressed: zstd where Node has it (22.15 and 23.8), else deflate; both at their fastest. */
import zlib from 'node:zlib';
import { StateError } from '../state-fields.ts';

export type Compression = 'zstd' | 'deflate';

const hasZstd = typeof zlib.zstdCompressSync === 'function';

export const compression: Compression = hasZstd ? 'zstd' : 'deflate';

export function compress(bytes: Uint8Array): Uint8Array {
  if (!hasZstd) return zlib.deflateRawSync(bytes, { level: 1 });
  return zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } });
}

/** @throws {StateError} when `data` does not become `rawBytes` bytes, or this Node cannot read it. */
export function decompress(how: string, data: Uint8Array, rawBytes: number): Uint8Array {
  if (how === 'zstd' && !hasZstd)
    throw new StateError('it is compressed with zstd, which this version of Node does not know (22.15 does)');
  if (how !== 'zstd' && how !== 'deflate') throw new StateError(`it is compressed in an unknown way, ${how}`);
  let raw: Uint8Array;
  try {
    const options = { maxOutputLength: Math.max(rawBytes, 1) };
    raw = how === 'zstd' ? zlib.zstdDecompressSync(data, options) : zlib.inflateRawSync(data, options);
  } catch (cause) {
    throw new StateError('a block of it cannot be decompressed', { cause });
  }
  if (raw.length !== rawBytes) throw new StateError('a block of it has another length than it says');
  return raw;
}
