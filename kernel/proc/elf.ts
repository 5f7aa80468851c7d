/**
 * Loads an ELF64 program into an address space: elf-format.ts checks, this maps.
 *
 * - 0, -ENOEXEC for anything malformed, -ENOMEM, or -EIO from the disk. On failure the address space is half filled: the
 *   caller destroys it.
 * - A file that shrinks or cannot be read while it is loaded is -EIO, as it is no fault of the format.
 */
import { File, fileReadProgram, fileRelease } from '../fs/file';
import { O_PATH } from '../fs/open-flags';
import { MAY_EXEC, inodePermission } from '../fs/permission';
import { isRegular } from '../fs/stat';
import { MS_NOEXEC } from '../fs/super-block';
import { vfsOpen } from '../fs/vfs';
import { EACCES, EEXIST, EINVAL, EIO, ELIBBAD, ENOEXEC, ENOMEM, ENXIO } from '../lib/errno';
import { randomWord } from '../lib/random';
import { kfree, kmalloc } from '../mm/kmalloc';
import { PAGE_SIZE } from '../mm/layout';
import { AddressSpace, PROT_EXEC, PROT_READ, PROT_WRITE, spaceMap } from '../mm/address-space';
import { spaceZero } from '../mm/fault';
import { Place, spaceMapFile } from '../mm/map';
import { currentCredentials } from './credentials';
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

/** Where movable programs and interpreters are put, give or take so many pages: far from each other and from mappings. */
const PROGRAM_BASE: u64 = 0x0000_2000_0000_0000;
const INTERPRETER_BASE: u64 = 0x0000_3000_0000_0000;
const PLACES: u64 = 0xfffff;
/** Scratch for the program headers: MAX_PHDRS of them fit. */
const CHUNK_BYTES: usize = 4096;

/** Reads exactly `count` bytes; -EIO when the file has fewer. */
function readExactly(file: File, buffer: usize, count: usize, offset: u64): i32 {
  let done: usize = 0;
  while (done < count) {
    const n = fileReadProgram(file, buffer + done, count - done, offset + done);
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
function loadSegment(file: File, space: AddressSpace, s: ElfSegment, bias: u64): i32 {
  const prot = protection(s.flags);
  const start = pageDown(bias + s.address);
  const fileEnd = bias + s.address + s.fileSize;
  const mapEnd = s.fileSize == 0 ? start : pageUp(fileEnd);
  const end = pageUp(bias + s.address + s.memorySize);
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

/** `chunk` is CHUNK_BYTES of scratch, `header` is followed by room for MAX_PHDRS segments: their number, or an error. */
function readHeaders(file: File, chunk: usize, header: ElfHeader): i32 {
  if (!isRegular(file.inode.mode)) return -EACCES;
  if (file.inode.ops.readPages == 0) return -ENOEXEC;
  const fileSize = file.inode.size;
  if (fileSize < EHDR_BYTES) return -ENOEXEC;
  let error = readExactly(file, chunk, EHDR_BYTES, 0);
  if (error == 0) error = elfCheckHeader(chunk, fileSize, header);
  if (error == 0) error = readExactly(file, chunk, <usize>header.phdrCount * PHDR_BYTES, header.phdrOffset);
  if (error != 0) return error;
  return elfCheckSegments(chunk, header, fileSize, segmentsOf(header));
}

function segmentsOf(header: ElfHeader): usize {
  return changetype<usize>(header) + offsetof<ElfHeader>();
}

/** Where a movable program is put: somewhere behind `base`, on a page. */
function place(header: ElfHeader, base: u64): u64 {
  return header.movable == 0 ? 0 : base + ((randomWord() & PLACES) << 12);
}

function mapAll(file: File, space: AddressSpace, header: ElfHeader, count: i32, bias: u64): i32 {
  let error: i32 = 0;
  for (let i: i32 = 0; i < count && error == 0; i++) {
    error = loadSegment(file, space, elfSegmentAt(segmentsOf(header), i), bias);
  }
  return error;
}

function loadProgram(file: File, space: AddressSpace, out: ElfImage, chunk: usize, header: ElfHeader): i32 {
  const count = readHeaders(file, chunk, header);
  if (count < 0) return count;
  const bias = place(header, PROGRAM_BASE);
  const error = mapAll(file, space, header, count, bias);
  if (error != 0) return error;
  const last = elfSegmentAt(segmentsOf(header), count - 1);
  const table = elfPhdrAddress(header, segmentsOf(header), count);
  out.entry = bias + header.entry;
  out.start = out.entry;
  out.phdrAddress = table == 0 ? 0 : bias + table;
  out.phdrCount = header.phdrCount;
  out.phdrSize = PHDR_BYTES;
  out.end = bias + last.address + last.memorySize;
  out.interpreterBase = 0;
  return 0;
}

/** The interpreter that the program at `header` names, by its own path: 0 or a negative errno. */
function loadInterpreter(
  fs: usize,
  program: File,
  space: AddressSpace,
  out: ElfImage,
  chunk: usize,
  header: ElfHeader,
): i32 {
  const length = <usize>header.interpreterLength;
  let error = readExactly(program, chunk, length, header.interpreterOffset);
  if (error == 0 && load<u8>(chunk + length - 1) != 0) error = -ENOEXEC;
  const slot = kmalloc(8);
  if (slot == 0) return -ENOMEM;
  if (error == 0) error = vfsOpen(fs, chunk, O_PATH, 0, slot);
  if (error == 0) {
    const file = changetype<File>(load<usize>(slot));
    error = mayExecute(file);
    if (error == 0) {
      const count = readHeaders(file, chunk, header);
      if (count < 0) error = count == -ENOEXEC ? -ELIBBAD : count;
      else if (header.interpreterLength != 0) error = -ELIBBAD;
      if (error == 0) {
        const bias = place(header, INTERPRETER_BASE);
        error = mapAll(file, space, header, count, bias);
        out.start = bias + header.entry;
        out.interpreterBase = bias;
      }
    }
    fileRelease(file);
  }
  kfree(slot);
  return error;
}

/** Regular, on a file system that allows it, and executable for the caller: 0 or -EACCES. */
export function mayExecute(file: File): i32 {
  if (!isRegular(file.inode.mode) || (file.mount.flags & MS_NOEXEC) != 0) return -EACCES;
  return inodePermission(file.inode, MAY_EXEC, currentCredentials());
}

/**
 * Loads the program in `file`, and its interpreter found from `fs`, into the empty address space `space` and describes it in
 * `out`.
 */
export function elfLoad(fs: usize, file: File, space: AddressSpace, out: ElfImage): i32 {
  const chunk = kmalloc(CHUNK_BYTES);
  const work = kmalloc(offsetof<ElfHeader>() + <usize>MAX_PHDRS * offsetof<ElfSegment>());
  const header = changetype<ElfHeader>(work);
  let error = -ENOMEM;
  if (chunk != 0 && work != 0) {
    error = loadProgram(file, space, out, chunk, header);
    if (error == 0 && header.interpreterLength != 0)
      error = loadInterpreter(fs, file, space, out, chunk, header);
  }
  kfree(chunk);
  kfree(work);
  return error;
}
