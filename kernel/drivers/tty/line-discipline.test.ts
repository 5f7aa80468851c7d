import { beforeEach, describe, expect, it } from 'vitest';
import {
  compileKernel,
  instantiateKernel,
  standardDoubles,
  type KernelModule,
} from '../../testing/compile.ts';

const wasm = await compileKernel({
  entries: ['drivers/tty/line-discipline.fixture.ts', 'mm/kmalloc.ts'],
  replace: standardDoubles,
});

const LFLAG = 12;
const OFLAG = 4;
const IFLAG = 0;
const ICANON = 2;
const ECHO = 8;
const ECHOE = 0x10;
const NOFLSH = 0x80;

describe('line discipline', () => {
  let kernel: KernelModule;
  let screen: string;
  let signals: number[];

  beforeEach(async () => {
    screen = '';
    signals = [];
    kernel = await instantiateKernel(wasm, {
      'line-discipline.fixture': {
        echoed: (bytes: number, count: number) => {
          screen += kernel.text(bytes, count);
        },
        signalled: (signal: number) => {
          signals.push(signal);
        },
      },
    });
    kernel.fn('setUp')();
  });

  const type = (text: string): number => {
    const bytes = new TextEncoder().encode(text);
    return kernel.fn('type')(kernel.put(bytes), bytes.length);
  };
  const buffer = (): number => kernel.put(new Uint8Array(5000));
  const readLine = (max = 4096): string => {
    const out = buffer();
    return kernel.text(out, kernel.fn('readLine')(out, max));
  };
  const readRaw = (max = 4096): string => {
    const out = buffer();
    return kernel.text(out, kernel.fn('readRaw')(out, max));
  };
  const hasLine = (): boolean => kernel.fn('hasLine')() !== 0;
  const flags = (offset: number, clear: number, set = 0): void => {
    const at = kernel.fn('termiosAddress')() + offset;
    kernel.view().setUint32(at, (kernel.view().getUint32(at, true) & ~clear) | set, true);
  };

  it('hands over whole lines and echoes them', () => {
    expect(type('hel')).toBe(0);
    expect(hasLine()).toBe(false);
    expect(type('lo\r')).toBe(1);
    expect(screen).toBe('hello\r\n');
    expect(readLine()).toBe('hello\n');
    expect(hasLine()).toBe(false);
  });

  it('gives one line per read, in pieces if the reader is small', () => {
    type('one\ntwo\n');
    expect(readLine(2)).toBe('on');
    expect(readLine()).toBe('e\n');
    expect(readLine()).toBe('two\n');
  });

  it('erases characters, multi-byte ones whole, control characters and tabs by their width', () => {
    type('aé\x7f\x7f\x7f');
    expect(screen).toBe('aé\b \b\b \b');
    screen = '';
    type('\x01\x7f');
    expect(screen).toBe('^A\b \b\b \b');
    screen = '';
    type('ab\t\x7f');
    expect(screen).toBe('ab\t' + '\b'.repeat(6));
    type('c\n');
    expect(readLine()).toBe('abc\n');
  });

  it('never erases what was handed over', () => {
    type('x\n\x7f\x15\x17');
    expect(readLine()).toBe('x\n');
  });

  it('kills the line and erases words', () => {
    type('ls -l /bin');
    screen = '';
    type('\x17');
    expect(screen).toBe('\b \b'.repeat(3));
    type('\x17');
    type('\x15true\n');
    expect(readLine()).toBe('true\n');
  });

  it('ends the file only at the start of a line', () => {
    expect(type('\x04')).toBe(1);
    expect(readLine()).toBe('');
    type('abc\x04');
    expect(readLine()).toBe('abc');
    expect(hasLine()).toBe(false);
    type('abc\x04');
    expect(readLine(3)).toBe('abc');
    expect(hasLine()).toBe(false);
  });

  it('raises signals, shows them and drops the line', () => {
    type('abc\x03\x1c\x1a');
    expect(signals).toEqual([2, 3, 20]);
    expect(screen).toBe('abc^C^\\^Z');
    type('\n');
    expect(readLine()).toBe('\n');
    flags(LFLAG, 0, NOFLSH);
    type('kept\x03\n');
    expect(readLine()).toBe('kept\n');
  });

  it('takes a byte literally after ^V', () => {
    type('\x16\x03\n');
    expect(signals).toEqual([]);
    expect(readLine()).toBe('\x03\n');
  });

  it('ignores a disabled control character', () => {
    kernel.fn('setChar')(0, 0);
    type('\x00\x03\n');
    expect(signals).toEqual([]);
    expect(readLine()).toBe('\x00\x03\n');
  });

  it('is raw without ICANON: every byte at once, no editing', () => {
    flags(LFLAG, ICANON | ECHO | 1);
    flags(IFLAG, 0x100);
    expect(type('a\x7f\r\x03')).toBe(4);
    expect(screen).toBe('');
    expect(readRaw(2)).toBe('a\x7f');
    expect(readRaw()).toBe('\r\x03');
  });

  it('keeps unread input over a switch to raw mode', () => {
    type('done\nhalf\x04');
    flags(LFLAG, ICANON);
    expect(readRaw()).toBe('done\nhalf');
  });

  it('echoes only newlines with ECHONL, and the erase character without ECHOE', () => {
    flags(LFLAG, ECHO, 0x40);
    type('secret\n');
    expect(screen).toBe('\r\n');
    screen = '';
    flags(LFLAG, ECHOE, ECHO);
    type('ab\x7f');
    expect(screen).toBe('ab^?');
  });

  it('keeps room for the end of a line that is too long', () => {
    type('y'.repeat(5000));
    expect(screen.startsWith('y'.repeat(4095) + '\x07')).toBe(true);
    type('\n');
    expect(readLine(5000)).toBe('y'.repeat(4095) + '\n');
  });

  it('stops and starts output', () => {
    type('\x13');
    expect(kernel.fn('isStopped')()).toBe(1);
    type('\x11');
    expect(kernel.fn('isStopped')()).toBe(0);
    expect(screen).toBe('');
  });

  it('reprints the line', () => {
    type('abc');
    screen = '';
    type('\x12');
    expect(screen).toBe('^R\r\nabc');
  });

  it('processes output as oflag says', () => {
    const print = (text: string): string => {
      screen = '';
      kernel.fn('print')(kernel.putString(text), text.length);
      return screen;
    };
    expect(print('a\nb')).toBe('a\r\nb');
    flags(OFLAG, 0, 0x1800);
    expect(print('\n\tx')).toBe('\r\n        x');
    flags(OFLAG, 1);
    expect(print('a\n\t')).toBe('a\n\t');
  });

  it('survives any bytes', () => {
    let seed = 1;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 16) % n;
    };
    for (let round = 0; round < 300; round++) {
      const bytes = Uint8Array.from({ length: 1 + random(64) }, () =>
        random(3) === 0 ? random(32) : random(256),
      );
      flags(LFLAG, 0xffff, random(0x10000));
      flags(IFLAG, 0x7fff, random(0x8000));
      flags(OFLAG, 0x1fff, random(0x2000));
      kernel.fn('type')(kernel.put(bytes), bytes.length);
      if (random(3) === 0) readRaw(1 + random(4096));
      else if (hasLine()) readLine(1 + random(100));
    }
  });

  const receive = (byte: number, what: number): number => kernel.fn('receive')(byte, what);
  const raw = (): void => {
    flags(LFLAG, 0xffff);
  };

  it('treats breaks and damaged bytes as the input flags say', () => {
    raw();
    receive(0, 2);
    expect(readRaw()).toBe('\0');
    flags(IFLAG, 0, 0x08); // PARMRK
    receive(0, 2);
    type('a');
    expect([...new TextEncoder().encode(readRaw())].length).toBeGreaterThan(2);
    flags(IFLAG, 0, 0x02); // BRKINT
    receive(0, 2);
    expect(signals).toEqual([2]);
    flags(IFLAG, 0, 0x01); // IGNBRK
    receive(0, 2);
    expect(readRaw()).toBe('');
    flags(IFLAG, 0x0b);
    receive(0x41, 1); // without INPCK nobody looks at parity
    expect(readRaw()).toBe('A');
    flags(IFLAG, 0, 0x10);
    receive(0x41, 1);
    expect(readRaw()).toBe('\0');
    flags(IFLAG, 0, 0x04); // IGNPAR
    receive(0x41, 1);
    expect(readRaw()).toBe('');
  });

  it('marks errors so that they differ from data', () => {
    raw();
    flags(IFLAG, 0, 0x18); // PARMRK | INPCK
    const out = buffer();
    receive(0x41, 1);
    expect([...kernel.bytes(out, kernel.fn('readRaw')(out, 10))]).toEqual([0xff, 0, 0x41]);
    kernel.fn('type')(kernel.put(Uint8Array.of(0xff)), 1);
    expect([...kernel.bytes(out, kernel.fn('readRaw')(out, 10))]).toEqual([0xff, 0xff]);
  });

  it('maps case and prints erased characters on paper', () => {
    flags(IFLAG, 0, 0x200); // IUCLC
    flags(LFLAG, 0, 0x400); // ECHOPRT
    type('AB\x7f\x7fc\r');
    expect(screen).toBe('ab\\ba/c\r\n');
    expect(readLine()).toBe('c\n');
    flags(OFLAG, 0, 2); // OLCUC
    screen = '';
    type('d');
    expect(screen).toBe('D');
  });

  it('erases as many columns as a character took', () => {
    type('漢é\x7f\x7f');
    expect(screen).toBe('漢é\b \b\b \b\b \b');
    screen = '';
    type('e\u0301\x7f\x7f');
    expect(screen).toBe('e\u0301\b \b');
  });
});
