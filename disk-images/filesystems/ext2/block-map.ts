/**
 * Which blocks hold a file: the inode's twelve direct pointers, then trees of pointer blocks of depth one, two and
 * three. A pointer of 0 is a hole that reads as zeroes.
 */
import { SECTOR_BYTES } from '../../sectors.ts';
import { Ext2Error } from './error.ts';
import { DIRECT_BLOCKS, type Inode } from './layout.ts';
import type { Volume } from './volume.ts';

/** Pointer blocks that a file of `count` blocks needs. */
export function pointerBlocksFor(count: number, perBlock: number): number {
  let rest = count - DIRECT_BLOCKS;
  let total = 0;
  for (let depth = 1, span = 1; rest > 0; depth++, span *= perBlock) {
    if (depth > 3)
      throw new Ext2Error('too-large', `ext2 cannot hold a file of ${count} blocks of this size`);
    const covered = Math.min(rest, span * perBlock);
    for (let width = perBlock, level = 0; level < depth; level++, width *= perBlock)
      total += Math.ceil(covered / width);
    rest -= covered;
  }
  return total;
}

function pointers(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** The file's first `count` blocks, 0 for holes. */
export function readBlockMap(volume: Volume, inode: Inode, count: number): number[] {
  const blocks = inode.pointers.slice(0, Math.min(DIRECT_BLOCKS, count));
  const perBlock = volume.superblock.blockBytes / 4;
  const collect = (pointer: number, depth: number): void => {
    const span = perBlock ** depth;
    if (pointer === 0) {
      for (let i = 0; i < span && blocks.length < count; i++) blocks.push(0);
    } else if (depth === 0) blocks.push(pointer);
    else {
      for (const next of pointers(volume.readBlock(pointer))) {
        if (blocks.length >= count) return;
        collect(next, depth - 1);
      }
    }
  };
  for (let depth = 1; depth <= 3 && blocks.length < count; depth++) {
    collect(inode.pointers[DIRECT_BLOCKS + depth - 1] ?? 0, depth);
  }
  if (blocks.length < count) throw new Ext2Error('corrupt', `a file claims ${count} blocks: run a check`);
  return blocks;
}

/**
 * Points the inode at `data`, taking pointer blocks from `spare` (as many as pointerBlocksFor said), and counts its
 * sectors.
 */
export function writeBlockMap(
  volume: Volume,
  inode: Inode,
  data: readonly number[],
  spare: readonly number[],
): void {
  const { blockBytes } = volume.superblock;
  const perBlock = blockBytes / 4;
  let at = 0;
  let taken = 0;
  const build = (depth: number): number => {
    if (at >= data.length) return 0;
    if (depth === 0) return data[at++] ?? 0;
    const block = spare[taken++];
    if (block === undefined) throw new RangeError('too few pointer blocks');
    const bytes = new Uint8Array(blockBytes);
    const view = pointers(bytes);
    for (let i = 0; i < perBlock && at < data.length; i++) view[i] = build(depth - 1);
    volume.writeBlocks(block, bytes);
    return block;
  };
  inode.pointers = [
    ...Array.from({ length: DIRECT_BLOCKS }, () => build(0)),
    ...[1, 2, 3].map((depth) => build(depth)),
  ];
  inode.sectors = (data.filter((block) => block !== 0).length + taken) * (blockBytes / SECTOR_BYTES);
}

/** All blocks that the inode holds: data and pointer blocks. */
export function allBlocks(volume: Volume, inode: Inode): number[] {
  const blocks: number[] = [];
  const collect = (pointer: number, depth: number): void => {
    if (pointer === 0) return;
    blocks.push(pointer);
    if (depth > 0) for (const next of pointers(volume.readBlock(pointer))) collect(next, depth - 1);
  };
  for (const [i, pointer] of inode.pointers.entries()) collect(pointer, Math.max(0, i - DIRECT_BLOCKS + 1));
  return blocks;
}
