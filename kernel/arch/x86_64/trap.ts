/**
 * Where every interrupt, exception and system call arrives in TypeScript (called by interrupts.S with interrupts off).
 */
import { panicAt } from '../../lib/panic';
import { irqDispatch } from './irq';
import { VECTOR_IRQ_BASE } from './idt';
import { thisCpu } from './percpu';
import { TrapFrame, fromUser } from './trap-frame';

export function trapEntry(address: usize): void {
  const frame = changetype<TrapFrame>(address);
  const vector = <u32>frame.vector;
  if (vector >= VECTOR_IRQ_BASE && vector < VECTOR_IRQ_BASE + 16) {
    thisCpu().interruptedUser = fromUser(frame) ? 1 : 0;
    irqDispatch(vector - VECTOR_IRQ_BASE);
    return;
  }
  panicAt(exceptionName(vector), frame);
}

/** Runs before each return to user code, interrupts off. */
export function beforeUserReturn(address: usize): void {
  panicAt('no user code yet', changetype<TrapFrame>(address));
}

const NAMES: StaticArray<string> = [
  'divide error',
  'debug exception',
  'non-maskable interrupt',
  'breakpoint',
  'overflow',
  'bound range exceeded',
  'invalid opcode',
  'device not available',
  'double fault',
  'coprocessor segment overrun',
  'invalid TSS',
  'segment not present',
  'stack fault',
  'general protection fault',
  'page fault',
  'reserved exception',
  'x87 floating-point error',
  'alignment check',
  'machine check',
  'SIMD floating-point error',
  'virtualisation exception',
  'control protection exception',
];

export function exceptionName(vector: u32): string {
  return vector < <u32>NAMES.length ? NAMES[vector] : 'unexpected interrupt';
}
