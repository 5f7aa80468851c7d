/** Debug registers, single steps and their shadows (SDM vol. 3, 17.2 and 17.3), alignment checks (6.15, #AC). */
import { beforeAll, describe, expect, it } from 'vitest';
import { CODE, Guest } from './testing/guest.ts';

const DATA = 0x80000;
const SMALL_STEP = 0x4000n;
let guest: Guest;
beforeAll(async () => {
  guest = await Guest.create();
});

function le32(value: number): string {
  return [0, 8, 16, 24].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, '0')).join('');
}

/** mov rax,value; mov drN,rax */
function setDebug(register: number, value: number): string {
  return `48c7c0${le32(value)} 0f23${(0xc0 | (register << 3)).toString(16)} `;
}

/** DR7 with breakpoint 0 enabled: R/W and LEN as they are encoded. */
function enable(kind: number, length: number): number {
  return 1 | (kind << 16) | (length << 18);
}
const EXECUTE = 0;
const WRITE = 1;
const IO = 2;
const ACCESS = 3;

function bytesOf(hex: string): number {
  return hex.replace(/\s+/g, '').length / 2;
}

function frame(): { rip: bigint; flags: bigint } {
  const sp = Number(guest.register('rsp'));
  return { rip: guest.view.getBigUint64(sp, true), flags: guest.view.getBigUint64(sp + 16, true) };
}

/** Sets up breakpoint 0, runs `code` behind that; returns where it starts. */
function runWatched(address: number, control: number, code: string, before = ''): number {
  const head = before + setDebug(0, address) + setDebug(7, control);
  guest.startLong(head + code);
  guest.view.setBigUint64(DATA, 0n, true);
  guest.finish();
  return CODE + bytesOf(head);
}

describe('instruction breakpoints', () => {
  it('are faults at the instruction, with RF clear in the image', () => {
    const code = 'ffc1 ffc1 ffc1 f4';
    const at = CODE + bytesOf(setDebug(0, 0) + setDebug(7, 0));
    runWatched(at + 2, enable(EXECUTE, 0), `31c9 ${code}`);
    expect(guest.vector).toBe(1);
    expect(frame().rip).toBe(BigInt(at + 2));
    expect(frame().flags & 0x10000n).toBe(0n);
    expect(guest.register('rcx')).toBe(0n);
    expect(guest.register('dr6') & 0xfn).toBe(1n);
  });

  it('reach code that has run before', () => {
    // The loop's body is decoded and linked before the breakpoint is set in its third round.
    guest.startLong(
      `31c9 ffc1 83f903 75f9 ${setDebug(0, CODE + 2)} ${setDebug(7, enable(EXECUTE, 0))} 31c9 48c7c300000100 4883c302 ffe3`,
    );
    guest.finish();
    expect(guest.vector).toBe(1);
    expect(frame().rip).toBe(BigInt(CODE + 2));
  });

  it('are passed once with RF set by IRET', () => {
    // push ss, rsp, flags with RF, cs, rip; iretq to the breakpoint: inc ecx; hlt
    const head = setDebug(0, CODE + 0x100) + setDebug(7, enable(EXECUTE, 0));
    guest.startLong(`${head} 31c9 6a10 6800680000 6802000100 6a08 68${le32(CODE + 0x100)} 48cf`);
    guest.write(CODE + 0x100, 'ffc1 9c 5a f4');
    guest.finish();
    expect(guest.vector).toBe(0xff);
    expect(guest.register('rcx')).toBe(1n);
  });

  it('do not hit after they are disabled', () => {
    const at = CODE + bytesOf(setDebug(0, 0) + setDebug(7, 0) + setDebug(7, 0));
    runWatched(at, enable(EXECUTE, 0), `${setDebug(7, 0)} ffc1 f4`);
    expect(guest.vector).toBe(0xff);
  });
});

describe('data breakpoints', () => {
  it('trap after the write, in the middle of a block', () => {
    const start = runWatched(DATA, enable(WRITE, 3), '31c9 ffc1 890c2502000800 ffc1 ffc1 f4');
    expect(guest.vector).toBe(1);
    expect(frame().rip).toBe(BigInt(start + 11));
    expect(guest.register('rcx')).toBe(1n);
    expect(guest.view.getUint32(DATA + 2, true)).toBe(1);
    expect(guest.register('dr6') & 0xfn).toBe(1n);
  });

  it.each([
    ['a read of a write breakpoint', WRITE, '8b0c2500000800', 0xff],
    ['a read of an access breakpoint', ACCESS, '8b0c2500000800', 1],
    ['a write beside it', WRITE, '890c2504000800', 0xff],
    ['a write that reaches into it', WRITE, '890c25feff0700', 1],
    ['a push onto it', WRITE, '4889e3 bc08000800 51 4889dc', 1],
    ['a 16-byte store over it', WRITE, '0f110c25f8ff0700', 1],
  ] as const)('%s', (_what, kind, code, vector) => {
    runWatched(DATA, enable(kind, 3), `31c9 ${code} f4`);
    expect(guest.vector).toBe(vector);
  });

  it('cover eight bytes with LEN 2', () => {
    runWatched(DATA, enable(WRITE, 2), '880c2507000800 f4');
    expect(guest.vector).toBe(1);
  });

  it('leave the flags of a read-modify-write right', () => {
    // stc; adc dword [DATA],0
    runWatched(DATA, enable(WRITE, 3), 'f9 8314250000080000 f4');
    expect(guest.vector).toBe(1);
    expect(guest.view.getUint32(DATA, true)).toBe(1);
    expect(frame().flags & 1n).toBe(0n);
  });

  it('stop a repeated store after the element', () => {
    // mov edi,DATA-2; mov ecx,8; rep stosb
    const start = runWatched(DATA, enable(WRITE, 0), 'bffeff0700 b908000000 f3aa f4');
    expect(guest.vector).toBe(1);
    expect(guest.register('rcx')).toBe(5n);
    expect(frame().rip).toBe(BigInt(start + 10));
    expect(frame().flags & 0x10000n).toBe(0x10000n);
  });

  it('wait for the instruction after MOV SS', () => {
    // Before it: mov word [DATA],10. Then: xor ecx,ecx; mov ss,[DATA]; inc ecx; inc ecx
    const start = runWatched(
      DATA,
      enable(ACCESS, 1),
      '31c9 8e142500000800 ffc1 ffc1 f4',
      '66c70425000008001000',
    );
    expect(guest.vector).toBe(1);
    expect(frame().rip).toBe(BigInt(start + 2 + 7 + 2));
    expect(guest.register('rcx')).toBe(1n);
  });
});

describe('I/O breakpoints', () => {
  it('need CR4.DE and trap after the access', () => {
    // mov rax,cr4; or al,8; mov cr4,rax
    const start = runWatched(0x60, enable(IO, 0), 'e460 ffc1 f4', '0f20e0 0c08 0f22e0');
    expect(guest.vector).toBe(1);
    expect(frame().rip).toBe(BigInt(start + 2));
    runWatched(0x60, enable(IO, 0), 'e460 f4');
    expect(guest.vector).toBe(0xff);
  });
});

describe('general detect', () => {
  it('reports an access to a debug register before it happens', () => {
    const start = runWatched(0x1234, 0x2000, '0f21c3 f4');
    expect(guest.vector).toBe(1);
    expect(frame().rip).toBe(BigInt(start));
    expect(guest.register('dr6') & 0x2000n).toBe(0x2000n);
    expect(guest.register('dr7') & 0x2000n).toBe(0n);
  });
});

describe('single steps', () => {
  /** pushf; or dword [rsp],100; popf: 9 bytes */
  const TRAP = '9c 810c2400010000 9d';

  it('name themselves in DR6', () => {
    guest.runLong(`${TRAP} 90 90 f4`);
    expect(guest.vector).toBe(1);
    expect(guest.register('dr6') & SMALL_STEP).toBe(SMALL_STEP);
  });

  it('are held off by MOV SS', () => {
    guest.runLong(`66b81000 ${TRAP} 8ed0 ffc1 ffc1 f4`);
    expect(guest.vector).toBe(1);
    expect(frame().rip).toBe(BigInt(CODE + 4 + 9 + 2 + 2));
  });

  it('do not follow INT n, whose handler runs with TF clear', () => {
    guest.runLong(`${TRAP} cd21 f4`);
    expect(guest.vector).toBe(0x21);
  });
});

describe('INT1', () => {
  it('is delivered behind itself', () => {
    guest.runLong('f1 f4');
    expect(guest.vector).toBe(1);
    expect(frame().rip).toBe(BigInt(CODE + 1));
  });
});

describe('alignment checks', () => {
  /** mov rax,cr0; or eax,40000; mov cr0,rax; then to level 3 with `flags`. */
  const toUser = (flags: number): string =>
    `0f20c0 0d00000400 0f22c0 6a33 6800680000 68${le32(flags)} 6a2b 488d0503000000 50 48cf `;

  it.each([
    ['a misaligned dword at level 3', 0x40002, '8b042501000800', 17],
    ['an aligned one', 0x40002, '8b042504000800', 13],
    ['a misaligned one without AC', 0x2, '8b042501000800', 13],
    ['a misaligned push', 0x40002, '4883ec01 50', 17],
    ['a misaligned 16-byte load that needs none', 0x40002, '0f10042508000800', 17],
  ] as const)('%s', (_what, flags, code, vector) => {
    // HLT at level 3 is #GP.
    guest.runLong(`${toUser(flags)} ${code} f4`);
    expect(guest.vector).toBe(vector);
    if (vector === 17) {
      const sp = Number(guest.register('rsp'));
      expect(guest.view.getBigUint64(sp, true)).toBe(0n);
    }
  });

  it('do not touch level 0', () => {
    // pushf; or dword [rsp],40000; popf
    guest.runLong('0f20c0 0d00000400 0f22c0 9c 810c2400000400 9d 8b042501000800 f4');
    expect(guest.vector).toBe(0xff);
  });
});
