/**
 * The interrupt descriptor table: every vector leads to its stub in interrupts.S. One table serves all CPUs.
 * Source: Intel SDM 3A 6.10 and 6.14.
 */
import { loadIdt } from './cpu';
import { KERNEL_CODE } from './gdt';
import { interruptStubs } from './image';

export const VECTOR_DEBUG: u32 = 1;
export const VECTOR_NMI: u32 = 2;
export const VECTOR_BREAKPOINT: u32 = 3;
export const VECTOR_OVERFLOW: u32 = 4;
export const VECTOR_DOUBLE_FAULT: u32 = 8;
export const VECTOR_PAGE_FAULT: u32 = 14;
export const VECTOR_MACHINE_CHECK: u32 = 18;
export const VECTOR_IRQ_BASE: u32 = 32;
export const VECTOR_INT80: u32 = 0x80;

/** Interrupt stacks (emergency-stacks.ts). */
export const IST_DOUBLE_FAULT: u32 = 1;
export const IST_NMI: u32 = 2;
export const IST_MACHINE_CHECK: u32 = 3;

const GATE_KERNEL: u64 = 0x8e;
const GATE_USER: u64 = 0xee;
const STUB_SIZE: u64 = 16;

const idt = memory.data(4096, 4096);

export function idtInit(): void {
  for (let vector: u32 = 0; vector < 256; vector++) {
    const user = vector == VECTOR_INT80 || vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW;
    setGate(vector, user ? GATE_USER : GATE_KERNEL, 0);
  }
  loadIdt(idt, 4095);
}

/** Once the emergency stacks are mapped. */
export function idtUseEmergencyStacks(): void {
  setGate(VECTOR_DOUBLE_FAULT, GATE_KERNEL, IST_DOUBLE_FAULT);
  setGate(VECTOR_NMI, GATE_KERNEL, IST_NMI);
  setGate(VECTOR_MACHINE_CHECK, GATE_KERNEL, IST_MACHINE_CHECK);
}

function setGate(vector: u32, type: u64, ist: u32): void {
  const handler = <u64>interruptStubs() + <u64>vector * STUB_SIZE;
  const low =
    (handler & 0xffff) |
    (KERNEL_CODE << 16) |
    ((<u64>ist) << 32) |
    (type << 40) |
    (((handler >> 16) & 0xffff) << 48);
  store<u64>(idt + <usize>vector * 16, low);
  store<u64>(idt + <usize>vector * 16, handler >> 32, 8);
}
