/** Virtual-8086 mode and its extensions (SDM vol. 3, chapter 20): flags, INT n, ports. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Guest } from './testing/guest.ts';

const TASK = 0x11000;
const TSS = 0x1800;
const VIF = 0x80000;
const VIP = 0x100000;
const IOPL3 = 0x3000;
const VM = 0x20002;
/** mov eax,cr4; or al,1; mov cr4,eax */
const VME = '0f20e0 0c01 0f22e0';
/** The frame that the level-0 handler finds: error code, EIP, CS, EFLAGS. */
const GP_FRAME = { eip: 4, flags: 12 };
let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

function le32(value: number): string {
  return [0, 8, 16, 24].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, '0')).join('');
}

/** Runs 16-bit code at 1100:0 with EFLAGS `flags` and the stack at 1000:0100; HLT in it ends in vector 13. */
function runTask(code: string, flags: number, setUp = VME): void {
  guest.startProtected(
    `${setUp} 6a00 6a00 6a00 6a00 6800100000 6800010000 68${le32(flags | VM)} 6800110000 6a00 cf`,
  );
  guest.write(TASK, code);
  // The TSS's limit is 67h: move its I/O map, and the 32 bytes of redirection below, inside a larger one.
  guest.view.setUint16(0x800 + 8 * 8, 0x2067, true);
  guest.view.setUint16(TSS + 102, 0x88, true);
  for (let i = 0; i < 0x2000; i++) guest.view.setUint8(TSS + 0x68 + i, 0);
  guest.finish();
}

function pushed(field: keyof typeof GP_FRAME): number {
  return guest.view.getUint32(Number(guest.register('rsp')) + GP_FRAME[field], true);
}

const top = (): number => guest.view.getUint16(0x10000 + 0xfe, true);

describe('without the extensions', () => {
  it.each(['fa', 'fb', '9c', '9d', 'cf', 'cd21'])('%s needs IOPL 3', (code) => {
    runTask(`${code} f4`, 0, '');
    expect(guest.vector).toBe(13);
    expect(pushed('eip')).toBe(0);
    runTask(code === 'cd21' ? 'f4' : `${code} f4`, IOPL3, '');
    expect(guest.vector).toBe(13);
    if (code === 'fa' || code === '9c') expect(pushed('eip')).toBe(1);
  });

  it('sends INT n to level 0 with IOPL 3', () => {
    runTask('cd21 f4', IOPL3, '');
    expect(guest.vector).toBe(0x21);
  });
});

describe('virtual interrupt flag', () => {
  it('is what CLI and STI change', () => {
    runTask('fb f4', 0);
    expect(pushed('flags') & (VIF | 0x200)).toBe(VIF);
    runTask('fa f4', VIF);
    expect(pushed('flags') & (VIF | 0x200)).toBe(0);
  });

  it('raises #GP at STI while an interrupt is pending', () => {
    runTask('fb f4', VIP);
    expect(pushed('eip')).toBe(0);
    runTask('fa f4', VIP);
    expect(pushed('eip')).toBe(1);
  });

  it('is shown by PUSHF as IF, with IOPL 3', () => {
    runTask('9c f4', VIF);
    expect(top() & 0x3200).toBe(0x3200);
    runTask('9c f4', 0x200);
    expect(top() & 0x3200).toBe(0x3000);
  });

  it('is loaded by POPF and IRET', () => {
    // push 200; popf / push 200; push cs; push 8; iret (to 1100:0008)
    runTask('680002 9d f4', 0);
    expect(pushed('flags') & (VIF | 0x200 | IOPL3)).toBe(VIF);
    runTask('680002 0e 6a08 cf 90 f4', 0);
    expect(pushed('flags') & VIF).toBe(VIF);
    expect(pushed('eip')).toBe(8);
  });

  it('refuses TF, and IF while an interrupt is pending, in POPF', () => {
    runTask('680001 9d f4', 0);
    expect(pushed('eip')).toBe(3);
    runTask('680002 9d f4', VIP);
    expect(pushed('eip')).toBe(3);
  });

  it('knows 16-bit operands only', () => {
    runTask('669c f4', 0);
    expect(pushed('eip')).toBe(0);
  });

  it('works in protected mode at level 3 with CR4.PVI', () => {
    // CR4.PVI; iret to 53:entry with the flags of the case; sti / cli; hlt
    const run = (flags: number, code: string): void => {
      guest.startProtected(`0f20e0 0c02 0f22e0 6a33 6800680000 68${le32(flags)} 6a53 6800020100 cf`);
      guest.write(0x10200, code);
      guest.finish();
    };
    run(2, 'fb f4');
    expect(pushed('flags') & (VIF | 0x200)).toBe(VIF);
    expect(pushed('eip')).toBe(0x10201);
    run(VIP | 2, 'fb f4');
    expect(pushed('eip')).toBe(0x10200);
  });
});

describe('INT n with a redirection bitmap', () => {
  /** The task's own vector 21h: 1100:0020. */
  function withVector(code: string, flags: number, bit: boolean): void {
    guest.startProtected(
      `${VME} 6a00 6a00 6a00 6a00 6800100000 6800010000 68${le32(flags | VM)} 6800110000 6a00 cf`,
    );
    guest.write(TASK, code);
    guest.write(TASK + 0x20, '9c58 f4');
    guest.view.setUint32(0x21 * 4, 0x11000020, true);
    guest.view.setUint16(0x800 + 8 * 8, 0x2067, true);
    guest.view.setUint16(TSS + 102, 0x88, true);
    for (let i = 0; i < 0x100; i++) guest.view.setUint8(TSS + 0x68 + i, 0);
    if (bit) guest.view.setUint8(TSS + 0x68 + 4, 2);
    guest.finish();
  }

  it('goes to the task itself where the bit is clear', () => {
    withVector('fb cd21 f4', 0, false);
    expect(guest.vector).toBe(13);
    expect(pushed('eip')).toBe(0x22);
    // The handler runs with VIF clear; the image on the stack has it as IF.
    expect(pushed('flags') & VIF).toBe(0);
    expect(guest.view.getUint16(0x10000 + 0xfe, true) & 0x3200).toBe(0x3200);
    expect(guest.view.getUint16(0x10000 + 0xfa, true)).toBe(3);
  });

  it('is #GP where it is set, and goes to level 0 with IOPL 3', () => {
    withVector('cd21 f4', 0, true);
    expect(guest.vector).toBe(13);
    expect(pushed('eip')).toBe(0);
    withVector('cd21 f4', IOPL3, true);
    expect(guest.vector).toBe(0x21);
  });
});

describe('ports', () => {
  it('go by the bitmap whatever IOPL is', () => {
    runTask('e460 f4', IOPL3);
    expect(pushed('eip')).toBe(2);
    guest.startProtected(
      `6a00 6a00 6a00 6a00 6800100000 6800010000 68${le32(IOPL3 | VM)} 6800110000 6a00 cf`,
    );
    guest.write(TASK, 'e460 f4');
    // As prepared, the bitmap lies beyond the limit.
    guest.finish();
    expect(pushed('eip')).toBe(0);
  });
});
