/** Far transfers and gates where several things are wrong at once, or only a detail is (SDM vol. 2, CALL, RET, INT n). */
import { beforeAll, describe, expect, it } from 'vitest';
import { CODE, Guest } from './testing/guest.ts';

const GDT = 0x800;
const GDT_LIMIT = 0x7f0;
const FREE = 0x58;
const USER_CODE = 0x50;
const POINTER = 0x12000;
let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

function describeFree(...descriptors: readonly bigint[]): void {
  guest.view.setUint16(GDT_LIMIT, FREE + descriptors.length * 8 - 1, true);
  descriptors.forEach((descriptor, i) => {
    guest.view.setBigUint64(GDT + FREE + i * 8, descriptor, true);
  });
}

const errorCode = (): number => guest.view.getUint32(Number(guest.register('rsp')), true);

/** CALL FAR through the gate at FREE, in 64-bit mode. */
function callGate(high: bigint): void {
  guest.startLong('ff1c2500200100 f4');
  // To the exception stub of vector 32, which halts.
  const target = 0x6000 + 32 * 16;
  describeFree((0x8cn << 40n) | (8n << 16n) | BigInt(target), high);
  guest.view.setBigUint64(POINTER, BigInt(FREE) << 32n, true);
  guest.finish();
}

describe('a 64-bit call gate', () => {
  it('leads to its target', () => {
    callGate(0n);
    expect(guest.vector).toBe(32);
  });

  it('is refused when its upper half has a type', () => {
    callGate(0x0200_0000_0000n);
    expect(guest.vector).toBe(13);
    expect(errorCode()).toBe(FREE);
  });

  it('must lie in the table with both halves', () => {
    guest.startLong('ff1c2500200100 f4');
    describeFree((0x8cn << 40n) | (8n << 16n));
    guest.view.setBigUint64(POINTER, BigInt(FREE) << 32n, true);
    guest.finish();
    expect(guest.vector).toBe(13);
    expect(errorCode()).toBe(FREE);
  });
});

describe.each([
  ['LTR', '0f00d8', 0x89n],
  ['LLDT', '0f00d0', 0x82n],
])('%s in IA-32e mode', (_name, code, access) => {
  const load = (high: bigint): void => {
    guest.startLong(`66b85800 ${code} f4`);
    describeFree((access << 40n) | 0x67n, high);
    guest.finish();
  };

  it('takes the upper half of the base', () => {
    load(0x12n);
    expect(guest.vector).toBe(0xff);
    expect(guest.register(code === '0f00d8' ? 'tr.base' : 'ldtr.base')).toBe(0x12n << 32n);
  });

  it('refuses an upper half with a type', () => {
    load(0x0200_0000_0000n);
    expect(guest.vector).toBe(13);
    expect(errorCode()).toBe(FREE);
  });
});

describe('a return to an outer level', () => {
  it.each([
    ['RETF', '68fbff0000 6800600000 6a5b 6800200000 cb'],
    ['IRET', '68fbff0000 6800600000 6a02 6a5b 6800200000 cf'],
  ])('by %s reports the stack before the target', (_name, code) => {
    // push SS outside the table at level 3, ESP, EFLAGS, CS 5Bh, EIP beyond its limit of FFFh
    guest.startProtected(code);
    describeFree(0x0040fa0000000fffn);
    guest.finish();
    expect(guest.vector).toBe(13);
    expect(errorCode()).toBe(0xfff8);
  });
});

describe('a gate out of virtual-8086 mode', () => {
  it('to a level but 0 is #GP of its code segment, external for an exception', () => {
    // IRET to 1100:0 with VM; UD2 there
    guest.startProtected('6a00 6a00 6a00 6a00 6800010000 6800100000 6802000200 6800110000 6a00 cf');
    guest.write(0x11000, '0f0b');
    guest.view.setUint16(0x5000 + 6 * 8 + 2, USER_CODE, true);
    guest.finish();
    expect(guest.vector).toBe(13);
    expect(errorCode()).toBe(USER_CODE | 1);
  });
});

describe('the target of an interrupt gate', () => {
  it('must lie within the limit of its code segment', () => {
    guest.startProtected('0f0b');
    describeFree(0x00409a0000000fffn);
    // 58h:6060 for #UD; #GP goes through as ever, and its frame shows the UD2.
    guest.view.setUint16(0x5000 + 6 * 8 + 2, FREE, true);
    guest.finish();
    expect(guest.vector).toBe(13);
    expect(errorCode()).toBe(1);
    expect(guest.view.getUint32(Number(guest.register('rsp')) + 4, true)).toBe(CODE);
  });

  it('must be canonical in 64-bit mode', () => {
    guest.startLong('cd20');
    guest.view.setUint32(0x5000 + 0x20 * 16 + 8, 0x10000, true);
    guest.finish();
    expect(guest.vector).toBe(13);
    expect(errorCode()).toBe(0);
    expect(guest.view.getUint32(Number(guest.register('rsp')) + 8, true)).toBe(CODE);
  });
});
