/** Control transfer. Rows: table/control.ts. */
import {
  COUNTDOWN,
  FLAG_SYSTEM,
  MODE,
  PAGE_BASE,
  REGS,
  RIP,
  UOP_ADDRESS_SIZE,
  UOP_COUNT,
  UOP_IMMEDIATE,
  UOP_OPERAND_SIZE,
  UOP_SIZE,
  UOP_TARGET,
} from '../../layout';
import { Address, addressPlus, maskAddress } from '../address';
import { BP_VECTOR, BR_VECTOR, CS, DB_VECTOR, GP_VECTOR, OF_VECTOR, RCX, RSP, VM } from '../bits';
import { branchLinear, branchTo, leave, leaveNext, returnTo } from '../events';
import { nextRip, raise } from '../exceptions';
import { farCall, farJump, farReturn, interruptReturn } from '../far';
import { Flags } from '../flags';
import { softwareInterrupt } from '../interrupts';
import { Memory } from '../memory';
import { MODE_LONG } from '../mode-bits';
import { readRm } from '../operands';
import { Registers } from '../registers';
import { segment } from '../segments';
import { peek, probePush, push, setStackPointer } from '../stack';
import { virtualInterrupt } from '../virtual-interrupts';

function isReachable(rip: u64): bool {
  if (load<u32>(MODE) & MODE_LONG) return <u64>(((<i64>rip) << 16) >> 16) == rip;
  return rip <= <u64>load<u32>(segment(CS), 16);
}

function checkLimit(rip: u64): void {
  if (!isReachable(rip)) raise(GP_VECTOR, 0);
}

/** Takes a relative jump. */
function jump(p: usize): usize {
  store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) - <i32>load<u8>(p, UOP_COUNT));
  return branchLinear(p, load<u64>(PAGE_BASE) + <u64>(<i64>load<i32>(p, UOP_TARGET)));
}

export function callJ<T>(p: usize): usize {
  push<T>(p, <T>nextRip(p));
  return jump(p);
}

export function callE<T>(p: usize): usize {
  const target = <u64>readRm<T>(p);
  // A fault of the stack comes before one of the target, which leaves the stack untouched.
  if (!isReachable(target)) {
    probePush<T>();
    raise(GP_VECTOR, 0);
  }
  push<T>(p, <T>nextRip(p));
  return branchTo(p, target);
}

export function jmpE<T>(p: usize): usize {
  const target = <u64>readRm<T>(p);
  checkLimit(target);
  return branchTo(p, target);
}

export function ret<T>(p: usize): usize {
  const target = <u64>peek<T>(p, 0);
  checkLimit(target);
  setStackPointer(load<u64>(REGS + RSP) + sizeof<T>());
  return returnTo(p, target);
}

export function retI<T>(p: usize): usize {
  const target = <u64>peek<T>(p, 0);
  checkLimit(target);
  setStackPointer(load<u64>(REGS + RSP) + sizeof<T>() + load<u16>(p, UOP_IMMEDIATE));
  return returnTo(p, target);
}

/** The counter of LOOP and JCXZ has the address size. */
function counter(p: usize): u64 {
  return maskAddress(load<u64>(REGS + RCX), load<u8>(p, UOP_ADDRESS_SIZE));
}

function countDown(p: usize): bool {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  if (size == 2) store<u64>(REGS + RCX, load<u64>(REGS + RCX) - 1);
  else if (size == 1) store<u64>(REGS + RCX, (load<u64>(REGS + RCX) - 1) & 0xffffffff);
  else store<u16>(REGS + RCX, load<u16>(REGS + RCX) - 1);
  return counter(p) != 0;
}

function jumpIf(p: usize, taken: bool): usize {
  return taken ? jump(p) : leaveNext(p);
}

export function loop(p: usize): usize {
  return jumpIf(p, countDown(p));
}
export function loope(p: usize): usize {
  const more = countDown(p);
  return jumpIf(p, more && Flags.zf() != 0);
}
export function loopne(p: usize): usize {
  const more = countDown(p);
  return jumpIf(p, more && Flags.zf() == 0);
}
export function jcxz(p: usize): usize {
  return jumpIf(p, counter(p) == 0);
}

export function callFar(p: usize): usize {
  farCall(load<u32>(p, UOP_TARGET), load<u32>(p, UOP_IMMEDIATE), nextRip(p), load<u8>(p, UOP_OPERAND_SIZE));
  return leave(p, load<u64>(RIP));
}
export function jmpFar(p: usize): usize {
  farJump(load<u32>(p, UOP_TARGET), load<u32>(p, UOP_IMMEDIATE), nextRip(p));
  return leave(p, load<u64>(RIP));
}
export function callFarM<T>(p: usize): usize {
  const offset = <u64>Memory.read<T>(p, Address.of(p));
  const selector = Memory.read<u16>(p, addressPlus(p, sizeof<T>(), 2));
  farCall(selector, offset, nextRip(p), load<u8>(p, UOP_OPERAND_SIZE));
  return leave(p, load<u64>(RIP));
}
export function jmpFarM<T>(p: usize): usize {
  const offset = <u64>Memory.read<T>(p, Address.of(p));
  farJump(Memory.read<u16>(p, addressPlus(p, sizeof<T>(), 2)), offset, nextRip(p));
  return leave(p, load<u64>(RIP));
}

export function retFar(p: usize): usize {
  farReturn(load<u8>(p, UOP_OPERAND_SIZE), 0);
  return leave(p, load<u64>(RIP));
}
export function retFarI(p: usize): usize {
  farReturn(load<u8>(p, UOP_OPERAND_SIZE), load<u16>(p, UOP_IMMEDIATE));
  return leave(p, load<u64>(RIP));
}
export function iret(p: usize): usize {
  interruptReturn(load<u8>(p, UOP_OPERAND_SIZE), nextRip(p));
  return leave(p, load<u64>(RIP));
}

function interrupt(p: usize, vector: u32, checked: bool): usize {
  softwareInterrupt(vector, nextRip(p), checked);
  return leave(p, load<u64>(RIP));
}

export function int3(p: usize): usize {
  return interrupt(p, BP_VECTOR, true);
}
export function int1(p: usize): usize {
  return interrupt(p, DB_VECTOR, false);
}
export function into(p: usize): usize {
  return Flags.of() ? interrupt(p, OF_VECTOR, true) : leaveNext(p);
}
export function intI(p: usize): usize {
  const vector = load<u8>(p, UOP_IMMEDIATE);
  if ((load<u32>(FLAG_SYSTEM) & VM) != 0 && virtualInterrupt(p, vector, nextRip(p))) {
    return leave(p, load<u64>(RIP));
  }
  return interrupt(p, vector, true);
}

export function bound<T>(p: usize): usize {
  const shift = 64 - sizeof<T>() * 8;
  const lower = ((<i64>Memory.read<T>(p, Address.of(p))) << shift) >> shift;
  const upper = ((<i64>Memory.read<T>(p, addressPlus(p, sizeof<T>(), sizeof<T>()))) << shift) >> shift;
  const index = ((<i64>Registers.reg<T>(p)) << shift) >> shift;
  if (index < lower || index > upper) raise(BR_VECTOR, 0);
  return p + UOP_SIZE;
}
