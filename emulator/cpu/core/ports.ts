/** Port access and its permission: IOPL, then the I/O bitmap of the TSS (SDM vol. 1, chapter 19). */
import {
  CPL,
  DEBUG_ENABLED,
  FLAG_SYSTEM,
  MODE,
  SEG_ATTRIBUTES,
  SEG_BASE,
  SEG_LIMIT,
  UOP_SIZE,
} from '../layout';
import { GP_VECTOR, IOPL, RAX, TR } from './bits';
import { DEBUG_IO, watchPort } from './debug';
import { raise } from './exceptions';
import { portRead, portWrite } from './host';
import { readSystem } from './memory-slow';
import { MODE_REAL, MODE_V86 } from './mode-bits';
import { Registers } from './registers';
import { segment } from './segments';

/** Whether the port may be used; then its breakpoints. */
export function checkPort(port: u32, size: u32): void {
  checkPermission(port, size);
  if (load<u32>(DEBUG_ENABLED) & DEBUG_IO) watchPort(port, size);
}

function checkPermission(port: u32, size: u32): void {
  const mode = load<u32>(MODE);
  if (mode & MODE_REAL) return;
  if ((mode & MODE_V86) == 0 && load<u32>(CPL) <= (load<u32>(FLAG_SYSTEM) & IOPL) >>> 12) return;
  const tss = segment(TR);
  const limit = load<u32>(tss, SEG_LIMIT);
  const base = load<u64>(tss, SEG_BASE);
  const wide = (load<u32>(tss, SEG_ATTRIBUTES) & 8) != 0;
  if (!wide || limit < 103) raise(GP_VECTOR, 0);
  const offset = <u32>readSystem<u16>(base + 102) + (port >>> 3);
  if (offset + 1 > limit) raise(GP_VECTOR, 0);
  const bits = (<u32>readSystem<u16>(base + offset)) >>> (port & 7);
  if (bits & ((1 << size) - 1)) raise(GP_VECTOR, 0);
}

export function readPort<T>(p: usize, port: u32): usize {
  checkPort(port, sizeof<T>());
  Registers.write<T>(RAX, <T>portRead(port, sizeof<T>()));
  return p + UOP_SIZE;
}

export function writePort<T>(p: usize, port: u32): usize {
  checkPort(port, sizeof<T>());
  portWrite(port, sizeof<T>(), <u32>Registers.read<T>(RAX));
  return p + UOP_SIZE;
}
