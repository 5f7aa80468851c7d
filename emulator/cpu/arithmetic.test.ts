import { beforeAll, describe, expect, it } from 'vitest';
import { Guest } from './testing/guest.ts';

let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

/** CF PF AF ZF SF OF of pushed flags. */
const ARITHMETIC = 0x8d5n;

describe('arithmetic', () => {
  it('keeps CF over INC', () => {
    // stc; mov eax,-1; inc eax; pushf; pop rbx; hlt
    guest.runLong('f9 b8ffffffff ffc0 9c 5b f4');
    expect(guest.register('rax')).toBe(0n);
    // CF stays set; PF AF ZF from the result.
    expect(guest.register('rbx') & ARITHMETIC).toBe(0x55n);
  });

  it('carries through ADC', () => {
    guest.runLong('f9 b0ff 1400 9c 5b f4');
    expect(guest.register('rax') & 0xffn).toBe(0n);
    expect(guest.register('rbx') & ARITHMETIC).toBe(0x55n);
  });

  it('sets OF when a signed byte overflows', () => {
    // 80 - 1 = 7F: OF AF, no CF, odd parity
    guest.runLong('b080 2c01 9c 5b f4');
    expect(guest.register('rbx') & ARITHMETIC).toBe(0x810n);
  });

  it('shifts the carry out', () => {
    guest.runLong('b8000000c0 d1e0 9c 5b f4');
    expect(guest.register('rax')).toBe(0x80000000n);
    expect(guest.register('rbx') & 0x881n).toBe(0x81n);
  });

  it('compares memory with a displacement and jumps', () => {
    guest.runLong('c7042500100100 07000000 bb00000100 83bb0010000007 7506 b901000000 f4 b902000000 f4');
    expect(guest.register('rcx')).toBe(1n);
  });

  it('divides 128 by 64 bits', () => {
    guest.runLong('ba05000000 48b8f0debc9a78563412 48b91032547698badcfe 48f7f1 f4');
    const dividend = (5n << 64n) + 0x123456789abcdef0n;
    const divisor = 0xfedcba9876543210n;
    expect(guest.register('rax')).toBe(dividend / divisor);
    expect(guest.register('rdx')).toBe(dividend % divisor);
  });

  it('rounds a signed quotient towards zero', () => {
    guest.runLong('48c7c09cffffff 4899 b907000000 48f7f9 f4');
    expect(BigInt.asIntN(64, guest.register('rax'))).toBe(-14n);
    expect(BigInt.asIntN(64, guest.register('rdx'))).toBe(-2n);
  });

  it('raises #DE at the division, with nothing changed', () => {
    guest.runLong('31c9 90 f7f1 f4');
    expect(guest.vector).toBe(0);
    expect(guest.view.getBigUint64(Number(guest.register('rsp')), true)).toBe(0x10003n);
  });

  it('clears the upper half of a 32-bit MOVSXD and of ECX in LOOP with a 32-bit address size', () => {
    // mov rax,-1; movsxd ecx,eax (no REX.W)
    guest.runLong('48c7c0ffffffff 63c8 f4');
    expect(guest.register('rcx')).toBe(0xffffffffn);
    // mov rcx,ACDB000000000000; loop (a32)
    guest.runLong('48b9000000000000dbac 67e200 f4');
    expect(guest.register('rcx')).toBe(0xffffffffn);
  });

  it('adjusts decimal digits', () => {
    // 79 + 35 = 114: AL = 14, CF
    guest.runReal('b079 0435 27 9c 5b f4');
    expect(guest.register('rax') & 0xffn).toBe(0x14n);
    expect(guest.register('rbx') & 1n).toBe(1n);
  });
});
