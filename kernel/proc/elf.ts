/**
 * Loads an ELF64 program into an address space: elf-format.ts checks, this maps.
 *
 * - 0, -ENOEXEC for anything malformed, -ENOMEM, or -EIO from the disk. On failure the address space is half filled: the
 *   caller destroys it.
 * - A file that shrinks or cannot be read while it is loaded is -EIO, as it is no fault of the format.
 */
import { File, fileReadAt } from '../fs/file';
import { isRegular } from '../fs/stat';
import { EACCES, EEXIST, EINVAL, EIO, ENOEXEC, ENOMEM, ENXIO } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
import { PAGE_SIZE } from '../mm/layout';
import { AddressSpace, PROT_EXEC, PROT_READ, PROT_WRITE, spaceMap } from '../mm/address-space';
import { spaceZero } from '../mm/fault';
import { Place, spaceMapFile } from '../mm/map';
import {
  EHDR_BYTES,
  ElfHeader,
  ElfSegment,
  MAX_PHDRS,
  PF_R,
  PF_W,
  PF_X,
  PHDR_BYTES,
  elfCheckHeader,
  elfCheckSegments,
  elfPhdrAddress,
  elfSegmentAt,
} from './elf-format';
import { ElfImage } from './elf-image';

/** Scratch for the program headers: MAX_PHDRS of them fit. */
const CHUNK_BYTES: usize = 4096;

/** Reads exactly `count` bytes; -EIO when the file has fewer. */
function readExactly(file: File, buffer: usize, count: usize, offset: u64): i32 {
  let done: usize = 0;
  while (done < count) {
    const n = fileReadAt(file, buffer + done, count - done, <i64>(offset + done));
    if (n < 0) return <i32>n;
    if (n == 0) return -EIO;
    done += <usize>n;
  }
  return 0;
}

function protection(flags: u32): u32 {
  let prot: u32 = 0;
  if (flags & PF_R) prot |= PROT_READ;
  if (flags & PF_W) prot |= PROT_WRITE;
  if (flags & PF_X) prot |= PROT_EXEC;
  return prot;
}

/** What the format allows and the address space does not is no program for this system. */
function refused(error: i64): i32 {
  return error == -EEXIST || error == -EINVAL ? -ENOEXEC : <i32>error;
}

/** Maps the segment: its bytes in the file privately, zeroes behind them. */
function loadSegment(file: File, space: AddressSpace, s: ElfSegment): i32 {
  const prot = protection(s.flags);
  const start = pageDown(s.address);
  const fileEnd = s.address + s.fileSize;
  const mapEnd = s.fileSize == 0 ? start : pageUp(fileEnd);
  const end = pageUp(s.address + s.memorySize);
  if (mapEnd > start) {
    const at = changetype<usize>(file);
    const offset = pageDown(s.offset);
    const mapped = spaceMapFile(space, start, mapEnd - start, prot, 0, at, offset, Place.Exactly);
    if (mapped < 0) return refused(mapped);
    if (s.memorySize > s.fileSize && fileEnd < mapEnd) {
      const error = spaceZero(space, fileEnd, <usize>(mapEnd - fileEnd));
      if (error != 0) return error == -ENXIO ? -EIO : error;
    }
  }
  return end > mapEnd ? refused(spaceMap(space, mapEnd, end - mapEnd, prot, 0)) : 0;
}

function pageDown(address: u64): u64 {
  return address & ~(PAGE_SIZE - 1);
}

function pageUp(address: u64): u64 {
  return (address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

/** `chunk` is CHUNK_BYTES of scratch, `work` room for the header and MAX_PHDRS segments. */
function loadWith(file: File, space: AddressSpace, out: ElfImage, chunk: usize, work: usize): i32 {
  const header = changetype<ElfHeader>(work);
  const segments = work + offsetof<ElfHeader>();
  const fileSize = file.inode.size;
  if (fileSize < EHDR_BYTES) return -ENOEXEC;
  let error = readExactly(file, chunk, EHDR_BYTES, 0);
  if (error == 0) error = elfCheckHeader(chunk, fileSize, header);
  if (error == 0) error = readExactly(file, chunk, <usize>header.phdrCount * PHDR_BYTES, header.phdrOffset);
  if (error != 0) return error;
  const count = elfCheckSegments(chunk, header, fileSize, segments);
  if (count < 0) return count;
  for (let i: i32 = 0; i < count; i++) {
    error = loadSegment(file, space, elfSegmentAt(segments, i));
    if (error != 0) return error;
  }
  const last = elfSegmentAt(segments, count - 1);
  out.entry = header.entry;
  out.phdrAddress = elfPhdrAddress(header, segments, count);
  out.phdrCount = header.phdrCount;
  out.phdrSize = PHDR_BYTES;
  out.base = elfSegmentAt(segments, 0).address;
  out.end = last.address + last.memorySize;
  return 0;
}

/** Loads the program in `file` into the empty address space `space` and describes it in `out`. */
export function elfLoad(file: File, space: AddressSpace, out: ElfImage): i32 {
  if (!isRegular(file.inode.mode)) return -EACCES;
  if (file.inode.ops.readPages == 0) return -ENOEXEC;
  const chunk = kmalloc(CHUNK_BYTES);
  const work = kmalloc(offsetof<ElfHeader>() + <usize>MAX_PHDRS * offsetof<ElfSegment>());
  let error = -ENOMEM;
  if (chunk != 0 && work != 0) error = loadWith(file, space, out, chunk, work);
  kfree(chunk);
  kfree(work);
  return error;
}
