/**
 * Loading a program into a fresh address space: everything that can fail, before anything is given up.
 */
import { O_RDONLY } from '../fs/open-flags';
import { File, fileRelease, fileStat } from '../fs/file';
import { isRegular } from '../fs/stat';
import { vfsOpen } from '../fs/vfs';
import { EACCES, ENOMEM } from '../lib/errno';
import {
  AddressSpace,
  PROT_READ,
  PROT_WRITE,
  spaceCreate,
  spaceDestroy,
  spaceMap,
  spaceSetBrk,
} from '../mm/address-space';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import { USER_STACK_TOP } from '../mm/layout';
import { VMA_GROWS_DOWN, VMA_STACK } from '../mm/vma';
import { elfLoad } from './elf';
import { ElfImage } from './elf-image';
import { ExecArguments, execArgumentsSetPath, execLayOutStack, execStringsAddress } from './exec-arguments';

@unmanaged
export class Program {
  space: AddressSpace;
  entry: u64;
  stackPointer: u64;
  argumentsStart: u64;
  argumentsEnd: u64;
}

/** What a stack begins with; page faults make it larger. */
const FIRST_STACK: u64 = 128 << 10;
const STAT_SIZE: usize = 144;
const STAT_MODE: usize = 24;
const EXECUTE_BITS: u32 = 0o111;

/** Loads the file at `path` (kernel string) with its arguments: 0 and `out`, or a negative errno and nothing kept. */
export function programLoad(fs: usize, path: usize, args: ExecArguments, out: Program): i32 {
  const slot = kmalloc(8);
  const image = alloc<ElfImage>();
  let error = slot != 0 && changetype<usize>(image) != 0 ? execArgumentsSetPath(args, path) : -ENOMEM;
  if (error == 0) error = vfsOpen(fs, path, O_RDONLY, 0, slot);
  if (error == 0) {
    const file = changetype<File>(load<usize>(slot));
    error = checkExecutable(file);
    if (error == 0) error = loadInto(file, image, args, out);
    fileRelease(file);
  }
  kfree(slot);
  kfree(changetype<usize>(image));
  return error;
}

function checkExecutable(file: File): i32 {
  const stat = kmalloc(STAT_SIZE);
  if (stat == 0) return -ENOMEM;
  const error = fileStat(file, stat);
  const mode = load<u32>(stat, STAT_MODE);
  kfree(stat);
  if (error < 0) return error;
  return isRegular(mode) && (mode & EXECUTE_BITS) != 0 ? 0 : -EACCES;
}

function loadInto(file: File, image: ElfImage, args: ExecArguments, out: Program): i32 {
  const space = spaceCreate();
  if (changetype<usize>(space) == 0) return -ENOMEM;
  let error = elfLoad(file, space, image);
  if (error == 0) {
    const bottom = USER_STACK_TOP - FIRST_STACK;
    error = spaceMap(space, bottom, FIRST_STACK, PROT_READ | PROT_WRITE, VMA_STACK | VMA_GROWS_DOWN);
  }
  if (error == 0) {
    spaceSetBrk(space, image.end);
    out.stackPointer = execLayOutStack(args, space, image);
    if (out.stackPointer == 0) error = -ENOMEM;
  }
  if (error < 0) {
    spaceDestroy(space);
    return error;
  }
  out.space = space;
  out.entry = image.entry;
  out.argumentsStart = execStringsAddress(args);
  out.argumentsEnd = out.argumentsStart + <u64>args.argumentBytes;
  return 0;
}
