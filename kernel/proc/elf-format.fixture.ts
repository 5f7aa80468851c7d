/** The checks of a whole file in memory, for the unit test: what elf.ts does without an address space. */
import { kmalloc } from '../mm/kmalloc';
import {
  ElfHeader,
  ElfSegment,
  EHDR_BYTES,
  MAX_PHDRS,
  elfCheckHeader,
  elfCheckSegments,
  elfPhdrAddress,
  elfSegmentAt,
} from './elf-format';

let header: ElfHeader = changetype<ElfHeader>(<usize>0);
let segments: usize = 0;
let count: i32 = 0;

/** The number of segments, or a negative errno. */
export function check(file: usize, size: u32): i32 {
  if (segments == 0) {
    header = changetype<ElfHeader>(kmalloc(offsetof<ElfHeader>()));
    segments = kmalloc(<usize>MAX_PHDRS * offsetof<ElfSegment>());
  }
  const error = elfCheckHeader(file, size, header);
  assert(error != 0 || size >= EHDR_BYTES);
  if (error != 0) return error;
  count = elfCheckSegments(file + <usize>header.phdrOffset, header, size, segments);
  return count;
}

export function entry(): u64 {
  return header.entry;
}

export function phdrAddress(): u64 {
  return elfPhdrAddress(header, segments, count);
}

export function segmentAddress(i: u32): u64 {
  return elfSegmentAt(segments, i).address;
}

export function segmentMemory(i: u32): u64 {
  return elfSegmentAt(segments, i).memorySize;
}

export function segmentOffset(i: u32): u64 {
  return elfSegmentAt(segments, i).offset;
}

export function segmentFile(i: u32): u64 {
  return elfSegmentAt(segments, i).fileSize;
}

export function segmentFlags(i: u32): u32 {
  return elfSegmentAt(segments, i).flags;
}
