import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CODE, Guest } from './testing/guest.ts';

let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});
beforeEach(() => {
  guest.vcpu.setInterruptLine(false);
  guest.host.acknowledgeInterrupt = () => {
    guest.vcpu.setInterruptLine(false);
    return 0x20;
  };
});

function pushedRip(withError = false): number {
  const sp = Number(guest.register('rsp'));
  return Number(guest.view.getBigUint64(sp + (withError ? 8 : 0), true));
}

describe('interrupts', () => {
  it('sleep in HLT until the line rises', () => {
    guest.startLong('fb f4 f4');
    expect(guest.finish()).toBe('halted');
    expect(guest.vcpu.run(100)).toBe('halted');
    guest.vcpu.setInterruptLine(true);
    guest.finish();
    expect(guest.vector).toBe(0x20);
    expect(pushedRip()).toBe(CODE + 2);
  });

  it('wait for the instruction after STI', () => {
    guest.startLong('31c0 fb ffc0 ffc0 ffc0 f4');
    guest.vcpu.setInterruptLine(true);
    guest.finish();
    expect(guest.vector).toBe(0x20);
    expect(guest.register('rax')).toBe(1n);
  });

  it('come right after a POPF that lets them in', () => {
    // xor eax,eax; push 200; popf; inc eax
    guest.startLong('31c0 6800020000 9d ffc0 ffc0 f4');
    guest.vcpu.setInterruptLine(true);
    guest.finish();
    expect(guest.vector).toBe(0x20);
    expect(guest.register('rax')).toBe(0n);
  });

  it.each([
    ['STI', 'fb'],
    ['POPF', '6800020000 9d'],
  ])('come after %s as soon as a device raises the line', (_what, allow) => {
    // ...; in al,80; xor eax,eax; loop: inc eax; jmp loop
    guest.startLong(`${allow} e480 31c0 ffc0 ebfc`);
    guest.host.portRead = () => {
      guest.vcpu.setInterruptLine(true);
      return 0;
    };
    guest.finish();
    expect(guest.vector).toBe(0x20);
    expect(guest.register('rax')).toBeLessThan(64n);
  });

  it('stay out after a POPF that shuts them out', () => {
    // sti; push 0; popf; in al,80; inc eax; hlt
    guest.startLong('fb 6a00 9d e480 ffc0 f4');
    guest.host.portRead = () => {
      guest.vcpu.setInterruptLine(true);
      return 0;
    };
    guest.finish();
    expect(guest.vector).toBe(0xff);
  });

  it('single-steps the instruction after a POPF that sets TF', () => {
    // xor eax,eax; push 100; popf; inc eax; inc eax
    guest.startLong('31c0 6800010000 9d ffc0 ffc0 f4');
    guest.finish();
    expect(guest.vector).toBe(1);
    expect(guest.register('rax')).toBe(1n);
  });

  it('stay out while IF is clear', () => {
    guest.startLong('31c0 ffc0 ffc0 f4');
    guest.vcpu.setInterruptLine(true);
    guest.finish();
    expect(guest.vector).toBe(0xff);
    expect(guest.register('rax')).toBe(2n);
  });

  it('single-steps with a budget of one', () => {
    guest.startLong('ffc0 ffc0 ffc0 ebf8');
    while (guest.register('rip') !== BigInt(CODE)) guest.vcpu.run(1);
    const before = guest.register('rax');
    guest.vcpu.run(1);
    expect(guest.register('rax')).toBe((before + 1n) & 0xffffffffn);
    expect(guest.register('rip')).toBe(BigInt(CODE + 2));
  });

  it('end a loop promptly', () => {
    // sti; loop: inc eax; jmp loop
    guest.startLong('fb ffc0 ebfc');
    expect(guest.vcpu.run(1000)).toBe('budget');
    const before = guest.register('rax');
    guest.vcpu.setInterruptLine(true);
    guest.finish();
    expect(guest.vector).toBe(0x20);
    expect(guest.register('rax') - before).toBeLessThan(70n);
  });

  it('reach an NMI handler with IF clear, and block the next one until IRET', () => {
    guest.startLong('ffc0 ebfc');
    guest.vcpu.run(100);
    guest.vcpu.raiseNmi();
    guest.finish();
    expect(guest.vector).toBe(2);
    guest.vcpu.raiseNmi();
    expect(guest.vcpu.run(100)).toBe('halted');
  });
});

describe('exceptions', () => {
  it('name an opcode that is not implemented once, with its address and bytes', () => {
    const lines = (): readonly string[] => guest.log.filter((line) => line.includes('not implemented'));
    const before = lines().length;
    for (let round = 0; round < 2; round++) {
      guest.runLong('90 0f24c0 f4');
      expect(guest.vector).toBe(6);
      expect(pushedRip()).toBe(CODE + 1);
    }
    expect(lines().slice(before)).toEqual([
      expect.stringMatching(
        new RegExp(`linear address 0x${(CODE + 1).toString(16)}, bytes 0f 24 c0 f4( [0-9a-f]{2}){4}: #UD`),
      ),
    ]);
  });

  it('deliver INT n with RIP behind it', () => {
    guest.runLong('cd21 f4');
    expect(guest.vector).toBe(0x21);
    expect(pushedRip()).toBe(CODE + 2);
  });

  it('single-step', () => {
    // pushf; or dword [rsp],100; popf; nop; nop
    guest.runLong('9c 810c2400010000 9d 90 90 f4');
    expect(guest.vector).toBe(1);
    expect(pushedRip()).toBe(CODE + 10);
  });

  it('turn a fault in delivering a fault into a double fault', () => {
    // ud2 with the #UD gate not present: #NP in delivery; contributory after benign is served alone.
    guest.startLong('0f0b');
    guest.view.setUint32(0x5000 + 6 * 16 + 4, 0x6e00, true);
    guest.finish();
    expect(guest.vector).toBe(11);
    // #GP (contributory) whose gate is not present (#NP): double fault.
    guest.startLong('48b8000000000080 0000 488b18 f4');
    guest.view.setUint32(0x5000 + 13 * 16 + 4, 0x6e00, true);
    guest.finish();
    expect(guest.vector).toBe(8);
  });

  it('end in a triple fault when the double fault cannot be delivered', () => {
    guest.startLong('48b8000000000080 0000 488b18 f4');
    guest.view.setUint32(0x5000 + 13 * 16 + 4, 0x6e00, true);
    guest.view.setUint32(0x5000 + 8 * 16 + 4, 0x6e00, true);
    expect(guest.finish()).toBe('triple-fault');
    expect(guest.vector).toBe(0xff);
  });

  it('name an unimplemented opcode once', () => {
    guest.log.length = 0;
    // vzeroupper is VEX: LDS with a register operand otherwise
    guest.runLong('0f04 f4');
    expect(guest.vector).toBe(6);
    guest.runLong('0f04 f4');
    expect(guest.log.filter((line) => line.includes('not implemented'))).toHaveLength(1);
    expect(guest.log.join()).toContain('0f 04');
  });

  it('reject LOCK where it is not allowed', () => {
    guest.runLong('f089c0 f4');
    expect(guest.vector).toBe(6);
    guest.runLong('f083042500100100 01 f4'.replace(/ /g, ''));
    expect(guest.vector).toBe(0xff);
  });
});

describe('a handler that faults before its first instruction', () => {
  /** A gate for #PF whose handler lies in no page; by IST 1, so that its stack never runs out. */
  const IDT_PAGE_FAULT = 0x5000 + 14 * 16;
  const TSS_IST1 = 0x1800 + 36;

  it('uses the budget up, and leaves the processor to others', async () => {
    const endless = await Guest.create();
    // jmp [nowhere]: FF E0 with RAX = 40000000
    endless.startLong('b800000040 ffe0');
    endless.view.setBigUint64(TSS_IST1, 0x7000n, true);
    endless.view.setBigUint64(IDT_PAGE_FAULT, 0x40008e0100080000n, true);
    endless.view.setBigUint64(IDT_PAGE_FAULT + 8, 0n, true);
    for (let i = 0; i < 3; i++) expect(endless.vcpu.run(5000)).toBe('budget');
    expect(endless.register('cr2')).toBe(0x40000000n);
    // It ends as soon as there is a handler.
    endless.view.setBigUint64(IDT_PAGE_FAULT, 0x00008e0100086000n + 14n * 16n, true);
    endless.finish();
    expect(endless.vector).toBe(14);
  });
});
