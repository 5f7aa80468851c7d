import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKernel } from '../testing/compile.ts';

const kernel = await loadKernel(['proc/elf-format.fixture.ts']);
const ENOEXEC = -8;
const USER_END = 0x7fff_ffff_f000n;

interface Segment {
  type?: number;
  flags: number;
  offset: bigint;
  address: bigint;
  fileSize: bigint;
  memorySize: bigint;
  align?: bigint;
}

const text: Segment = { flags: 5, offset: 0n, address: 0x1000_0000n, fileSize: 0x1800n, memorySize: 0x1800n };
const data: Segment = {
  flags: 6,
  offset: 0x2000n,
  address: 0x1000_2000n,
  fileSize: 0x100n,
  memorySize: 0x2000n,
};
const ENTRY = 0x1000_0400n;

function build(segments: Segment[] = [text, data], entry = ENTRY, size = 0x2100): Uint8Array {
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, entry, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, segments.length, true);
  segments.forEach((s, i) => {
    const p = 64 + i * 56;
    view.setUint32(p, s.type ?? 1, true);
    view.setUint32(p + 4, s.flags, true);
    view.setBigUint64(p + 8, s.offset, true);
    view.setBigUint64(p + 16, s.address, true);
    view.setBigUint64(p + 24, s.address, true);
    view.setBigUint64(p + 32, s.fileSize, true);
    view.setBigUint64(p + 40, s.memorySize, true);
    view.setBigUint64(p + 48, s.align ?? 0x1000n, true);
  });
  return file;
}

const space = kernel.put(new Uint8Array(1 << 20));
function check(file: Uint8Array): number {
  kernel.bytes(space, file.length).set(file);
  return kernel.fn('check')(space, file.length);
}

/** A good file with one field changed. */
function changed(change: (view: DataView) => void): Uint8Array {
  const file = build();
  change(new DataView(file.buffer));
  return file;
}

const PH0 = 64;
const PH1 = 64 + 56;

const folder = mkdtempSync(path.join(tmpdir(), 'breenix-elf-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A program made by the real compiler and linker. */
function compile(...flags: string[]): Uint8Array {
  const source = path.join(folder, 'a.c');
  const out = path.join(folder, 'a.out');
  writeFileSync(source, 'int x = 7; int y[5000]; void _start(void) { x = y[0]; for (;;) {} }\n');
  execFileSync('clang', ['-O1', '-nostdlib', '-ffreestanding', '-fuse-ld=lld', ...flags, source, '-o', out]);
  return readFileSync(out);
}

describe('ELF loader checks', () => {
  it('accepts a sound file and says what to load', () => {
    expect(check(build())).toBe(2);
    expect(kernel.fn64('entry')()).toBe(ENTRY);
    expect(kernel.fn64('segmentAddress')(1)).toBe(data.address);
    expect(kernel.fn64('segmentMemory')(1)).toBe(data.memorySize);
    expect(kernel.fn64('segmentFile')(1)).toBe(data.fileSize);
    expect(kernel.fn64('segmentOffset')(1)).toBe(data.offset);
    expect(kernel.fn('segmentFlags')(1)).toBe(6);
    expect(kernel.fn64('phdrAddress')()).toBe(0x1000_0040n);
  });

  it('accepts what clang and lld make', () => {
    expect(check(compile('-static', '-Wl,--image-base=0x10000000'))).toBeGreaterThanOrEqual(2);
    expect(check(compile('-static', '-Wl,-z,separate-code'))).toBeGreaterThanOrEqual(2);
  });

  it('accepts position-independent programs, and those that name an interpreter within the file', () => {
    expect(check(compile('-static-pie'))).toBeGreaterThan(1);
    const interpreter: Segment = { ...text, type: 3, memorySize: 8n, fileSize: 8n };
    expect(check(build([interpreter, text]))).toBe(1);
    expect(check(build([{ ...interpreter, fileSize: 1n }, text]))).toBe(ENOEXEC);
    expect(check(build([{ ...interpreter, fileSize: 5000n }, text]))).toBe(ENOEXEC);
    expect(check(build([{ ...interpreter, offset: 0x20fcn }, text]))).toBe(ENOEXEC);
  });

  it('refuses a file cut at any length', () => {
    const file = build();
    for (let n = 0; n < file.length; n += n < 256 ? 1 : 97) expect(check(file.slice(0, n))).toBe(ENOEXEC);
  });

  it.each<[string, (v: DataView) => void]>([
    [
      'magic',
      (v) => {
        v.setUint8(1, 0x46);
      },
    ],
    [
      '32-bit class',
      (v) => {
        v.setUint8(4, 1);
      },
    ],
    [
      'big endian',
      (v) => {
        v.setUint8(5, 2);
      },
    ],
    [
      'identification version',
      (v) => {
        v.setUint8(6, 0);
      },
    ],
    [
      'FreeBSD',
      (v) => {
        v.setUint8(7, 9);
      },
    ],
    [
      'object file',
      (v) => {
        v.setUint16(16, 1, true);
      },
    ],
    [
      'core file',
      (v) => {
        v.setUint16(16, 4, true);
      },
    ],
    [
      'AArch64',
      (v) => {
        v.setUint16(18, 183, true);
      },
    ],
    [
      'version',
      (v) => {
        v.setUint32(20, 0, true);
      },
    ],
    [
      'entry 0',
      (v) => {
        v.setBigUint64(24, 0n, true);
      },
    ],
    [
      'entry in data',
      (v) => {
        v.setBigUint64(24, data.address, true);
      },
    ],
    [
      'entry after the code',
      (v) => {
        v.setBigUint64(24, text.address + text.fileSize, true);
      },
    ],
    [
      'entry in the kernel',
      (v) => {
        v.setBigUint64(24, 0xffff_ffff_8000_0000n, true);
      },
    ],
    [
      'program headers in the ELF header',
      (v) => {
        v.setBigUint64(32, 8n, true);
      },
    ],
    [
      'program headers unaligned',
      (v) => {
        v.setBigUint64(32, 65n, true);
      },
    ],
    [
      'program headers past the end',
      (v) => {
        v.setBigUint64(32, 0x2100n, true);
      },
    ],
    [
      'program headers at the end of everything',
      (v) => {
        v.setBigUint64(32, 0xffff_ffff_ffff_fff8n, true);
      },
    ],
    [
      'header size',
      (v) => {
        v.setUint16(52, 63, true);
      },
    ],
    [
      'program header size',
      (v) => {
        v.setUint16(54, 57, true);
      },
    ],
    [
      'no program headers',
      (v) => {
        v.setUint16(56, 0, true);
      },
    ],
    [
      'too many program headers',
      (v) => {
        v.setUint16(56, 65, true);
      },
    ],
    [
      'PN_XNUM',
      (v) => {
        v.setUint16(56, 0xffff, true);
      },
    ],
    [
      'no PT_LOAD',
      (v) => {
        v.setUint32(PH0, 4, true);
        v.setUint32(PH1, 4, true);
      },
    ],
    [
      'no executable segment',
      (v) => {
        v.setUint32(PH0 + 4, 4, true);
      },
    ],
    [
      'offset past the end',
      (v) => {
        v.setBigUint64(PH1 + 8, 0x3000n, true);
      },
    ],
    [
      'offset that overflows',
      (v) => {
        v.setBigUint64(PH1 + 8, 0xffff_ffff_ffff_f000n, true);
      },
    ],
    [
      'file size past the end',
      (v) => {
        v.setBigUint64(PH1 + 32, 0x101n, true);
      },
    ],
    [
      'file size that overflows',
      (v) => {
        v.setBigUint64(PH1 + 32, 0xffff_ffff_ffff_ffffn, true);
        v.setBigUint64(PH1 + 40, 0xffff_ffff_ffff_ffffn, true);
      },
    ],
    [
      'file size above memory size',
      (v) => {
        v.setBigUint64(PH1 + 40, 0xffn, true);
      },
    ],
    [
      'address 0',
      (v) => {
        v.setBigUint64(PH0 + 16, 0n, true);
      },
    ],
    [
      'address in the kernel',
      (v) => {
        v.setBigUint64(PH1 + 16, 0xffff_8000_0000_0000n, true);
      },
    ],
    [
      'non-canonical address',
      (v) => {
        v.setBigUint64(PH1 + 16, 0x8000_0000_0000n, true);
      },
    ],
    [
      'address that wraps',
      (v) => {
        v.setBigUint64(PH1 + 16, 0xffff_ffff_ffff_f000n, true);
      },
    ],
    [
      'end past user space',
      (v) => {
        v.setBigUint64(PH1 + 16, USER_END - 0x1000n, true);
      },
    ],
    [
      'memory size that overflows',
      (v) => {
        v.setBigUint64(PH1 + 40, 0xffff_ffff_ffff_0000n, true);
      },
    ],
    [
      'address not congruent to offset',
      (v) => {
        v.setBigUint64(PH1 + 16, 0x1000_2010n, true);
      },
    ],
    [
      'alignment no power of two',
      (v) => {
        v.setBigUint64(PH1 + 48, 0x3000n, true);
      },
    ],
    [
      'alignment not held',
      (v) => {
        v.setBigUint64(PH1 + 48, 0x20_0000n, true);
        v.setBigUint64(PH1 + 16, 0x1000_3000n, true);
      },
    ],
    [
      'overlap',
      (v) => {
        v.setBigUint64(PH1 + 16, 0x1000_0000n, true);
      },
    ],
    [
      'shared page',
      (v) => {
        v.setBigUint64(PH0 + 32, 0x2001n, true);
        v.setBigUint64(PH0 + 40, 0x2001n, true);
      },
    ],
    [
      'descending order',
      (v) => {
        v.setBigUint64(PH1 + 16, 0x0fff_0000n, true);
      },
    ],
  ])('refuses: %s', (_what, change) => {
    expect(check(changed(change))).toBe(ENOEXEC);
  });

  it('checks PT_PHDR and PT_TLS against what is loaded', () => {
    const phdr: Segment = {
      type: 6,
      flags: 4,
      offset: 64n,
      address: 0x1000_0040n,
      fileSize: 168n,
      memorySize: 168n,
    };
    expect(check(build([phdr, text, data]))).toBe(2);
    expect(check(build([{ ...phdr, address: 0x1000_0048n }, text, data]))).toBe(ENOEXEC);
    expect(check(build([{ ...phdr, offset: 128n, address: 0x1000_0080n }, text, data]))).toBe(ENOEXEC);
    const tls: Segment = {
      type: 7,
      flags: 4,
      offset: 0x2000n,
      address: data.address,
      fileSize: 8n,
      memorySize: 64n,
    };
    expect(check(build([text, data, tls]))).toBe(2);
    expect(check(build([text, data, { ...tls, fileSize: 65n }]))).toBe(ENOEXEC);
    expect(check(build([text, data, { ...tls, address: 0xffff_8000_0000_0000n }]))).toBe(ENOEXEC);
  });

  it('ignores an empty segment but not a wrong one', () => {
    const empty: Segment = { flags: 4, offset: 0x2000n, address: 0x2000_0000n, fileSize: 0n, memorySize: 0n };
    expect(check(build([text, data, empty]))).toBe(2);
    expect(check(build([text, data, { ...empty, address: 0xffff_ffff_ffff_f000n }]))).toBe(ENOEXEC);
  });

  it('never accepts a random mutation that breaks its promises', () => {
    let seed = 4711;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    const interesting = [
      0n,
      1n,
      0x1000n,
      0x2100n,
      USER_END,
      1n << 47n,
      (1n << 63n) - 1n,
      1n << 63n,
      (1n << 64n) - 1n,
    ];
    let accepted = 0;
    for (let round = 0; round < 30_000; round++) {
      const file = build();
      const view = new DataView(file.buffer);
      for (let k = 1 + random(3); k > 0; k--) {
        if (random(2) === 0) file[random(64 + 112)] = random(256);
        else
          view.setBigUint64(8 * random((64 + 112) / 8), interesting[random(interesting.length)] ?? 0n, true);
      }
      const count = check(file);
      if (count < 0) {
        expect(count).toBe(ENOEXEC);
        continue;
      }
      accepted++;
      let free = view.getUint16(16, true) === 3 ? 0n : 0x10000n;
      for (let i = 0; i < count; i++) {
        const at = kernel.fn64('segmentAddress')(i);
        const offset = kernel.fn64('segmentOffset')(i);
        const inFile = kernel.fn64('segmentFile')(i);
        const inMemory = kernel.fn64('segmentMemory')(i);
        expect(BigInt.asUintN(64, at)).toBeGreaterThanOrEqual(free);
        expect(at + inMemory).toBeLessThanOrEqual(USER_END);
        expect(offset + inFile).toBeLessThanOrEqual(BigInt(file.length));
        expect(inFile).toBeLessThanOrEqual(inMemory);
        free = at + inMemory;
      }
    }
    expect(accepted).toBeGreaterThan(100);
  }, 60_000);
});
