import { beforeAll, describe, expect, it } from 'vitest';
import { CODE, Guest } from './testing/guest.ts';

let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

describe('self-modifying code', () => {
  it('sees a change of the very next instruction', () => {
    guest.runLong('c6050100000009 b801000000 f4');
    expect(guest.register('rax')).toBe(9n);
  });

  it('sees a change of an instruction that ran before', () => {
    guest.runLong('b903000000 b801000000 c605f5ffffff05 e2f2 f4');
    expect(guest.register('rax')).toBe(5n);
  });

  it('sees what the host wrote during a port access, in the very block that made it', () => {
    // out 80,al; mov eax,1; hlt
    guest.host.portWrite = () => {
      guest.write(CODE + 3, '07');
    };
    guest.runLong('e680 b801000000 f4');
    expect(guest.register('rax')).toBe(7n);
  });

  it('runs an instruction that crosses a page, and sees its second half change', () => {
    // At 10FFD: nop; mov eax,11223344; dec ecx; jz end; mov byte [11001],55; jmp 10FFD
    guest.startLong('b902000000 e9f30f0000');
    guest.write(
      0x10ffd,
      '90 b844332211 ffc9 740a c604250110010055 ebed f4'.replace('c604250110010055', 'c60425011001 0055'),
    );
    guest.finish();
    expect(guest.register('rax')).toBe(0x11553344n);
  });

  it('runs an instruction whose second half is read from a device', () => {
    const device = [0x22, 0x11, 0xf4];
    guest.vcpu.mapPages(0x11000, 0x1000, 'mmio', 0);
    guest.host.mmioRead = (address) => device[address - 0x11000] ?? 0x90;
    guest.startLong('e9f80f0000');
    guest.write(0x10ffd, 'b84433');
    guest.finish();
    expect(guest.register('rax')).toBe(0x11223344n);
  });
});

describe('string instructions', () => {
  it('stop at a fault in the middle with registers that let them go on', () => {
    guest.startLong('be00000200 bf80ff0700 b900010000 fc f3a4 f4');
    guest.setPageEntry(0x80000, 0n);
    guest.finish();
    expect(guest.vector).toBe(14);
    expect(guest.register('rcx')).toBe(0x80n);
    expect(guest.register('rsi')).toBe(0x20080n);
    expect(guest.register('rdi')).toBe(0x80000n);
    expect(guest.register('cr2')).toBe(0x80000n);
    const sp = Number(guest.register('rsp'));
    // RIP at the instruction, so that IRET repeats it.
    expect(guest.view.getBigUint64(sp + 8, true)).toBe(BigInt(CODE + 16));
  });

  it('copy many pages', () => {
    guest.startLong('be00000200 bf00000400 b900800000 fc f3a5 f4');
    for (let i = 0; i < 0x20000; i += 4) guest.view.setUint32(0x20000 + i, i * 2654435761, true);
    guest.finish();
    for (let i = 0; i < 0x20000; i += 4) {
      if (guest.view.getUint32(0x40000 + i, true) !== guest.view.getUint32(0x20000 + i, true)) {
        throw new Error(`differs at ${i}`);
      }
    }
    expect(guest.register('rcx')).toBe(0n);
    expect(guest.register('rdi')).toBe(0x60000n);
  });

  it('repeat the pattern when source and destination overlap', () => {
    guest.startLong('be00000200 bf01000200 b900180000 fc f3a4 f4');
    guest.view.setUint8(0x20000, 0x5a);
    guest.finish();
    expect(guest.view.getUint8(0x20001)).toBe(0x5a);
    expect(guest.view.getUint8(0x20000 + 0x1800)).toBe(0x5a);
  });
});

describe('a call that pushes among decoded code of its own page', () => {
  it('leaves the code alone that was decoded after it', () => {
    // The call's block lies before that of its target, which is in another page.
    guest.startReal('31c9 bc0080 eb00 e8f60f');
    // inc cx; cmp cx,2; je +6; mov sp,1040h: in the page of the call; jmp back to it; hlt
    guest.write(0x2000, '41 83f902 7406 bc4010 e9fbef f4');
    expect(guest.finish()).toBe('halted');
    expect(guest.register('rcx')).toBe(2n);
    expect(guest.register('rsp') & 0xffffn).toBe(0x103en);
  });
});

describe('video memory', () => {
  it('remembers the pages written since they were asked for', () => {
    const backing = guest.vcpu.allocateBacking(0x4000);
    guest.vcpu.mapPages(0x100000, 0x4000, 'video', backing);
    // mov [101000],eax twice, with a look between
    guest.startLong('89042500101000 f4 89042500101000 f4');
    guest.finish();
    expect([...guest.vcpu.takeDirtyPages(backing, 0x4000)]).toEqual([0b0010]);
    expect([...guest.vcpu.takeDirtyPages(backing, 0x4000)]).toEqual([0]);
    guest.vcpu.setInterruptLine(false);
    guest.vcpu.raiseNmi();
    guest.vcpu.run(100);
    guest.vcpu.mapPages(0x100000, 0x4000, 'ram', guest.vcpu.ramOffset + 0x100000);
  });
});
