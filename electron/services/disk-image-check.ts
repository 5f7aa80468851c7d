/** Whether a file can be a machine's disk, told before anybody starts it. */
import { stat } from 'node:fs/promises';
import { RpcError } from '../protocol/rpc-error.ts';

/** What a file must be made of, and what it is called when it is not. */
const KINDS = {
  disk: { sectorBytes: 512, name: 'disk image' },
  disc: { sectorBytes: 2048, name: 'CD image' },
} as const;

/** Throws an error for a person. The image's lock is not taken: a machine takes it when it starts. */
export async function checkDiskImage(file: string, kind: keyof typeof KINDS = 'disk'): Promise<void> {
  const { sectorBytes, name } = KINDS[kind];
  const facts = await stat(file).catch((error: unknown) => {
    throw new RpcError('not-found', `${file} cannot be read.`, { cause: error });
  });
  if (!facts.isFile()) throw new RpcError('invalid', `${file} is not a file.`);
  if (facts.size === 0) throw new RpcError('invalid', `${file} is empty.`);
  if (facts.size % sectorBytes !== 0) {
    throw new RpcError(
      'invalid',
      `${file} is no ${name}: its size is not a multiple of ${sectorBytes} bytes.`,
    );
  }
}
