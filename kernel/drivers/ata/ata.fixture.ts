/** Probing, and access to the block devices that it finds, for the unit test. */
import { blockAt, blockFlush, blockName, blockRead, blockWrite } from '../../block/block';

export function nameOf(n: u32): usize {
  return blockName(blockAt(n));
}

export function sectorsOf(n: u32): u64 {
  return blockAt(n).sectorCount;
}

export function readFrom(n: u32, lba: u64, count: u32, buffer: usize): i32 {
  return blockRead(blockAt(n), lba, count, buffer);
}

export function writeTo(n: u32, lba: u64, count: u32, buffer: usize): i32 {
  return blockWrite(blockAt(n), lba, count, buffer);
}

export function flushOf(n: u32): i32 {
  return blockFlush(blockAt(n));
}
