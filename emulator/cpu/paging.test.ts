import { beforeAll, describe, expect, it } from 'vitest';
import { CODE, Guest } from './testing/guest.ts';

const PAGE = 0x80000;
const NOT_EXECUTABLE = 1n << 63n;
let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

/** The frame that an exception with an error code left: error code and RIP. */
function frame(): { error: bigint; rip: bigint } {
  const sp = Number(guest.register('rsp'));
  return { error: guest.view.getBigUint64(sp, true), rip: guest.view.getBigUint64(sp + 8, true) };
}

function runWithEntry(entry: bigint, code: string): void {
  guest.startLong(code);
  guest.setPageEntry(PAGE, entry);
  guest.finish();
}

describe('page faults', () => {
  it('names a missing page', () => {
    runWithEntry(0n, '90 8b042500000800 f4');
    expect(guest.vector).toBe(14);
    expect(frame()).toEqual({ error: 0n, rip: BigInt(CODE + 1) });
    expect(guest.register('cr2')).toBe(BigInt(PAGE));
  });

  it('names a supervisor write to a read-only page under CR0.WP', () => {
    runWithEntry(0x80005n, '90 89042500000800 f4');
    expect(guest.vector).toBe(14);
    expect(frame().error).toBe(3n);
  });

  it('names a fetch from a page marked no-execute', () => {
    runWithEntry(0x80007n | NOT_EXECUTABLE, 'b800000800 ffe0');
    expect(guest.vector).toBe(14);
    expect(frame()).toEqual({ error: 0x11n, rip: BigInt(PAGE) });
  });

  it('keeps user code out of supervisor pages', () => {
    // iretq to level 3, then mov eax,[80000]
    runWithEntry(0x80003n, '6a33 6800680000 6a02 6a2b 488d0503000000 50 48cf 8b042500000800 f4');
    expect(guest.vector).toBe(14);
    expect(frame().error).toBe(5n);
    expect(guest.register('cs') & 3n).toBe(0n);
  });

  it('reports a reserved bit', () => {
    runWithEntry(0x80007n | (1n << 45n), '90 8b042500000800 f4');
    expect(frame().error).toBe(9n);
  });
});

describe('page-table bits', () => {
  it('sets accessed on a read, dirty only on a write', () => {
    guest.startLong('8b042500000800 89042500100800 f4');
    guest.finish();
    expect(guest.pageEntry(0x80000) & 0x60n).toBe(0x20n);
    expect(guest.pageEntry(0x81000) & 0x60n).toBe(0x60n);
    expect(guest.pageEntry(0x82000) & 0x60n).toBe(0n);
  });

  it('sees a changed entry after INVLPG', () => {
    // mov eax,[80000]; entry of 80000 = 81007; invlpg; mov ecx,[80000]
    guest.startLong(
      '8b042500000800 48c704250094000007100800 8b1c2500000800 0f013c2500000800 8b0c2500000800 f4',
    );
    guest.view.setUint32(0x80000, 0x1111, true);
    guest.view.setUint32(0x81000, 0x2222, true);
    guest.finish();
    expect(guest.register('rax')).toBe(0x1111n);
    expect(guest.register('rcx')).toBe(0x2222n);
  });
});

describe('canonical addresses', () => {
  it('raises #GP for data, #SS for the stack', () => {
    guest.runLong('48b8000000000080 0000 488b18 f4');
    expect(guest.vector).toBe(13);
    guest.runLong('48bc000000000080 0000 50 f4');
    // The handler has no usable stack either (no IST): double fault, then triple.
    expect(guest.vector).toBe(0xff);
  });

  it('faults at a return to a non-canonical address, with the stack as it was', () => {
    // mov rax,8000_0000_0000; push rax; ret
    guest.runLong('48b8000000000080 0000 50 c3');
    expect(guest.vector).toBe(13);
    expect(frame().rip).toBe(BigInt(CODE + 11));
  });
});

describe('A20', () => {
  it('folds the second megabyte onto the first while the gate is closed', () => {
    // mov ax,FFFF; mov ds,ax; out 92,al; mov al,[10]
    const code = 'b8ffff 8ed8 e692 a01000 f4';
    for (const [open, value] of [
      [true, 0x22n],
      [false, 0x11n],
    ] as const) {
      guest.host.portWrite = () => {
        guest.vcpu.setA20(open);
      };
      guest.startReal(code);
      guest.view.setUint8(0, 0x11);
      guest.view.setUint8(0x100000, 0x22);
      guest.finish();
      guest.vcpu.setA20(true);
      expect(guest.register('rax') & 0xffn).toBe(value);
    }
  });
});

describe('FLDENV', () => {
  it('reads the last word as well, though only half of it is a selector', () => {
    guest.startLong('d92425e60f0200 f4');
    guest.setPageEntry(0x21000, 0n);
    guest.finish();
    expect(guest.vector).toBe(14);
    expect(guest.register('cr2')).toBe(0x21000n);
  });
});

describe('MASKMOVDQU', () => {
  it.each([
    ['no page', 0, 14],
    ['a page', 0xffc00083, 13],
  ])(
    'faults for its first eight bytes before the others pass the segment: %s for them',
    (_is, entry, vector) => {
      // Paging by pages of 4 MiB and SSE on; mov edi,FFFFFFF8; pcmpeqb xmm0,xmm0; maskmovdqu xmm0,xmm0
      const paging = '0f20e0 0d10020000 0f22e0 b800000800 0f22d8 0f20c0 0d00000080 0f22c0';
      guest.startProtected(`${paging} bff8ffffff 660f74c0 660ff7c0 f4`);
      guest.view.setUint32(PAGE, 0x83, true);
      guest.view.setUint32(PAGE + 0xffc, entry, true);
      guest.finish();
      expect(guest.vector).toBe(vector);
      if (vector === 14) expect(guest.register('cr2')).toBe(0xfffffff8n);
    },
  );

  it('stores nothing when only its last eight bytes have no page', () => {
    // mov edi,80FF8; pcmpeqb xmm0,xmm0; maskmovdqu xmm0,xmm0
    guest.startLong('bff80f0800 660f74c0 660ff7c0 f4');
    guest.setPageEntry(PAGE + 0x1000, 0n);
    guest.view.setBigUint64(PAGE + 0xff8, 0n, true);
    guest.finish();
    expect([guest.vector, guest.register('cr2')]).toEqual([14, BigInt(PAGE + 0x1000)]);
    expect(guest.view.getBigUint64(PAGE + 0xff8, true)).toBe(0n);
  });
});
