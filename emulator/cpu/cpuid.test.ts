/**
 * CPUID reports exactly what is there: for each feature bit an instruction, a register or a control bit is tried, which
 * must work when the bit is set and fault when it is clear. A bit without such a probe says what shows it instead, and a
 * bit that is set without a row fails. (SDM vol. 2, CPUID; AMD APM vol. 3, appendix E for the extended leaves.)
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { Guest } from './testing/guest.ts';

const UD = 6;
const GP = 13;
const NO_FAULT = 0xff;

let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

function le32(value: number): string {
  return [0, 8, 16, 24].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, '0')).join('');
}

type Register = 'rax' | 'rbx' | 'rcx' | 'rdx';

/** What a feature adds; `absent` is the fault without it. */
interface Probe {
  readonly code: string;
  readonly absent: typeof UD | typeof GP;
}
/** Where the same bytes mean something else without the feature: RCX after them with it and without it. */
interface Meaning {
  readonly code: string;
  readonly rcx: readonly [present: bigint, absent: bigint];
}
/** No instruction, register or control bit shows it. */
interface Elsewhere {
  readonly shownBy: string;
}
type Evidence = Probe | Meaning | Elsewhere;
type Row = readonly [bit: number, name: string, ...evidence: readonly Evidence[]];

/** An instruction. Memory at 80000 is zeros; RAX, RCX and RDX are 0 before it. */
const op = (code: string): Probe => ({ code, absent: UD });
/** A bit of CR4. */
const cr4 = (bit: number): Probe => ({ code: `0f20e0 0fbae8${le32(bit).slice(0, 2)} 0f22e0`, absent: GP });
/** A model-specific register that can be read. */
const msr = (index: number): Probe => ({ code: `b9${le32(index)} 0f32`, absent: GP });
/** One that takes this value. */
const write = (index: number, value: number): Probe => ({
  code: `b9${le32(index)} b8${le32(value)} 0f30`,
  absent: GP,
});
const elsewhere = (shownBy: string): Elsewhere => ({ shownBy });

/** FSGSBASE and OSXSAVE on in CR4, where they are there; RAX, RCX and RDX 0. */
const ENABLE = '0f20e0 0fbae810 0fbae812 0f22e0 31c0 31c9 31d2 ';

interface Word {
  readonly leaf: number;
  readonly subleaf: number;
  readonly register: Register;
  readonly rows: readonly Row[];
}

const words: readonly Word[] = [
  {
    leaf: 1,
    subleaf: 0,
    register: 'rcx',
    rows: [
      [0, 'SSE3', op('f20f7cc0')],
      [1, 'PCLMULQDQ', op('660f3a44c000')],
      [2, 'DTES64', msr(0x600)],
      [3, 'MONITOR', op('0f01c8'), op('0f01c9')],
      [5, 'VMX', op('0f01c1'), op('0f01c2'), op('0f78c0'), cr4(13)],
      [6, 'SMX', op('0f37'), cr4(14)],
      [7, 'EIST', msr(0x198)],
      [8, 'TM2', msr(0x19d)],
      [9, 'SSSE3', op('660f3800c0')],
      [11, 'SDBG', msr(0xc80)],
      [12, 'FMA', op('c4e27998c0')],
      [13, 'CMPXCHG16B', op('480fc70c2500000800')],
      [15, 'PDCM', msr(0x345)],
      [17, 'PCID', cr4(17)],
      [19, 'SSE4.1', op('660f3817c0')],
      [20, 'SSE4.2', op('660f3837c0'), op('f20f38f0c0')],
      [21, 'x2APIC', msr(0x802)],
      [22, 'MOVBE', op('0f38f0042500000800'), op('0f38f1042500000800')],
      [23, 'POPCNT', op('f30fb8c0')],
      [24, 'TSC deadline', msr(0x6e0)],
      [25, 'AES', op('660f38dcc0'), op('660f3adfc000')],
      [26, 'XSAVE', cr4(18), op('0f01d0'), op('0fae242500000800')],
      [27, 'OSXSAVE', elsewhere('system-features.test.ts')],
      [28, 'AVX', op('c5f857c0'), op('c5f877')],
      [29, 'F16C', op('c4e27913c0')],
      [30, 'RDRAND', op('0fc7f0')],
      [31, 'hypervisor', elsewhere('leaf 40000000')],
    ],
  },
  {
    leaf: 1,
    subleaf: 0,
    register: 'rdx',
    rows: [
      [0, 'FPU', op('d9e8')],
      [1, 'VME', cr4(0), cr4(1)],
      [2, 'DE', cr4(3)],
      [3, 'PSE', cr4(4)],
      [4, 'TSC', op('0f31'), cr4(2)],
      [5, 'MSR', msr(0x1b)],
      [6, 'PAE', cr4(5)],
      [7, 'MCE', cr4(6)],
      [8, 'CMPXCHG8B', op('0fc70c2500000800')],
      [9, 'APIC', elsewhere('local-apic.test.ts')],
      [11, 'SYSENTER', msr(0x174)],
      [12, 'MTRR', msr(0xfe)],
      [13, 'PGE', cr4(7)],
      [14, 'MCA', msr(0x179)],
      [15, 'CMOV', op('0f44c0')],
      [16, 'PAT', msr(0x277)],
      [17, 'PSE-36', elsewhere('paging.test.ts')],
      [19, 'CLFLUSH', op('0fae3c2500000800')],
      [21, 'DS', msr(0x600)],
      [22, 'ACPI', msr(0x19a)],
      [23, 'MMX', op('0f77')],
      [24, 'FXSR', op('0fae042500000800')],
      [25, 'SSE', op('0f57c0')],
      [26, 'SSE2', op('660f57c0')],
    ],
  },
  {
    leaf: 7,
    subleaf: 0,
    register: 'rbx',
    rows: [
      [0, 'FSGSBASE', cr4(16), op('f30faec0'), op('f30faec8')],
      [1, 'TSC_ADJUST', msr(0x3b)],
      [2, 'SGX', op('0f01cf'), op('0f01d7')],
      [3, 'BMI1', op('c4e278f2c0'), { code: 'f30fbcca', rcx: [32n, 0n] }],
      [5, 'AVX2', op('c5fdefc0')],
      [7, 'SMEP', cr4(20)],
      [8, 'BMI2', op('c4e278f5c0'), op('c4e37bf0c000')],
      [9, 'ERMS', elsewhere('a promise of speed')],
      [10, 'INVPCID', op('b802000000 660f3882042500000800')],
      [11, 'RTM', op('0f01d6'), op('0f01d5')],
      [12, 'RDT-M', msr(0xc8d)],
      [16, 'AVX512F', op('62f17c4858c0')],
      [18, 'RDSEED', op('0fc7f8')],
      [19, 'ADX', op('660f38f6c0'), op('f30f38f6c0')],
      [20, 'SMAP', cr4(21), op('0f01ca'), op('0f01cb')],
      [23, 'CLFLUSHOPT', op('660fae3c2500000800')],
      [24, 'CLWB', op('660fae342500000800')],
      [25, 'processor trace', msr(0x570)],
      [29, 'SHA', op('0f38c8c0'), op('0f3accc000')],
    ],
  },
  {
    leaf: 7,
    subleaf: 0,
    register: 'rcx',
    rows: [
      [2, 'UMIP', cr4(11)],
      [3, 'PKU', cr4(22), op('0f01ee')],
      [5, 'WAITPKG', op('f30faef0'), op('660faef0')],
      [7, 'CET', cr4(23)],
      [8, 'GFNI', op('660f38cfc0')],
      [9, 'VAES', op('c4e27ddcc0')],
      [10, 'VPCLMULQDQ', op('c4e37d44c000')],
      [16, 'LA57', cr4(12)],
      [22, 'RDPID', op('f30fc7f8')],
      [27, 'MOVDIRI', op('0f38f9042500000800')],
      [28, 'MOVDIR64B', op('660f38f8042500000800')],
      [29, 'ENQCMD', op('f20f38f8042500000800')],
      [31, 'PKS', cr4(24)],
    ],
  },
  {
    leaf: 7,
    subleaf: 0,
    register: 'rdx',
    rows: [
      [5, 'UINTR', cr4(25), op('f30f01ee')],
      [14, 'SERIALIZE', op('0f01e8')],
      [16, 'TSXLDTRK', op('f20f01e8')],
      [18, 'PCONFIG', op('0f01c5')],
      [26, 'IBRS and IBPB', msr(0x48), write(0x49, 1)],
      [27, 'STIBP', write(0x48, 2)],
      [28, 'L1D_FLUSH', write(0x10b, 1)],
      [29, 'IA32_ARCH_CAPABILITIES', msr(0x10a)],
      [30, 'IA32_CORE_CAPABILITIES', msr(0xcf)],
      [31, 'SSBD', write(0x48, 4)],
    ],
  },
  {
    leaf: 0xd,
    subleaf: 1,
    register: 'rax',
    rows: [
      [0, 'XSAVEOPT', op('0fae342500000800')],
      [1, 'XSAVEC', op('0fc7242500000800')],
      [2, 'XGETBV of what is in use', { code: 'b901000000 0f01d0', absent: GP }],
      [3, 'XSAVES', op('0fc72c2500000800'), op('0fc71c2500000800')],
    ],
  },
  {
    leaf: 0x80000001,
    subleaf: 0,
    register: 'rcx',
    rows: [
      [0, 'LAHF in 64-bit mode', op('9f'), op('9e')],
      [2, 'SVM', op('0f01d8'), op('0f01d9'), op('0f01dd')],
      [5, 'LZCNT', { code: 'b801000000 f30fbdc8', rcx: [31n, 0n] }],
      [6, 'SSE4A', op('660f79c0'), op('f20f79c0')],
      [8, 'PREFETCHW', elsewhere('a NOP without it')],
      [11, 'XOP', op('8fe8789000 00')],
      [16, 'FMA4', op('c4e37969c000')],
      [29, 'MONITORX', op('0f01fa'), op('0f01fb')],
    ],
  },
  {
    leaf: 0x80000001,
    subleaf: 0,
    register: 'rdx',
    rows: [
      [11, 'SYSCALL in 64-bit mode', elsewhere('modes.test.ts')],
      [20, 'NX', elsewhere('paging.test.ts')],
      [26, '1-GiB pages', elsewhere('paging.test.ts')],
      [27, 'RDTSCP', op('0f01f9'), msr(0xc0000103)],
      [29, 'IA-32e mode', elsewhere('every test of startLong')],
      [31, '3DNow!', op('0f0fc09e'), op('0f0e')],
    ],
  },
  {
    leaf: 0x80000008,
    subleaf: 0,
    register: 'rbx',
    rows: [
      [0, 'CLZERO', op('0f01fc')],
      [4, 'RDPRU', op('0f01fd')],
    ],
  },
];

function cpuid(leaf: number, subleaf: number): Readonly<Record<Register, number>> {
  guest.runLong(`b8${le32(leaf)} b9${le32(subleaf)} 0fa2 f4`);
  const read = (name: Register): number => Number(guest.register(name) & 0xffffffffn);
  return { rax: read('rax'), rbx: read('rbx'), rcx: read('rcx'), rdx: read('rdx') };
}

/** XCR0, and XSAVE's area, as an operating system would have them; then the code. */
function tryCode(code: string): number {
  guest.startLong(`${ENABLE} ${code} f4`);
  for (let at = 0x80000; at < 0x80240; at += 8) guest.view.setBigUint64(at, 0n, true);
  guest.finish();
  return guest.vector;
}

describe.each(words)('CPUID $leaf.$subleaf $register', ({ leaf, subleaf, register, rows }) => {
  const reported = (bit: number): boolean => ((cpuid(leaf, subleaf)[register] >>> bit) & 1) === 1;

  const named = rows.map(([bit, name, ...evidence]) => ({ bit, name, evidence }));
  it.each(named)('bit $bit: $name', ({ bit, name, evidence }) => {
    const present = reported(bit);
    for (const item of evidence) {
      if ('shownBy' in item) continue;
      const vector = tryCode(item.code);
      const what = `${name} ${present ? 'is' : 'is not'} reported: ${item.code}`;
      if ('absent' in item) expect(vector, what).toBe(present ? NO_FAULT : item.absent);
      else expect(guest.register('rcx'), what).toBe(item.rcx[present ? 0 : 1]);
    }
  });

  it('has no bit that no row knows', () => {
    const known = rows.reduce((bits, [bit]) => bits | (1 << bit), 0);
    expect((cpuid(leaf, subleaf)[register] & ~known) >>> 0).toBe(0);
  });
});
