/**
 * The argument and environment strings of a program that is being started: collected in a kernel block before anything
 * is given up, then laid out on the new stack.
 */
import { cpuFeatureBits } from '../arch/x86_64/cpu-features';
import { E2BIG, ENAMETOOLONG, ENOMEM } from '../lib/errno';
import { randomBytes } from '../lib/random';
import { AddressSpace } from '../mm/address-space';
import { spaceWrite } from '../mm/fault';
import { allocFrames, freeFrames } from '../mm/frames';
import { kfree, kmalloc } from '../mm/kmalloc';
import { PAGE_SIZE, USER_STACK_TOP, physToVirt } from '../mm/layout';
import { copyStringFromUser, copyWordFromUser } from '../syscall/user-copy';
import { ElfImage } from './elf-image';

/** The strings' block grows from two pages to 2 MiB (Linux: a quarter of the stack); one string has 128 KiB at most. */
const FIRST_ORDER: u32 = 1;
const LAST_ORDER: u32 = 9;
const STRING_MAX: usize = 131072;

@unmanaged
export class ExecArguments {
  /** Physical address of the block: argument strings, then environment strings, then the path. */
  block: u64;
  size: usize;
  order: u32;
  used: usize;
  argc: u32;
  envc: u32;
  /** Bytes of the argument strings. */
  argumentBytes: usize;
  word: u64;
}

/** `args` is zeroed memory of the class's size. 0 or -ENOMEM. */
export function execArgumentsInit(args: ExecArguments): i32 {
  args.order = FIRST_ORDER;
  args.size = (<usize>4096) << FIRST_ORDER;
  args.block = allocFrames(FIRST_ORDER);
  return args.block != 0 ? 0 : -ENOMEM;
}

export function execArgumentsFree(args: ExecArguments): void {
  if (args.block != 0) freeFrames(args.block);
}

/** Copies argv and envp (user addresses of arrays of pointers, 0 for none). 0, -E2BIG or -EFAULT. */
export function execArgumentsFromUser(args: ExecArguments, argv: u64, envp: u64): i32 {
  const argc = copyArray(args, argv);
  if (argc < 0) return argc;
  args.argc = argc;
  args.argumentBytes = args.used;
  const envc = copyArray(args, envp);
  if (envc < 0) return envc;
  args.envc = envc;
  return 0;
}

/** Appends one argument that the kernel gives itself. */
export function execArgumentsAdd(args: ExecArguments, text: usize): i32 {
  const error = addString(args, text);
  if (error < 0) return error;
  args.argc++;
  args.argumentBytes = args.used;
  return 0;
}

/**
 * For a script: the first argument is replaced by the interpreter, its argument (0 for none) and the script's path; without
 * `script` the first argument stays behind them. 0 or -E2BIG.
 */
export function execArgumentsInsert(
  args: ExecArguments,
  interpreter: usize,
  argument: usize,
  script: usize,
): i32 {
  let removed: usize = 0;
  if (args.argc > 0 && script != 0) removed = lengthOf(physToVirt(args.block));
  const first = lengthOf(interpreter);
  const second = argument == 0 ? 0 : lengthOf(argument);
  const third = script == 0 ? 0 : lengthOf(script);
  const added = first + second + third;
  while (args.used - removed + added > args.size) {
    const error = growBlock(args);
    if (error < 0) return error;
  }
  const block = physToVirt(args.block);
  memory.copy(block + added, block + removed, args.used - removed);
  memory.copy(block, interpreter, first);
  if (argument != 0) memory.copy(block + first, argument, second);
  if (script != 0) memory.copy(block + first + second, script, third);
  args.used += added - removed;
  args.argumentBytes += added - removed;
  args.argc += 1 + (argument == 0 ? 0 : 1) + (script == 0 ? 0 : 1) - (removed == 0 ? 0 : 1);
  return 0;
}

/** With the NUL. */
function lengthOf(text: usize): usize {
  let n: usize = 0;
  while (load<u8>(text + n++) != 0);
  return n;
}

/** Appends the path for AT_EXECFN; last of all. */
export function execArgumentsSetPath(args: ExecArguments, path: usize): i32 {
  return addString(args, path);
}

/**
 * Writes strings, auxiliary vector, environment and argument pointers below USER_STACK_TOP (System V ABI, AMD64
 * supplement 3.4.1). Returns the initial stack pointer, or 0 when out of memory.
 */
export function execLayOutStack(args: ExecArguments, space: AddressSpace, image: ElfImage): u64 {
  const strings = (USER_STACK_TOP - 16 - <u64>args.used) & ~15;
  const random = strings - 16;
  const pointers = <usize>(1 + args.argc + 1 + args.envc + 1 + AUX_PAIRS * 2);
  const rsp = (random - PLATFORM_BYTES - <u64>pointers * 8) & ~15;
  const table = kmalloc(pointers * 8);
  if (table == 0) return 0;
  const block = physToVirt(args.block);
  let at = table;
  store<u64>(at, args.argc);
  at += 8;
  let offset: usize = 0;
  for (let i: u32 = 0; i < args.argc + args.envc; i++) {
    if (i == args.argc) at += 8;
    store<u64>(at, strings + <u64>offset);
    at += 8;
    while (load<u8>(block + offset++) != 0);
  }
  at += args.envc == 0 ? 16 : 8;
  putAuxiliary(at, image, random, strings + <u64>offset);
  const platform = random - PLATFORM_BYTES;
  let error = spaceWrite(space, strings, block, args.used);
  if (error == 0) error = spaceWrite(space, rsp, table, pointers * 8);
  randomBytes(table, 16);
  if (error == 0) error = spaceWrite(space, random, table, 16);
  store<u64>(table, PLATFORM);
  if (error == 0) error = spaceWrite(space, platform, table, 8);
  kfree(table);
  return error == 0 ? rsp : 0;
}

/** Where the auxiliary vector lies: behind the count and both lists of pointers with their ends. */
export function execAuxiliaryAddress(args: ExecArguments, stackPointer: u64): u64 {
  return stackPointer + (1 + <u64>args.argc + 1 + <u64>args.envc + 1) * 8;
}

/** Address of the first argument string on the stack. */
export function execStringsAddress(args: ExecArguments): u64 {
  return (USER_STACK_TOP - 16 - <u64>args.used) & ~15;
}

const AUX_PAIRS: u32 = 20;
/** Of the auxiliary vector, its end included. */
export const EXEC_AUXILIARY_BYTES: u64 = AUX_PAIRS * 16;
/** "x86_64" with its NUL, in 16 bytes. */
const PLATFORM: u64 = 0x34365f363878;
const PLATFORM_BYTES: u64 = 16;
const AT_NULL: u64 = 0;
const AT_PHDR: u64 = 3;
const AT_PHENT: u64 = 4;
const AT_PHNUM: u64 = 5;
const AT_PAGESZ: u64 = 6;
const AT_BASE: u64 = 7;
const AT_FLAGS: u64 = 8;
const AT_ENTRY: u64 = 9;
const AT_UID: u64 = 11;
const AT_EUID: u64 = 12;
const AT_GID: u64 = 13;
const AT_EGID: u64 = 14;
const AT_PLATFORM: u64 = 15;
const AT_HWCAP: u64 = 16;
const AT_CLKTCK: u64 = 17;
const AT_SECURE: u64 = 23;
const AT_RANDOM: u64 = 25;
const AT_HWCAP2: u64 = 26;
const AT_EXECFN: u64 = 31;
const AT_MINSIGSTKSZ: u64 = 51;
/** A handler's frame: signal-frame.ts, with the processor's state and what is lost by aligning. */
const SIGNAL_FRAME_MAX: u64 = 1280;
/** times(2) counts in hundredths of a second. */
const CLOCK_TICKS: u64 = 100;

function putAuxiliary(start: usize, image: ElfImage, random: u64, path: u64): void {
  let at = start;
  at = put(at, AT_PHDR, image.phdrAddress);
  at = put(at, AT_PHENT, image.phdrSize);
  at = put(at, AT_PHNUM, image.phdrCount);
  at = put(at, AT_PAGESZ, PAGE_SIZE);
  at = put(at, AT_BASE, image.interpreterBase);
  at = put(at, AT_FLAGS, 0);
  at = put(at, AT_ENTRY, image.entry);
  at = put(at, AT_UID, image.uid);
  at = put(at, AT_EUID, image.euid);
  at = put(at, AT_GID, image.gid);
  at = put(at, AT_EGID, image.egid);
  at = put(at, AT_SECURE, image.secure);
  at = put(at, AT_PLATFORM, random - PLATFORM_BYTES);
  at = put(at, AT_HWCAP2, 0);
  at = put(at, AT_MINSIGSTKSZ, SIGNAL_FRAME_MAX);
  at = put(at, AT_HWCAP, cpuFeatureBits());
  at = put(at, AT_CLKTCK, CLOCK_TICKS);
  at = put(at, AT_RANDOM, random);
  at = put(at, AT_EXECFN, path);
  put(at, AT_NULL, 0);
}

function put(at: usize, type: u64, value: u64): usize {
  store<u64>(at, type);
  store<u64>(at, value, 8);
  return at + 16;
}

/** Twice the room: 0, -E2BIG or -ENOMEM. */
function growBlock(args: ExecArguments): i32 {
  if (args.order == LAST_ORDER) return -E2BIG;
  const block = allocFrames(args.order + 1);
  if (block == 0) return -ENOMEM;
  memory.copy(physToVirt(block), physToVirt(args.block), args.used);
  freeFrames(args.block);
  args.block = block;
  args.order++;
  args.size *= 2;
  return 0;
}

/** Number of strings, or a negative errno. */
function copyArray(args: ExecArguments, array: u64): i32 {
  if (array == 0) return 0;
  const word = changetype<usize>(args) + offsetof<ExecArguments>('word');
  let count: i32 = 0;
  while (true) {
    const error = copyWordFromUser(word, array + <u64>count * 8);
    if (error < 0) return error;
    if (args.word == 0) break;
    let length = -ENAMETOOLONG;
    while (true) {
      const room = min(args.size - args.used, STRING_MAX);
      if (room != 0) length = copyStringFromUser(physToVirt(args.block) + args.used, args.word, room);
      if (length != -ENAMETOOLONG) break;
      if (room == STRING_MAX) return -E2BIG;
      const grown = growBlock(args);
      if (grown < 0) return grown;
    }
    if (length < 0) return length;
    args.used += <usize>length + 1;
    count++;
  }
  return count;
}

function addString(args: ExecArguments, text: usize): i32 {
  let at: usize = 0;
  do {
    if (args.used == args.size) {
      const error = growBlock(args);
      if (error < 0) return error;
    }
    store<u8>(physToVirt(args.block) + args.used++, load<u8>(text + at));
  } while (load<u8>(text + at++) != 0);
  return 0;
}
