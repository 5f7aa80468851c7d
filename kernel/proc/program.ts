/**
 * Loading a program into a fresh address space: everything that can fail, before anything is given up.
 */
import { O_PATH } from '../fs/open-flags';
import { File, fileRelease, fileRetain, inodeAllowWriters, inodeDenyWriters } from '../fs/file';
import { MS_NOSUID } from '../fs/super-block';
import { vfsOpen } from '../fs/vfs';
import { ELOOP, ENOMEM } from '../lib/errno';
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
import { credentialsOf, currentCredentials } from './credentials';
import { elfLoad, mayExecute } from './elf';
import { ElfImage } from './elf-image';
import {
  ExecArguments,
  execArgumentsInsert,
  execArgumentsSetPath,
  execAuxiliaryAddress,
  execLayOutStack,
  execStringsAddress,
} from './exec-arguments';
import { Process } from './process';
import { LINE_MAX, ScriptLine, isScript, parseScript } from './script';

@unmanaged
export class Program {
  space: AddressSpace;
  entry: u64;
  stackPointer: u64;
  argumentsStart: u64;
  argumentsEnd: u64;
  /** Where the auxiliary vector lies. */
  auxiliaryStart: u64;
  /** The File that is executed (the interpreter of a script), retained, closed to writers: programAbandon or exec's. */
  file: usize;
  /** Effective numbers that it gives (set-user-ID, set-group-ID); 1 in `secure` when they are not the caller's. */
  euid: u32;
  egid: u32;
  secure: u32;
  padding: u32;
}

/** What a stack begins with; page faults make it larger. */
const FIRST_STACK: u64 = 128 << 10;
const SET_UID: u32 = 0o4000;
const SET_GID: u32 = 0o2000;
const GROUP_EXECUTE: u32 = 0o010;
/** Scripts whose interpreters are scripts (execve(2): ELOOP). */
const SCRIPTS_MAX: u32 = 5;

/**
 * Loads `file` (opened with O_PATH, the caller's), which was named `path`, with its arguments: 0 and `out`, or a negative
 * errno and nothing kept. `p` is the process that will run it, null for a new one of root's.
 */
export function programLoad(
  p: Process,
  fs: usize,
  file: File,
  path: usize,
  args: ExecArguments,
  out: Program,
): i32 {
  const image = alloc<ElfImage>();
  const slot = kmalloc(8);
  let error = slot != 0 && changetype<usize>(image) != 0 ? execArgumentsSetPath(args, path) : -ENOMEM;
  fileRetain(file);
  store<usize>(slot, changetype<usize>(file));
  if (error == 0) error = followScripts(fs, path, args, slot);
  const program = changetype<File>(load<usize>(slot));
  if (error == 0) error = inodeDenyWriters(program.inode);
  if (error == 0) {
    takeNumbers(p, program, image, out);
    error = loadInto(fs, program, image, args, out);
    if (error < 0) inodeAllowWriters(program.inode);
  }
  if (error == 0) out.file = changetype<usize>(program);
  else fileRelease(program);
  kfree(slot);
  kfree(changetype<usize>(image));
  return error;
}

/** Nothing becomes of a loaded program. */
export function programAbandon(program: Program): void {
  spaceDestroy(program.space);
  programFileRelease(program.file);
}

/** A process no longer executes the file, which may be written again. */
export function programFileRelease(file: usize): void {
  if (file == 0) return;
  inodeAllowWriters(changetype<File>(file).inode);
  fileRelease(changetype<File>(file));
}

/** For fork: one process more executes the file. */
export function programFileShare(file: usize): usize {
  if (file == 0) return 0;
  inodeDenyWriters(changetype<File>(file).inode);
  fileRetain(changetype<File>(file));
  return file;
}

/** While the file in `slot` is a script, its interpreter takes its place, and the arguments change accordingly. */
function followScripts(fs: usize, path: usize, args: ExecArguments, slot: usize): i32 {
  const line = kmalloc(LINE_MAX + 8);
  const parts = alloc<ScriptLine>();
  let error = line != 0 && changetype<usize>(parts) != 0 ? 0 : -ENOMEM;
  for (let depth: u32 = 0; error == 0; depth++) {
    const file = changetype<File>(load<usize>(slot));
    error = mayExecute(file);
    if (error < 0) break;
    const script = isScript(file, line);
    if (script <= 0) {
      error = script;
      break;
    }
    error = depth == SCRIPTS_MAX ? -ELOOP : parseScript(line, parts);
    // The name of an interpreter that is a script itself is the first argument already.
    if (error == 0)
      error = execArgumentsInsert(args, parts.interpreter, parts.argument, depth == 0 ? path : 0);
    if (error == 0) error = vfsOpen(fs, parts.interpreter, O_PATH, 0, slot);
    if (error == 0) fileRelease(file);
    else store<usize>(slot, changetype<usize>(file));
  }
  kfree(line);
  kfree(changetype<usize>(parts));
  return error;
}

/** The numbers that the program will have (execve(2), "Effect on set-user-ID"). */
function takeNumbers(p: Process, file: File, image: ElfImage, out: Program): void {
  const c = changetype<usize>(p) == 0 ? currentCredentials() : credentialsOf(p);
  const inode = file.inode;
  out.euid = c.euid;
  out.egid = c.egid;
  const honoured = changetype<usize>(p) != 0 && p.noNewPrivileges == 0 && (file.mount.flags & MS_NOSUID) == 0;
  if (honoured && (inode.mode & SET_UID) != 0) out.euid = inode.uid;
  const setGid = (inode.mode & (SET_GID | GROUP_EXECUTE)) == (SET_GID | GROUP_EXECUTE);
  if (honoured && setGid) out.egid = inode.gid;
  out.secure = out.euid != c.uid || out.egid != c.gid ? 1 : 0;
  image.uid = c.uid;
  image.gid = c.gid;
  image.euid = out.euid;
  image.egid = out.egid;
  image.secure = out.secure;
}

function loadInto(fs: usize, file: File, image: ElfImage, args: ExecArguments, out: Program): i32 {
  const space = spaceCreate();
  if (changetype<usize>(space) == 0) return -ENOMEM;
  let error = elfLoad(fs, file, space, image);
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
  out.entry = image.start;
  out.argumentsStart = execStringsAddress(args);
  out.argumentsEnd = out.argumentsStart + <u64>args.argumentBytes;
  out.auxiliaryStart = execAuxiliaryAddress(args, out.stackPointer);
  return 0;
}
