/** What of the local APIC the processor itself shows: CR8, IA32_APIC_BASE, IA32_TSC_DEADLINE, CPUID. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Guest } from './testing/guest.ts';

const GENERAL_PROTECTION = 13;
const NO_EXCEPTION = 0xff;
const APIC_BIT = 1n << 9n;
const DEADLINE_BIT = 1n << 24n;

let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

describe('local APIC seen from the processor', () => {
  let bases: bigint[];
  let deadline: bigint;
  let now: bigint;

  beforeEach(() => {
    bases = [];
    deadline = 0n;
    now = 0n;
    Object.assign(guest.host, {
      setApicBase: (value: bigint) => bases.push(value),
      timestampDeadline: () => deadline,
      setTimestampDeadline: (value: bigint) => {
        deadline = value;
      },
      timestampCounter: () => now,
    });
  });

  it('CR8 is the task priority of the board; more than four bits are #GP', () => {
    // mov eax,5; mov cr8,rax; mov rbx,cr8; hlt
    guest.runLong('b805000000 440f22c0 440f20c3 f4');
    expect(guest.register('rbx')).toBe(5n);
    expect(guest.host.taskPriority()).toBe(5);
    guest.runLong('b810000000 440f22c0 f4');
    expect(guest.vector).toBe(GENERAL_PROTECTION);
  });

  it('IA32_APIC_BASE is FEE00900 after reset; the board hears of changes; reserved bits are #GP', () => {
    // mov ecx,0x1b; rdmsr; hlt
    guest.runLong('b91b000000 0f32 f4');
    expect([guest.register('rdx'), guest.register('rax')]).toEqual([0n, 0xfee00900n]);
    // mov ecx,0x1b; mov edx,0x12; mov eax,0xfee01900; wrmsr; hlt
    guest.runLong('b91b000000 ba12000000 b80019e0fe 0f30 f4');
    expect([guest.vector, bases]).toEqual([NO_EXCEPTION, [0x12_fee01900n]]);
    for (const low of ['000de0fe', '0109e0fe', '000be0fe']) {
      guest.runLong(`b91b000000 31d2 b8${low} 0f30 f4`);
      expect(guest.vector).toBe(GENERAL_PROTECTION);
    }
    // Bit 40 of an address of 40 bits.
    guest.runLong('b91b000000 ba00010000 b80009e0fe 0f30 f4');
    expect(guest.vector).toBe(GENERAL_PROTECTION);
  });

  it('CPUID shows it while it is enabled', () => {
    guest.runLong('b801000000 0fa2 f4');
    expect(guest.register('rdx') & APIC_BIT).toBe(APIC_BIT);
    expect(guest.register('rcx') & DEADLINE_BIT).toBe(DEADLINE_BIT);
    // Bit 11 off, then CPUID.
    guest.runLong('b91b000000 31d2 b80001e0fe 0f30 b801000000 0fa2 f4');
    expect(guest.register('rdx') & APIC_BIT).toBe(0n);
  });

  it("IA32_TSC_DEADLINE is in the guest's counts, also after it has set its counter", () => {
    now = 1000n;
    // TSC := 500 (offset -500); deadline := 700; read it back; hlt
    const setCounter = 'b910000000 31d2 b8f4010000 0f30';
    const setDeadline = 'b9e0060000 31d2 b8bc020000 0f30';
    const readDeadline = 'b9e0060000 0f32';
    guest.runLong(`${setCounter} ${setDeadline} ${readDeadline} f4`);
    expect(deadline).toBe(1200n);
    expect(guest.register('rax')).toBe(700n);
    // The counter set after the deadline: the deadline stays at the guest's 700.
    guest.runLong(`${setDeadline} ${setCounter} ${readDeadline} f4`);
    expect(deadline).toBe(1200n);
    expect(guest.register('rax')).toBe(700n);
    // 0 disarms, whatever the offset.
    guest.runLong(`${setCounter} b9e0060000 31d2 31c0 0f30 ${readDeadline} f4`);
    expect(deadline).toBe(0n);
    expect(guest.register('rax')).toBe(0n);
  });
});
