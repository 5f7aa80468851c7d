/**
 * ELF64 executables for x86-64: parsing and checking alone, on bytes in memory. What passes here can be mapped
 * without a second thought; everything else is -ENOEXEC.
 *
 * - elfCheckHeader() on the first EHDR_BYTES, then elfCheckSegments() on the program headers that it points to.
 * - Programs at fixed addresses and position-independent ones (ET_DYN: static-pie, dynamically linked programs, their
 *   interpreter), whose addresses count from wherever they are put.
 * - Refused: other machines and classes, tables and segments outside of the file, segments that overlap, that reach outside
 *   of user space, and an entry point that is not in executable bytes of the file.
 * - PT_GNU_STACK is not looked at: stacks are never executable.
 *
 * Source: System V ABI (gABI) chapters 4 and 5; AMD64 psABI chapter 4.
 */
import { ENOEXEC } from '../lib/errno';
import { PAGE_SIZE, USER_END, USER_START } from '../mm/layout';

export const EHDR_BYTES: u32 = 64;
export const PHDR_BYTES: u32 = 56;
/** More segments than any linker makes; Linux stops at one page of them. */
export const MAX_PHDRS: u32 = 64;

const enum Ehdr {
  Class = 4,
  Data = 5,
  IdentVersion = 6,
  OsAbi = 7,
  Type = 16,
  Machine = 18,
  Version = 20,
  Entry = 24,
  PhOff = 32,
  EhSize = 52,
  PhEntSize = 54,
  PhNum = 56,
}

const enum Phdr {
  Type = 0,
  Flags = 4,
  Offset = 8,
  VirtualAddress = 16,
  FileSize = 32,
  MemorySize = 40,
  Align = 48,
}

const MAGIC: u32 = 0x464c457f;
const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const VERSION: u32 = 1;
const OSABI_SYSV: u8 = 0;
const OSABI_LINUX: u8 = 3;
const TYPE_EXECUTABLE: u16 = 2;
const TYPE_DYNAMIC: u16 = 3;
const MACHINE_X86_64: u16 = 62;

const PT_LOAD: u32 = 1;
const PT_INTERP: u32 = 3;
const PT_PHDR: u32 = 6;
const PT_TLS: u32 = 7;

export const PF_X: u32 = 1;
export const PF_W: u32 = 2;
export const PF_R: u32 = 4;

/** A longer interpreter's path than any path may be. */
const INTERPRETER_MAX: u64 = 4096;

/** What the ELF header says, and elfCheckSegments adds. */
@unmanaged
export class ElfHeader {
  entry: u64;
  phdrOffset: u64;
  phdrCount: u32;
  /** 1: addresses count from where the program is put. */
  movable: u32;
  /** Where in the file the interpreter's path is (PT_INTERP), and its length with the NUL; 0 for none. */
  interpreterOffset: u64;
  interpreterLength: u64;
}

/** One PT_LOAD. Addresses are within user space, sizes within the file. */
@unmanaged
export class ElfSegment {
  address: u64;
  memorySize: u64;
  offset: u64;
  fileSize: u64;
  flags: u32;
}

/** Checks the first EHDR_BYTES of a file of `fileSize` bytes. 0 or -ENOEXEC. */
export function elfCheckHeader(h: usize, fileSize: u64, out: ElfHeader): i32 {
  if (fileSize < EHDR_BYTES || load<u32>(h) != MAGIC) return -ENOEXEC;
  if (load<u8>(h, Ehdr.Class) != CLASS_64 || load<u8>(h, Ehdr.Data) != LITTLE_ENDIAN) return -ENOEXEC;
  if (load<u8>(h, Ehdr.IdentVersion) != VERSION || load<u32>(h, Ehdr.Version) != VERSION) return -ENOEXEC;
  const osAbi = load<u8>(h, Ehdr.OsAbi);
  if (osAbi != OSABI_SYSV && osAbi != OSABI_LINUX) return -ENOEXEC;
  const type = load<u16>(h, Ehdr.Type);
  if (type != TYPE_EXECUTABLE && type != TYPE_DYNAMIC) return -ENOEXEC;
  if (load<u16>(h, Ehdr.Machine) != MACHINE_X86_64) return -ENOEXEC;
  if (load<u16>(h, Ehdr.EhSize) != EHDR_BYTES || load<u16>(h, Ehdr.PhEntSize) != PHDR_BYTES) return -ENOEXEC;
  const count: u32 = load<u16>(h, Ehdr.PhNum);
  if (count == 0 || count > MAX_PHDRS) return -ENOEXEC;
  const offset = load<u64>(h, Ehdr.PhOff);
  if (offset < EHDR_BYTES || (offset & 7) != 0) return -ENOEXEC;
  if (offset > fileSize || <u64>count * PHDR_BYTES > fileSize - offset) return -ENOEXEC;
  out.entry = load<u64>(h, Ehdr.Entry);
  out.phdrOffset = offset;
  out.phdrCount = count;
  out.movable = type == TYPE_DYNAMIC ? 1 : 0;
  out.interpreterOffset = 0;
  out.interpreterLength = 0;
  return 0;
}

/** Whether [offset, offset + size) lies in the file. */
function inFile(offset: u64, size: u64, fileSize: u64): bool {
  return offset <= fileSize && size <= fileSize - offset;
}

function pageDown(address: u64): u64 {
  return address & ~(PAGE_SIZE - 1);
}

function pageUp(address: u64): u64 {
  return (address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

function alignmentHolds(align: u64, address: u64, offset: u64): bool {
  if (((address ^ offset) & (PAGE_SIZE - 1)) != 0) return false;
  if (align <= 1) return true;
  return (align & (align - 1)) == 0 && ((address ^ offset) & (align - 1)) == 0;
}

/** Checks one PT_LOAD and stores it in `out`. */
function checkLoad(p: usize, fileSize: u64, movable: bool, out: ElfSegment): i32 {
  out.flags = load<u32>(p, Phdr.Flags) & (PF_R | PF_W | PF_X);
  out.offset = load<u64>(p, Phdr.Offset);
  out.address = load<u64>(p, Phdr.VirtualAddress);
  out.fileSize = load<u64>(p, Phdr.FileSize);
  out.memorySize = load<u64>(p, Phdr.MemorySize);
  if (out.fileSize > out.memorySize || !inFile(out.offset, out.fileSize, fileSize)) return -ENOEXEC;
  if ((!movable && out.address < USER_START) || out.address > USER_END) return -ENOEXEC;
  if (out.memorySize > USER_END - out.address) return -ENOEXEC;
  return alignmentHolds(load<u64>(p, Phdr.Align), out.address, out.offset) ? 0 : -ENOEXEC;
}

/** The entry of an ElfSegment array. */
export function elfSegmentAt(segments: usize, index: u32): ElfSegment {
  return changetype<ElfSegment>(segments + <usize>index * offsetof<ElfSegment>());
}

/** Whether file bytes [offset, offset + size) are loaded at `address` by one of the segments. */
function isLoaded(segments: usize, count: u32, offset: u64, address: u64, size: u64): bool {
  for (let i: u32 = 0; i < count; i++) {
    const s = elfSegmentAt(segments, i);
    if (offset < s.offset || !inFile(offset - s.offset, size, s.fileSize)) continue;
    if (s.address + (offset - s.offset) == address) return true;
  }
  return false;
}

/** The path is in the file and has at least one character; whether a NUL ends it is seen when it is read. */
function takeInterpreter(p: usize, fileSize: u64, h: ElfHeader): bool {
  h.interpreterOffset = load<u64>(p, Phdr.Offset);
  h.interpreterLength = load<u64>(p, Phdr.FileSize);
  if (h.interpreterLength < 2 || h.interpreterLength > INTERPRETER_MAX) return false;
  return inFile(h.interpreterOffset, h.interpreterLength, fileSize);
}

/** Gathers the PT_LOADs, which must be in ascending order and share no page; their number or -ENOEXEC. */
function gatherLoads(phdrs: usize, h: ElfHeader, fileSize: u64, segments: usize): i32 {
  let count: u32 = 0;
  let free: u64 = 0;
  for (let i: u32 = 0; i < h.phdrCount; i++) {
    const p = phdrs + <usize>i * PHDR_BYTES;
    const type = load<u32>(p, Phdr.Type);
    if (type == PT_INTERP && !takeInterpreter(p, fileSize, h)) return -ENOEXEC;
    if (type != PT_LOAD) continue;
    const s = elfSegmentAt(segments, count);
    if (checkLoad(p, fileSize, h.movable != 0, s) != 0) return -ENOEXEC;
    if (s.memorySize == 0) continue;
    if (pageDown(s.address) < free) return -ENOEXEC;
    free = pageUp(s.address + s.memorySize);
    count++;
  }
  return count == 0 ? -ENOEXEC : <i32>count;
}

/** Program headers that describe parts of what is loaded must say the same as the PT_LOADs. */
function checkOthers(phdrs: usize, h: ElfHeader, fileSize: u64, segments: usize, count: u32): i32 {
  for (let i: u32 = 0; i < h.phdrCount; i++) {
    const p = phdrs + <usize>i * PHDR_BYTES;
    const type = load<u32>(p, Phdr.Type);
    if (type != PT_PHDR && type != PT_TLS) continue;
    const offset = load<u64>(p, Phdr.Offset);
    const size = load<u64>(p, Phdr.FileSize);
    if (size > load<u64>(p, Phdr.MemorySize) || !inFile(offset, size, fileSize)) return -ENOEXEC;
    if (size != 0 && !isLoaded(segments, count, offset, load<u64>(p, Phdr.VirtualAddress), size))
      return -ENOEXEC;
    if (type == PT_PHDR && (offset != h.phdrOffset || size != <u64>h.phdrCount * PHDR_BYTES)) return -ENOEXEC;
  }
  return 0;
}

function entryIsCode(entry: u64, segments: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const s = elfSegmentAt(segments, i);
    if ((s.flags & PF_X) != 0 && entry >= s.address && entry - s.address < s.fileSize) return true;
  }
  return false;
}

/**
 * Checks the program headers at `phdrs` and stores what is to be loaded in `segments`, room for MAX_PHDRS ElfSegments.
 * The number of segments, or -ENOEXEC.
 */
export function elfCheckSegments(phdrs: usize, h: ElfHeader, fileSize: u64, segments: usize): i32 {
  const count = gatherLoads(phdrs, h, fileSize, segments);
  if (count < 0) return count;
  if (checkOthers(phdrs, h, fileSize, segments, count) != 0) return -ENOEXEC;
  return entryIsCode(h.entry, segments, count) ? count : -ENOEXEC;
}

/** Where the program headers are in the loaded program (AT_PHDR), 0 when no segment holds them. */
export function elfPhdrAddress(h: ElfHeader, segments: usize, count: u32): u64 {
  for (let i: u32 = 0; i < count; i++) {
    const s = elfSegmentAt(segments, i);
    if (h.phdrOffset < s.offset) continue;
    const within = h.phdrOffset - s.offset;
    if (inFile(within, <u64>h.phdrCount * PHDR_BYTES, s.fileSize)) return s.address + within;
  }
  return 0;
}
