/** Hardware task switches (SDM vol. 3, chapter 8): the ways in and out, back links, busy bits, faults. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CODE, Guest } from './testing/guest.ts';

const GDT = 0x800;
const OLD_TSS = 0x1800;
const NEW_TSS = 0x1900;
const NEW_SELECTOR = 0x58;
const GATE_SELECTOR = 0x60;
const TASK_CODE = 0x12000;
const NT = 0x4000;
let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

interface Change {
  readonly eflags?: number;
  readonly cs?: number;
  readonly ss?: number;
  readonly ds?: number;
  readonly trap?: number;
  readonly limit?: number;
  readonly type?: number;
}

/** A second task: code at TASK_CODE, flat segments, EAX 1234h. */
function start(code: string, taskCode: string, change: Change = {}): void {
  guest.startProtected(code);
  const { view } = guest;
  view.setUint16(0x7f0, 13 * 8 - 1, true);
  const limit = BigInt(change.limit ?? 0x67);
  const type = BigInt(change.type ?? 0x89);
  view.setBigUint64(GDT + NEW_SELECTOR, (type << 40n) | (BigInt(NEW_TSS) << 16n) | limit, true);
  view.setBigUint64(GDT + GATE_SELECTOR, (0xe5n << 40n) | (BigInt(NEW_SELECTOR) << 16n), true);
  for (let i = 0; i < 0x68; i += 4) view.setUint32(NEW_TSS + i, 0, true);
  view.setUint32(NEW_TSS + 0x20, TASK_CODE, true);
  view.setUint32(NEW_TSS + 0x24, change.eflags ?? 2, true);
  view.setUint32(NEW_TSS + 0x28, 0x1234, true);
  view.setUint32(NEW_TSS + 0x38, 0x6a00, true);
  view.setUint16(NEW_TSS + 0x48, 0x20, true);
  view.setUint16(NEW_TSS + 0x4c, change.cs ?? 0x18, true);
  view.setUint16(NEW_TSS + 0x50, change.ss ?? 0x20, true);
  view.setUint16(NEW_TSS + 0x54, change.ds ?? 0x20, true);
  view.setUint16(NEW_TSS + 0x64, change.trap ?? 0, true);
  guest.write(TASK_CODE, taskCode);
  guest.finish();
}

const busy = (selector: number): boolean => (guest.view.getUint8(GDT + selector + 5) & 2) !== 0;
const OLD_SELECTOR = 0x40;
const JUMP = 'ea00000000 5800';
const CALL = '9a00000000 5800';

describe('a jump to a TSS', () => {
  it('loads the new state, saves the old one, and moves the busy bit', () => {
    start(`bb78560000 ${JUMP} f4`, '89c1 f4');
    expect(guest.vector).toBe(0xff);
    expect(guest.register('rcx')).toBe(0x1234n);
    expect(guest.register('rsp')).toBe(0x6a00n);
    expect(guest.register('tr')).toBe(BigInt(NEW_SELECTOR));
    expect(guest.register('cr0') & 8n).toBe(8n);
    expect(guest.view.getUint32(OLD_TSS + 0x20, true)).toBe(CODE + 5 + 7);
    expect(guest.view.getUint32(OLD_TSS + 0x34, true)).toBe(0x5678);
    expect(busy(OLD_SELECTOR)).toBe(false);
    expect(busy(NEW_SELECTOR)).toBe(true);
    expect(guest.register('rflags') & BigInt(NT)).toBe(0n);
  });

  it('goes through a task gate as well', () => {
    start('ea00000000 6000 f4', '89c1 f4');
    expect(guest.register('rcx')).toBe(0x1234n);
  });

  it('has none in IA-32e mode', () => {
    guest.runLong('48ff2c2500050800 f4'.replace('48ff2c2500050800', 'ff2c2500000800'));
    expect(guest.vector).toBe(13);
  });
});

describe('a call', () => {
  it('links back, and IRET returns', () => {
    start(`${CALL} ffc3 f4`.replace('ffc3', '43'), 'cf 90 f4');
    expect(guest.vector).toBe(0xff);
    expect(guest.register('tr')).toBe(BigInt(OLD_SELECTOR));
    expect(guest.view.getUint16(NEW_TSS, true)).toBe(OLD_SELECTOR);
    expect(busy(NEW_SELECTOR)).toBe(false);
    expect(busy(OLD_SELECTOR)).toBe(true);
    // The IRET's own state was saved: the next call goes on behind it, with NT clear.
    expect(guest.view.getUint32(NEW_TSS + 0x20, true)).toBe(TASK_CODE + 1);
    expect(guest.view.getUint32(NEW_TSS + 0x24, true) & NT).toBe(0);
  });
});

describe('an interrupt through a task gate', () => {
  it('pushes the error code on the new stack', () => {
    guest.startProtected('');
    const gate = (): void => {
      guest.view.setBigUint64(0x5000 + 13 * 8, (0xe5n << 40n) | (BigInt(NEW_SELECTOR) << 16n), true);
    };
    // mov ax,0FFF8h; mov ds,ax: #GP(FFF8). The gate is written by the test before the code runs.
    const original = guest.finish.bind(guest);
    guest.finish = (limit?: number): string => {
      gate();
      return original(limit);
    };
    try {
      start('66b8f8ff 8ed8 f4', '58 f4');
    } finally {
      guest.finish = original;
    }
    expect(guest.register('tr')).toBe(BigInt(NEW_SELECTOR));
    expect(guest.register('rax')).toBe(0xfff8n);
    expect(guest.view.getUint32(OLD_TSS + 0x20, true)).toBe(CODE + 4);
    expect(guest.view.getUint32(OLD_TSS + 0x24, true) & 0x10000).toBe(0x10000);
  });
});

describe('faults', () => {
  it.each([
    ['a busy TSS', { type: 0x8b }, 13, NEW_SELECTOR],
    ['a TSS not present', { type: 0x09 }, 11, NEW_SELECTOR],
    ['a TSS too small', { limit: 0x66 }, 10, NEW_SELECTOR],
    ['a selector outside the table', { ds: 0x100 }, 10, 0x100],
  ] as const)('%s', (_what, change, vector, error) => {
    start(`${JUMP} f4`, 'f4', change);
    expect(guest.vector).toBe(vector);
    expect(guest.view.getUint32(Number(guest.register('rsp')), true)).toBe(error);
  });

  it.each([{ cs: 0x20 }, { ss: 0x18 }])('in %o leave no stack to report them on', (change) => {
    start(`${JUMP} f4`, 'f4', change);
    expect(guest.vector).toBe(0xff);
    expect(guest.register('tr')).toBe(BigInt(NEW_SELECTOR));
  });

  it('traps at the first instruction of a task whose T flag is set', () => {
    start(`${JUMP} f4`, '90 f4', { trap: 1 });
    expect(guest.vector).toBe(1);
    expect(guest.register('dr6') & 0x8000n).toBe(0x8000n);
    expect(guest.view.getUint32(Number(guest.register('rsp')), true)).toBe(TASK_CODE);
  });
});
