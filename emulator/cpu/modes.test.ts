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
