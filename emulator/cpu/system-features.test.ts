/** What CPUID reports, and that it works: XSAVE, PCID, INVPCID, MTRRs, control register rules (SDM vol. 2 and 3). */
import { beforeAll, describe, expect, it } from 'vitest';
import { Guest } from './testing/guest.ts';

const AREA = 0x80000;
let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

function le32(value: number): string {
  return [0, 8, 16, 24].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, '0')).join('');
}

/** mov eax,leaf; mov ecx,subleaf; cpuid */
function cpuid(leaf: number, subleaf = 0): { eax: number; ebx: number; ecx: number; edx: number } {
  guest.runLong(`b8${le32(leaf)} b9${le32(subleaf)} 0fa2 f4`);
  const read = (name: string): number => Number(guest.register(name) & 0xffffffffn);
  return { eax: read('rax'), ebx: read('rbx'), ecx: read('rcx'), edx: read('rdx') };
}

const has = (word: number, bit: number): boolean => ((word >>> bit) & 1) === 1;

describe('CPUID', () => {
  it('reports x86-64-v2', () => {
    const one = cpuid(1);
    // FPU CX8 CMOV MMX FXSR SSE SSE2; SSE3 SSSE3 CX16 SSE4.1 SSE4.2 POPCNT
    for (const bit of [0, 8, 15, 23, 24, 25, 26]) expect(has(one.edx, bit), `EDX.${bit}`).toBe(true);
    for (const bit of [0, 9, 13, 19, 20, 23]) expect(has(one.ecx, bit), `ECX.${bit}`).toBe(true);
    const extended = cpuid(0x80000001);
    expect(has(extended.ecx, 0)).toBe(true); // LAHF in 64-bit mode
    for (const bit of [11, 20, 26, 27, 29]) expect(has(extended.edx, bit), `80000001 EDX.${bit}`).toBe(true);
  });

  it.each([
    ['MONITOR', 3, '0f01c8'],
    ['VMX', 5, '0f01c1'],
    ['PCLMULQDQ', 1, '660f3a44c100'],
    ['AES', 25, '660f38dcc1'],
    ['AVX', 28, 'c5f877'],
    ['FMA', 12, 'c4e2f198c2'],
    ['RDRAND', 30, '0fc7f0'],
  ] as const)('does not report %s, which is #UD', (_name, bit, code) => {
    expect(has(cpuid(1).ecx, bit)).toBe(false);
    guest.runLong(`${code} f4`);
    expect(guest.vector).toBe(6);
  });

  it('reports LZCNT, BMI1 and BMI2, and of leaf 7 what is implemented', () => {
    expect(has(cpuid(1).ecx, 22)).toBe(true); // MOVBE
    expect(cpuid(0x80000001).ecx).toBe(0x121);
    // FSGSBASE TSC_ADJUST BMI1 SMEP BMI2 ERMS INVPCID SMAP
    expect(cpuid(7).ebx).toBe(0x10078b);
  });

  it('shows OSXSAVE when CR4 has it', () => {
    expect(has(cpuid(1).ecx, 26)).toBe(true);
    expect(has(cpuid(1).ecx, 27)).toBe(false);
    guest.runLong(`0f20e0 0d00000400 0f22e0 b801000000 0fa2 f4`);
    expect(has(Number(guest.register('rcx')), 27)).toBe(true);
    expect(cpuid(0xd)).toEqual({ eax: 3, ebx: 576, ecx: 576, edx: 0 });
  });
});

describe('XSAVE', () => {
  /** CR4.OSXSAVE on, XCR0 = 3 */
  const ENABLE = '0f20e0 0d00000400 0f22e0 31c9 31d2 b803000000 0f01d1 ';

  it('is #UD without CR4.OSXSAVE', () => {
    for (const code of ['0f01d0', '0f01d1', '0fae242500000800', '0fae2c2500000800']) {
      guest.runLong(`31c9 ${code} f4`);
      expect(guest.vector, code).toBe(6);
    }
  });

  it('stores and restores x87 and SSE', () => {
    // movq xmm3,rax; fldpi; xsave64; zero both; xrstor64; movq rbx,xmm3; fstp tbyte [81000]
    guest.startLong(
      `${ENABLE} dbe3 48b8efcdab8967452301 66480f6ed8 d9eb b803000000 31d2 480fae242500000800
      0f57db dbe3 480fae2c2500000800 66480f7edb db3c2500100800 f4`,
    );
    guest.finish();
    expect(guest.vector).toBe(0xff);
    expect(guest.view.getBigUint64(AREA + 512, true)).toBe(3n);
    expect(guest.register('rbx')).toBe(0x0123456789abcdefn);
    expect(guest.view.getBigUint64(0x81000, true)).toBe(0xc90fdaa22168c235n);
  });

  it('brings what the header does not have to its initial configuration', () => {
    guest.startLong(
      `${ENABLE} 48b8efcdab8967452301 66480f6ed8 b803000000 31d2 480fae2c2500000800 66480f7edb f4`,
    );
    for (let at = AREA; at < AREA + 576; at += 8) guest.view.setBigUint64(at, 0n, true);
    guest.view.setUint32(AREA + 24, 0x1f80, true);
    guest.finish();
    expect(guest.vector).toBe(0xff);
    expect(guest.register('rbx')).toBe(0n);
  });

  it.each([
    ['a component that does not exist', 512, 4],
    ['the compacted form', 527, 0x80],
    ['a reserved bit of MXCSR', 26, 1],
  ] as const)('refuses %s', (_what, offset, value) => {
    guest.startLong(`${ENABLE} b803000000 31d2 480fae2c2500000800 f4`);
    for (let at = AREA; at < AREA + 576; at += 8) guest.view.setBigUint64(at, 0n, true);
    guest.view.setUint8(AREA + offset, value);
    guest.finish();
    expect(guest.vector).toBe(13);
  });

  it('refuses an XCR0 without x87, with more than there is, and a misaligned area', () => {
    for (const code of [
      'b802000000 0f01d1',
      'b807000000 0f01d1',
      '480fae242508000800',
      'b901000000 0f01d0',
    ]) {
      guest.runLong(`${ENABLE} ${code} f4`);
      expect(guest.vector, code).toBe(13);
    }
  });
});

describe('PCIDs', () => {
  /** CR4.PCIDE on */
  const ENABLE = '0f20e0 0d00000200 0f22e0 ';

  it('take the low bits of CR3, and bit 63 as a hint', () => {
    // mov rax,8000000000002005; mov cr3,rax; mov rbx,cr3
    guest.runLong(`${ENABLE} 48b80520000000000080 0f22d8 0f20db f4`);
    expect(guest.vector).toBe(0xff);
    expect(guest.register('rbx')).toBe(0x2005n);
  });

  it('are refused while CR3 has such bits, and bit 63 without them', () => {
    // mov eax,2018 (PCD, PWT); mov cr3,rax
    guest.runLong(`b818200000 0f22d8 ${ENABLE} f4`);
    expect(guest.vector).toBe(13);
    guest.runLong('48b80020000000000080 0f22d8 f4');
    expect(guest.vector).toBe(13);
  });

  it.each([
    [0, 0xff],
    [1, 0xff],
    [2, 0xff],
    [3, 0xff],
    [4, 13],
  ])('INVPCID type %i', (type, vector) => {
    // mov eax,[80000]; entry of 80000 = 81007; mov ecx,type; invpcid rcx,[82000]; mov ebx,[80000]
    guest.startLong(
      `8b042500000800 48c704250094000007100800 b9${le32(type)} 660f38820c2500200800 8b1c2500000800 f4`,
    );
    guest.view.setUint32(0x80000, 0x1111, true);
    guest.view.setUint32(0x81000, 0x2222, true);
    guest.view.setBigUint64(0x82000, 0n, true);
    guest.view.setBigUint64(0x82008, 0x80000n, true);
    guest.finish();
    expect(guest.vector).toBe(vector);
    if (vector === 0xff) expect(guest.register('rbx')).toBe(0x2222n);
  });

  it('INVPCID refuses a PCID while they are off, and a non-canonical address', () => {
    for (const [pcid, linear] of [
      [1n, 0n],
      [0n, 1n << 47n],
      [0x1000n, 0n],
    ] as const) {
      guest.startLong('31c9 660f38820c2500200800 f4');
      guest.view.setBigUint64(0x82000, pcid, true);
      guest.view.setBigUint64(0x82008, linear, true);
      guest.finish();
      expect(guest.vector).toBe(13);
    }
  });
});

describe('model-specific registers', () => {
  /** mov ecx,index; mov eax,low; mov edx,high; wrmsr; rdmsr */
  const writeRead = (index: number, low: number, high = 0): string =>
    `b9${le32(index)} b8${le32(low)} ba${le32(high)} 0f30 31c0 31d2 0f32 f4`;

  it.each([
    ['a fixed-range MTRR', 0x26f, 0x06050401, 0x06060606],
    ['a variable range', 0x200, 0x80000006, 0],
    ['its mask', 0x201, 0x80000800, 0xff],
    ['the default type', 0x2ff, 0xc06, 0],
    ['TSC_ADJUST', 0x3b, 0x1234, 0],
    ['the PAT', 0x277, 0x00070106, 0x00070406],
    ['IA32_SPEC_CTRL', 0x48, 3, 0],
  ])('%s reads back', (_what, index, low, high) => {
    guest.runLong(writeRead(index, low, high));
    expect(guest.vector).toBe(0xff);
    expect(guest.register('rax')).toBe(BigInt(low));
    expect(guest.register('rdx')).toBe(BigInt(high));
  });

  it.each([
    ['type 2 in a fixed range', 0x250, 0x02000000, 0],
    ['a reserved bit of a base', 0x200, 0x106, 0],
    ['an address beyond 40 bits', 0x200, 6, 0x100],
    ['a reserved bit of the default type', 0x2ff, 0x1006, 0],
    ['type 2 in the PAT', 0x277, 2, 0],
    ['a register that does not exist', 0x12345, 0, 0],
    ['a reserved bit of IA32_SPEC_CTRL', 0x48, 4, 0],
    ['a reserved bit of IA32_PRED_CMD', 0x49, 2, 0],
    ['a write to IA32_ARCH_CAPABILITIES', 0x10a, 1, 0],
    ['a non-canonical LSTAR', 0xc0000082, 0, 0x8000],
    ['a reserved bit of EFER', 0xc0000080, 2, 0],
  ])('%s is #GP', (_what, index, low, high) => {
    guest.runLong(writeRead(index, low, high));
    expect(guest.vector).toBe(13);
  });

  it('IA32_PRED_CMD takes IBPB and cannot be read', () => {
    guest.runLong(`b9${le32(0x49)} b801000000 31d2 0f30 f4`);
    expect(guest.vector).toBe(0xff);
    guest.runLong(`b9${le32(0x49)} 0f32 f4`);
    expect(guest.vector).toBe(13);
  });

  it('say that nothing is speculated, which CPUID announces', () => {
    // mov eax,7; xor ecx,ecx; cpuid; mov esi,edx; mov ecx,10a; rdmsr
    guest.runLong(`b807000000 31c9 0fa2 89d6 b9${le32(0x10a)} 0f32 f4`);
    expect(guest.vector).toBe(0xff);
    expect(guest.register('rsi') & (1n << 29n)).not.toBe(0n);
    const rdclNo = 1n;
    const mdsNo = 1n << 5n;
    expect(guest.register('rax') & (rdclNo | mdsNo)).toBe(rdclNo | mdsNo);
  });

  it('have no performance counters', () => {
    guest.runLong('31c9 0f33 f4');
    expect(guest.vector).toBe(13);
  });
});

describe('x87 transcendentals', () => {
  it.each([
    ['sin of the rounded pi: pi has 66 bits inside', 'd9eb d9fe', 0xbfbfn, 0x8000000000000000n],
    ['cos 0', 'd9ee d9ff', 0x3fffn, 0x8000000000000000n],
    ['atan 1', 'd9e8 d9e8 d9f3', 0x3ffen, 0xc90fdaa22168c235n],
    ['1 * log2 10', 'd9e8 df042500000800 d9f1', 0x4000n, 0xd49a784bcd1b8afen],
    ['2^ln2 - 1', 'd9ed d9f0', 0x3ffen, 0x9de70ac53b8a9ac2n],
    ['1 * log2(1 + 1/4)', 'd9e8 d9042504000800 d9f9', 0x3ffdn, 0xa4d3c25e68dc57f2n],
    ['1 behind the tangent of 0', 'd9ee d9f2', 0x3fffn, 0x8000000000000000n],
  ] as const)('%s', (_what, code, exponent, significand) => {
    guest.startLong(`dbe3 ${code} db3c2500100800 f4`);
    guest.view.setInt16(0x80000, 10, true);
    guest.view.setFloat32(0x80004, 0.25, true);
    guest.finish();
    const m = guest.view.getBigUint64(0x81000, true);
    expect([BigInt(guest.view.getUint16(0x81008, true)), m]).toEqual([exponent, significand]);
  });

  it('leave an argument of 2^63 alone and set C2', () => {
    // fninit; fild qword [80000]; fchs (2^63); fsin; fnstsw ax; fistp
    guest.startLong('dbe3 df2c2500000800 d9e0 d9fe dfe0 f4');
    guest.view.setBigInt64(0x80000, -(1n << 63n), true);
    guest.finish();
    expect(guest.register('rax') & 0x4400n).toBe(0x400n);
  });
});

describe('an unknown model-specific register', () => {
  it.each([
    ['rdmsr', '0f32'],
    ['wrmsr', '0f30'],
  ])('raises #GP with %s, which is worth no warning: guests probe for them', (_name, code) => {
    const levels: string[] = [];
    guest.host.log = (level, message) => {
      if (message.includes('MSR')) levels.push(level);
    };
    guest.runLong(`b9${le32(0x140)} 31c0 31d2 ${code} f4`);
    expect(guest.vector).toBe(13);
    expect(levels).toEqual(['debug']);
  });
});
