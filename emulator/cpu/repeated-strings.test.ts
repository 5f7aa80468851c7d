/** A repeated string instruction ends with its slice, however long it is and whatever it meets. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Guest } from './testing/guest.ts';

const BUDGET = 5000;
/** A slice's worth, and what an instruction that never ends is stopped by. */
const MANY = 100_000;

describe('a repeated string instruction', () => {
  let guest: Guest;
  let accesses: number;

  beforeAll(async () => {
    guest = await Guest.create();
  });
  beforeEach(() => {
    accesses = 0;
    const count = (): void => {
      if (++accesses > MANY) throw new Error('the instruction goes on and on');
    };
    guest.host.mmioWrite = count;
    guest.host.mmioRead = () => {
      count();
      return 0;
    };
  });

  /** Nobody is at 16 MiB: the board answers. */
  it.each([
    ['rep movsb to a device', 'be00000100 bf00000001 b9ffffffff f3 a4 f4'],
    ['rep movsb from a device', 'be00000001 bf00000800 b9ffffffff f3 a4 f4'],
    ['rep movsw between devices', 'be00000001 bf00000002 b9ffffffff f3 66 a5 f4'],
    ['rep stosb to a device', 'bf00000001 b9ffffffff f3 aa f4'],
    ['rep stosb to a device, backwards', 'fd bf00000001 b9ffffffff f3 aa f4'],
    ['rep lodsb from a device', 'be00000001 b9ffffffff f3 ac f4'],
    ['repe scasb in a device', 'b000 bf00000001 b9ffffffff f3 ae f4'],
    ['repe cmpsb of devices', 'be00000001 bf00000002 b9ffffffff f3 a6 f4'],
  ])('%s', (_name, code) => {
    guest.startProtected(code);
    guest.vcpu.run(BUDGET);
    const before = guest.register('rcx');
    guest.vcpu.run(BUDGET);
    expect(before - guest.register('rcx')).toBeGreaterThan(BUDGET / 4);
    expect(before - guest.register('rcx')).toBeLessThanOrEqual(BUDGET);
    expect(accesses).toBeLessThanOrEqual(4 * BUDGET);
    expect(guest.vcpu.instructionCount).toBeGreaterThan(0n);
  });

  it('moves as much in a slice as before where memory is memory', () => {
    guest.startProtected('be00000100 bf00000800 b900001000 f3 a4 f4');
    guest.vcpu.run(BUDGET);
    expect(guest.register('rcx')).toBeLessThan(0x100000n - 100_000n);
    expect(accesses).toBe(0);
  });
});

describe('a single-stepped repeated string instruction', () => {
  /** RSI, RDI and RCX; pushfq; or dword [rsp],100h; popfq */
  const STEPPED = 'be00000800 bf00100800 b903000000 9c 810c2400010000 9d ';
  const AT = 0x10018;

  it.each([
    ['rep movsb', 'f3 a4'],
    ['rep stosd', 'f3 ab'],
    ['rep lodsq', 'f3 48 ad'],
    ['repe cmpsb', 'f3 a6'],
    ['repe scasb', 'f3 ae'],
  ])('%s traps after each element', async (_name, code) => {
    const guest = await Guest.create();
    guest.startLong(`${STEPPED} ${code} f4`);
    guest.finish();
    expect(guest.vector).toBe(1);
    expect(guest.register('rcx')).toBe(2n);
    expect(guest.view.getBigUint64(Number(guest.register('rsp')), true)).toBe(BigInt(AT));
  });

  it('traps behind itself after the last one', async () => {
    const guest = await Guest.create();
    guest.runLong(`${STEPPED.replace('b903', 'b901')} f3a4 f4`);
    expect(guest.vector).toBe(1);
    expect(guest.register('rcx')).toBe(0n);
    expect(guest.view.getBigUint64(Number(guest.register('rsp')), true)).toBe(BigInt(AT + 2));
  });
});
