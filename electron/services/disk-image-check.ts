/** Whether a file can be a machine's disk, told before anybody starts it. */
import { stat } from 'node:fs/promises';
import { RpcError } from '../protocol/rpc-error.ts';

const SECTOR_BYTES = 512;

/** Throws an error for a person. The image's lock is not taken: a machine takes it when it starts. */
export async function checkDiskImage(file: string): Promise<void> {
  const facts = await stat(file).catch((error: unknown) => {
    throw new RpcError('not-found', `${file} cannot be read.`, { cause: error });
  });
  if (!facts.isFile()) throw new RpcError('invalid', `${file} is not a file.`);
  if (facts.size === 0) throw new RpcError('invalid', `${file} is empty.`);
  if (facts.size % SECTOR_BYTES !== 0) {
    throw new RpcError(
      'invalid',
      `${file} is no disk image: its size is not a multiple of ${SECTOR_BYTES} bytes.`,
    );
  }
}
