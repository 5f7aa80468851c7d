import { beforeAll, describe, expect, it } from 'vitest';
import { CODE, Guest, STACK_TOP } from './testing/guest.ts';

let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

describe('modes', () => {
  it('runs 32-bit code in compatibility mode and comes back', () => {
    // push 18; lea rax,[c]; push rax; retfq; c: mov eax,12345678; add ax,1; jmp 8:l; l: mov rbx,rax
    guest.runLong('6a18 488d0503000000 50 48cb b878563412 6683c001 ea1c0001000800 4889c3 f4');
    expect(guest.register('rbx')).toBe(0x12345679n);
    expect(guest.register('cs')).toBe(8n);
  });

  it('keeps a limit loaded in protected mode after going back to real mode', () => {
    // cli; lgdt; PE on; jmp +0; mov ax,10; mov ds,ax; PE off; mov eax,[dword 100000]
    guest.prepare();
    guest.startReal('');
    guest.prepare();
    guest.view.setUint32(0x100000, 0xcafe1234, true);
    guest.write(
      0x1000,
      'fa 0f0116f007 0f20c0 0c01 0f22c0 eb00 b81000 8ed8 0f20c0 24fe 0f22c0 eb00 31c0 8ed8 6766a100001000 f4',
    );
    guest.finish();
    expect(guest.register('rax')).toBe(0xcafe1234n);
  });

  it('checks segment limits in protected mode', () => {
    // data segment with a limit of FFFF: lgdt entry 7 is 16-bit code; build one in entry 4
    guest.startProtected('66b83300 90 a1feff0000 f4'.replace('66b83300 90', '66b82000 8ed8'));
    guest.view.setBigUint64(0x800 + 4 * 8, 0x004092000000ffffn, true);
    guest.finish();
    expect(guest.vector).toBe(13);
    expect(guest.view.getUint32(Number(guest.register('rsp')), true)).toBe(0);
  });

  it('enters virtual-8086 mode by IRET and leaves it by an exception', () => {
    guest.startProtected('6a00 6a00 6a00 6a00 6800010000 6800100000 6802300200 6800110000 6a00 cf');
    // mov ax,1234; mov bx,cs; hlt at 1100:0
    guest.write(0x11000, 'b83412 8ccb f4');
    guest.finish();
    expect(guest.vector).toBe(13);
    expect(guest.register('rax') & 0xffffn).toBe(0x1234n);
    expect(guest.register('rbx') & 0xffffn).toBe(0x1100n);
    // Error code, EIP, CS, EFLAGS with VM on the level-0 stack.
    const sp = Number(guest.register('rsp'));
    expect(sp).toBe(STACK_TOP - 0x800 - 10 * 4);
    expect(guest.view.getUint32(sp + 4, true)).toBe(5);
    expect(guest.view.getUint32(sp + 12, true) & 0x20000).toBe(0x20000);
  });

  it('goes to level 3 and back by SYSCALL', () => {
    guest.runLong(`b9810000c0 ba08002300 31c0 0f30 ffc1 488d052c000000 31d2 0f30 b9840000c0 b800020000 0f30
      6a33 6800680000 6802020000 6a2b 488d0503000000 50 48cf 0f05 0f0b 9c 5b f4`);
    expect(guest.vector).toBe(0xff);
    expect(guest.register('cs')).toBe(8n);
    // FMASK cleared IF; R11 kept it.
    expect(guest.register('rbx') & 0x200n).toBe(0n);
    expect(guest.register('r11') & 0x200n).toBe(0x200n);
  });

  it('raises #GP for a privileged instruction at level 3', () => {
    guest.runLong('6a33 6800680000 6a02 6a2b 488d0503000000 50 48cf f4');
    expect(guest.vector).toBe(13);
    expect(guest.register('rip')).not.toBe(BigInt(CODE));
  });
});

describe('the limit of CS', () => {
  /** Code at 0100:`offset`, #GP to a HLT; the pushed IP, or null when there was no #GP. */
  function runAt(offset: number, code: string, cx: number): number | null {
    guest.startReal(`b9${(cx & 0xff).toString(16).padStart(2, '0')}00 e9${jump(6, offset)}`);
    guest.write(0x1000 + offset, code);
    guest.write(0x6000, 'f4');
    guest.view.setUint32(13 * 4, 0x6000, true);
    guest.finish();
    const faulted = guest.register('rip') === 0x6001n && guest.register('cs') === 0n;
    return faulted ? guest.view.getUint16(Number(guest.register('rsp')), true) : null;
  }
  const jump = (from: number, to: number): string => {
    const relative = (to - from) & 0xffff;
    return [relative & 0xff, relative >> 8].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  };

  it.each([
    ['JMP', '66e900000100 f4', 2, true],
    ['CALL', '66e800000100 f4', 2, true],
    ['a taken Jcc', '39c0 660f8400000100 f4', 2, true],
    ['a Jcc that is not taken', '39c0 660f8500000100 f4', 2, false],
    ['JMP that wraps with 16 bits', 'e90010 f4', 2, false],
  ] as const)('is checked by %s, whose own fault it is', (_name, code, cx, faults) => {
    const ip = runAt(0x200, code, cx);
    expect(ip).toBe(faults ? (code.startsWith('39') ? 0x202 : 0x200) : null);
  });

  it('leaves CX alone when LOOP faults, and counts when it falls through', () => {
    expect(runAt(0xffe0, '66e27f f4', 2)).toBe(0xffe0);
    expect(guest.register('rcx') & 0xffffn).toBe(2n);
    expect(runAt(0xffe0, '66e27f f4', 1)).toBe(null);
    expect(guest.register('rcx') & 0xffffn).toBe(0n);
    expect(runAt(0xffe0, '66e37f f4', 1)).toBe(null);
    expect(runAt(0xffe0, '66e37f f4', 0)).toBe(0xffe0);
  });

  it('is that of the segment at hand, though the same code ran under a larger one', () => {
    // mov edx,0; again: add edx,1; cmp edx,2; jae done; jmp 38:again; done: hlt. Limit of 38: behind the ADD.
    guest.startProtected('ba00000000 83c201 83fa02 7307 ea05000100 3800 f4');
    guest.view.setBigUint64(0x800 + 7 * 8, 0x00419a0000000007n, true);
    guest.finish();
    expect(guest.vector).toBe(13);
    expect(guest.register('rdx')).toBe(2n);
    expect(guest.view.getUint32(Number(guest.register('rsp')) + 4, true)).toBe(CODE + 8);
  });
});

describe('fast system calls', () => {
  it('SYSCALL and SYSRET are #UD outside 64-bit mode', () => {
    // As the first test: to compatibility mode, then the instruction.
    for (const code of ['0f05', '0f07']) {
      guest.runLong(`6a18 488d0503000000 50 48cb ${code} f4`);
      expect(guest.vector).toBe(6);
    }
  });

  it('SYSEXIT refuses addresses that are not canonical', () => {
    // SYSENTER_CS = 8; rdx, rcx; sysexit
    for (const [rdx, rcx] of [
      ['0000000000800000', '0000000000000000'],
      ['0000000000000000', '0000000000800000'],
    ] as const) {
      guest.runLong(`b974010000 b808000000 31d2 0f30 48ba${rdx} 48b9${rcx} 480f35 f4`);
      expect(guest.vector).toBe(13);
      expect(guest.register('cs')).toBe(8n);
    }
  });
});

describe('PAE paging', () => {
  it('refuses reserved bits in the entries that CR3 loads', () => {
    // CR4.PAE; CR3 = 80000; CR0.PG
    const code = '0f20e0 0c20 0f22e0 b800000800 0f22d8 0f20c0 0d00000080 0f22c0 f4';
    for (const [entry, vector] of [
      [0x81001n, 0xff],
      [0x81003n, 13],
    ] as const) {
      guest.startProtected(code);
      for (let i = 0; i < 4; i++) guest.view.setBigUint64(0x80000 + i * 8, entry, true);
      for (let i = 0; i < 512; i++) guest.view.setBigUint64(0x81000 + i * 8, BigInt(i << 21) | 0x83n, true);
      guest.finish();
      expect(guest.vector).toBe(vector);
    }
  });

  it.each([
    ['bit 52 of a page-directory entry', 0x81000, 52n],
    ['bit 62 of a page-directory entry', 0x81000, 62n],
    ['bit 55 of a page-table entry', 0x82000, 55n],
  ])('reserves %s, which IA-32e mode leaves to the system', (_what, table, bit) => {
    // The second 2 MiB lead to the same page table as the first: mov eax,[200000]
    const code = '0f20e0 0c20 0f22e0 b800000800 0f22d8 0f20c0 0d00000080 0f22c0 a100002000 f4';
    for (const reserved of [0n, 1n << bit]) {
      guest.startProtected(code);
      for (let i = 0; i < 4; i++) guest.view.setBigUint64(0x80000 + i * 8, 0x81001n, true);
      guest.view.setBigUint64(0x81000, 0x83n, true);
      guest.view.setBigUint64(0x81008, 0x82003n | (table === 0x81000 ? reserved : 0n), true);
      guest.view.setBigUint64(0x82000, 3n | (table === 0x82000 ? reserved : 0n), true);
      guest.finish();
      expect(guest.vector).toBe(reserved === 0n ? 0xff : 14);
      if (reserved !== 0n) expect(guest.register('cr2')).toBe(0x200000n);
    }
  });
});
