/** LZCNT, TZCNT, MOVBE, BMI1, BMI2, and where a VEX prefix is one (SDM vol. 2, 2.3.5, and the instructions' pages). */
import { beforeAll, describe, expect, it } from 'vitest';
import { CODE, Guest } from './testing/guest.ts';

const UD = 6;
const HALTED = 0xff;
let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

/** By a far jump to 0038:8000, a code segment of 16 bits from 0 on. */
function runProtected16(code: string): void {
  guest.startProtected('ea00800000 3800');
  guest.write(0x8000, `${code} f4`);
  guest.finish();
}

function runVirtual8086(code: string): void {
  // iretd to 1100:0 with VM and IOPL 3; HLT there is #GP.
  guest.startProtected('6a00 6a00 6a00 6a00 6800100000 6800010000 6802300200 6800110000 6a00 cf');
  guest.write(0x11000, `${code} f4`);
  guest.finish();
}

const flag = (bit: number): number => Number((guest.register('rflags') >> BigInt(bit)) & 1n);
const CF = 0;
const ZF = 6;

describe('results', () => {
  it.each([
    // lzcnt and tzcnt of 0: the width, CF
    ['lzcnt eax, ecx', '31c9 f30fbdc1', 32n, 1, 0],
    ['lzcnt rax, rcx', '31c9 f3480fbdc1', 64n, 1, 0],
    ['lzcnt ax, cx', '31c0 31c9 66f30fbdc1', 16n, 1, 0],
    ['tzcnt ax, cx', '31c0 31c9 66f30fbcc1', 16n, 1, 0],
    ['tzcnt rax, rcx', '48b90000000000000080 f3480fbcc1', 63n, 0, 0],
    ['tzcnt eax, 1', 'b901000000 f30fbcc1', 0n, 0, 1],
    // andn eax, ebx, ecx; the upper half goes
    ['andn', '48c7c0ffffffff bb0f000000 b9ff000000 c4e260f2c1', 0xf0n, 0, 0],
    ['blsr rax, rcx', '48b90000000000000080 c4e2f8f3c9', 0n, 0, 1],
    ['blsmsk eax, ecx of 0', '31c9 c4e278f3d1', 0xffffffffn, 1, 0],
    ['blsi eax, ecx', 'b938000000 c4e278f3d9', 8n, 1, 0],
    // bzhi eax, ecx, ebx: the index is a byte
    ['bzhi by 0x104', 'b9ffff0000 bb04010000 c4e260f5c1', 0xfn, 0, 0],
    ['bzhi by 32', 'b9ffff0000 bb20000000 c4e260f5c1', 0xffffn, 1, 0],
    // bextr eax, ecx, ebx
    ['bextr 4..11', 'b978563412 bb04080000 c4e260f7c1', 0x67n, 0, 0],
    ['bextr from 32', 'b978563412 bb20080000 c4e260f7c1', 0n, 0, 1],
    ['bextr of 255 bits', 'b978563412 bb04ff0000 c4e260f7c1', 0x1234567n, 0, 0],
  ] as const)('%s', (_name, code, result, carry, zero) => {
    guest.runLong(`${code} f4`);
    expect([guest.vector, guest.register('rax'), flag(CF), flag(ZF)]).toEqual([HALTED, result, carry, zero]);
  });

  it.each([
    ['pdep eax, ebx, ecx', 'bb05000000 b9f0f00000 c4e263f5c1', 0x50n],
    ['pext eax, ebx, ecx', 'bb50600000 b9f0f00000 c4e262f5c1', 0x65n],
    ['shlx eax, ecx, ebx by 33', 'b903000000 bb21000000 c4e261f7c1', 6n],
    ['shrx rax, rcx, rbx by 33', '48c7c1ffffffff bb21000000 c4e2e3f7c1', 0x7fffffffn],
    ['sarx eax, ecx, ebx', 'b900000080 bb04000000 c4e262f7c1', 0xf8000000n],
    ['rorx rax, rcx, 4', 'b921000000 c4e3fbf0c104', 0x1000000000000002n],
    // mulx with one destination: the upper half
    ['mulx rax, rax, rcx', '48c7c2ffffffff b910000000 c4e2fbf6c1', 15n],
  ] as const)('%s leaves the flags', (_name, code, result) => {
    // stc first; inc of 0x7fffffff sets OF, SF, AF and leaves CF
    guest.runLong(`f9 be ffffff7f ffc6 ${code} f4`);
    expect(guest.register('rax')).toBe(result);
    expect(guest.register('rflags') & 0x8d5n).toBe(0x895n);
  });

  it('go to all sixteen registers', () => {
    // andn r8, r15, r9; andn r8d, r8d, [r14 + r13 * 2 + 4]
    guest.view.setUint32(0x40010, 0xff00ff01, true);
    guest.runLong(
      '49c7c701000000 49c7c1ffffffff c44280f2c1 41be00000400 41bd06000000 c40238f2446e04 f4'.replace(
        / /g,
        '',
      ),
    );
    expect(guest.register('r8')).toBe(1n);
  });

  it('do not come when the operand faults', () => {
    // mulx rax, rbx, [0x40000000]
    guest.runLong('b801000000 bb02000000 ba03000000 c4e2e3f6042500000040 f4');
    expect(guest.vector).toBe(14);
    expect([guest.register('rax'), guest.register('rbx'), guest.register('cr2')]).toEqual([
      1n,
      2n,
      0x40000000n,
    ]);
  });
});

describe('a VEX prefix in 64-bit mode', () => {
  it.each([
    ['VEX.L', 'c4e264f2c1'],
    ['VEX.L of rorx', 'c4e37ff0c104'],
    ['vvvv of rorx', 'c4e373f0c104'],
    ['66 before it', '66c4e260f2c1'],
    ['F2 before it', 'f2c4e260f2c1'],
    ['F3 before it', 'f3c4e260f2c1'],
    ['LOCK before it', 'f0c4e260f203'],
    ['REX before it', '48c4e260f2c1'],
    ['map 0', 'c4e060f2c1'],
    ['map 4', 'c4e460f2c1'],
    ['map 18', 'c4f260f2c1'],
    ['pp of andn', 'c4e261f2c1'],
    ['/0 of the BLS group', 'c4e260f3c1'],
    ['/4 of the BLS group', 'c4e260f3e1'],
    ['andn in map 1', 'c560f2c1'],
  ])('%s is #UD', (_name, code) => {
    guest.runLong(`bb00000400 ${code} f4`);
    expect(guest.vector).toBe(UD);
  });

  it('takes segment and address-size prefixes', () => {
    guest.view.setUint32(0x40000, 0xff, true);
    // andn eax, ecx, [ebx] with GS and 67 before; the upper half of rbx does not count
    guest.runLong('48bb0000040001000000 b90f000000 6567c4e270f203 f4');
    expect([guest.vector, guest.register('rax')]).toEqual([HALTED, 0xf0n]);
  });

  it('may cross a page, and faults where the second one is missing', () => {
    guest.startLong('bbfd0f0100 b90f000000 31d2 ffca 68fe0f0100 c3');
    // andn eax, ecx, edx in the last two bytes of the page and the first of the next
    guest.write(CODE + 0xffe, 'c4e270f2c2f4');
    guest.finish();
    expect([guest.vector, guest.register('rax')]).toEqual([HALTED, 0xfffffff0n]);
    guest.startLong('68fe0f0100 c3');
    guest.setPageEntry(CODE + 0x1000, 0n);
    guest.finish();
    expect([guest.vector, guest.register('cr2')]).toEqual([14, BigInt(CODE + 0x1000)]);
  });
});

describe('C4 and C5 outside of 64-bit mode', () => {
  /** bx = FFFF, cx = 0FF0: andn ax or eax, ecx, ebx */
  const SET_16 = 'bbffff b9f00f 31c0 ';
  const ANDN = 'c4e270f2c3';

  it('are VEX in 32-bit code where ModRM.mod would be 3', () => {
    guest.runProtected(`bbffff0000 b9f00f0000 ${ANDN} f4`);
    expect([guest.vector, guest.register('rax')]).toEqual([HALTED, 0xf00fn]);
  });

  it('ignore W, B and the highest bit of vvvv there, but not where vvvv names nothing', () => {
    for (const andn of ['c4e2f0f2c3', 'c4c270f2c3', 'c4e230f2c3']) {
      guest.runProtected(`bbffff0000 b9f00f0000 ${andn} f4`);
      expect([guest.vector, guest.register('rax')], andn).toEqual([HALTED, 0xf00fn]);
    }
    guest.runProtected('c4e37bf0c104 f4');
    expect(guest.vector).toBe(HALTED);
    guest.runProtected('c4e33bf0c104 f4');
    expect(guest.vector).toBe(UD);
  });

  it('are VEX in 16-bit protected code, with operands of 32 bits and addresses of 16', () => {
    runProtected16(`${SET_16}${ANDN}`);
    expect([guest.vector, guest.register('rax')]).toEqual([HALTED, 0xf00fn]);
    // andn eax, ecx, [bx]
    guest.startProtected('ea00800000 3800');
    guest.view.setUint32(0x7100, 0x12345678, true);
    guest.write(0x8000, 'bb0071 31c9 c4e270f207 f4');
    guest.finish();
    expect([guest.vector, guest.register('rax')]).toEqual([HALTED, 0x12345678n]);
  });

  it('are #UD in real and virtual-8086 mode, where only LES and LDS exist', () => {
    guest.startReal(`${ANDN} f4`);
    // The vector of #UD leads to a HLT at 0:7E00.
    guest.view.setUint32(UD * 4, 0x7e00, true);
    guest.write(0x7e00, 'bd0600 f4');
    guest.finish();
    expect(guest.register('rbp') & 0xffffn).toBe(6n);
    for (const code of [ANDN, 'c5f877', 'c4e37bf0c104']) {
      runVirtual8086(code);
      expect(guest.vector, code).toBe(UD);
    }
  });

  it('are LES and LDS with a memory operand', () => {
    // les bx, [0x500] in real mode; les ebx, [0x40000] in 32-bit code
    guest.startReal('c41e0005 f4');
    guest.view.setUint32(0x500, 0x12345678, true);
    guest.finish();
    expect([guest.register('rbx') & 0xffffn, guest.register('es')]).toEqual([0x5678n, 0x1234n]);
    guest.startProtected('c41d00000400 f4');
    guest.view.setUint32(0x40000, 0x89abcdef, true);
    guest.view.setUint16(0x40004, 0x58, true);
    guest.finish();
    expect([guest.vector, guest.register('rbx'), guest.register('es')]).toEqual([HALTED, 0x89abcdefn, 0x58n]);
  });

  it('leave TZCNT, LZCNT and MOVBE, which have no VEX, in every mode', () => {
    // mov cx, 0x100; tzcnt ax, cx; lzcnt bx, cx; movbe dx, [0x500]
    guest.startReal('b90001 f30fbcc1 f30fbdd9 0f38f0160005 f4');
    guest.view.setUint16(0x500, 0x1234, true);
    guest.finish();
    expect(['rax', 'rbx', 'rdx'].map((name) => guest.register(name) & 0xffffn)).toEqual([8n, 7n, 0x3412n]);
  });
});

describe('MOVBE', () => {
  it.each(['0f38f0c1', '0f38f1c1', 'f30f38f003', 'f30f38f103', 'f00f38f103'])('%s is #UD', (code) => {
    guest.runLong(`bb00000400 ${code} f4`);
    expect(guest.vector).toBe(UD);
  });
});
