import { beforeEach, describe, expect, it } from 'vitest';
import {
  compileKernel,
  instantiateKernel,
  standardDoubles,
  type KernelModule,
} from '../../testing/compile.ts';

const wasm = await compileKernel({
  entries: [
    'drivers/tty/tty.fixture.ts',
    'drivers/tty/tty.ts',
    'drivers/tty/tty-io.ts',
    'drivers/tty/tty-ioctl.ts',
    'drivers/tty/job-control.ts',
    'proc/process.ts',
    'proc/groups.ts',
    'proc/credentials.ts',
    'sched/clock.ts',
    'mm/kmalloc.ts',
  ],
  replace: {
    ...standardDoubles,
    'proc/process.ts': 'testing/doubles/process.ts',
    'proc/credentials.ts': 'testing/doubles/credentials.ts',
    'proc/groups.ts': 'testing/doubles/groups.ts',
    'proc/signal.ts': 'testing/doubles/signal.ts',
    'syscall/user-copy.ts': 'testing/doubles/user-copy.ts',
  },
});

const EINTR = -4;
const EIO = -5;
const EAGAIN = -11;
const EPERM = -1;
const EFAULT = -14;
const ENOTTY = -25;
const ETIMEDOUT = -110;

const TCGETS = 0x5401;
const TCSETS = 0x5402;
const TCSETSW = 0x5403;
const TCSETSF = 0x5404;
const TCFLSH = 0x540b;
const TIOCSCTTY = 0x540e;
const TIOCGPGRP = 0x540f;
const TIOCSPGRP = 0x5410;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;
const TCXONC = 0x540a;
const TIOCEXCL = 0x540c;
const TIOCSTI = 0x5412;
const TIOCMGET = 0x5415;
const TIOCMBIS = 0x5416;
const TIOCMBIC = 0x5417;
const TCGETA = 0x5405;
const TCSETA = 0x5406;
const TCGETS2 = 0x802c542a;
const TCSETS2 = 0x402c542b;
const FIONREAD = 0x541b;
const TIOCNOTTY = 0x5422;

describe('terminal', () => {
  let kernel: KernelModule;
  let tty: number;
  let screen: string;
  let room: number;
  let drained: number;
  let configured: number[];
  let signals: [number, number][];
  /** What happens, in turn, while somebody sleeps; afterwards a signal comes. */
  let events: (() => void)[];
  let sleeps: bigint[];

  beforeEach(async () => {
    screen = '';
    room = 4096;
    drained = 0;
    configured = [];
    signals = [];
    events = [];
    sleeps = [];
    kernel = await instantiateKernel(wasm, {
      'tty.fixture': {
        send: (bytes: number, count: number) => {
          screen += kernel.text(bytes, count);
        },
        room: () => room,
        drained: () => {
          drained++;
        },
        configured: (cflag: number) => {
          configured.push(cflag >>> 0);
        },
      },
      'wait-queue': {
        sleep: (deadline: bigint) => {
          sleeps.push(deadline);
          const event = events.shift();
          if (event) {
            event();
            return 0;
          }
          if (deadline === 0n) return EINTR;
          kernel.fn('advanceClock')(10_000_000_000n);
          return ETIMEDOUT;
        },
      },
      signal: {
        sent: (group: number, signal: number) => {
          signals.push([group, signal]);
        },
      },
    });
    tty = kernel.fn('create')();
  });

  const type = (text: string): void => {
    kernel.fn('type')(tty, kernel.putString(text), new TextEncoder().encode(text).length);
  };
  const read = (count = 100, nonBlocking = false): string | number => {
    const buffer = kernel.put(new Uint8Array(count));
    const n = Number(kernel.fn64('ttyRead')(tty, buffer, count, nonBlocking ? 1 : 0, 0));
    return n < 0 ? n : kernel.text(buffer, n);
  };
  const write = (text: string, nonBlocking = false): number =>
    Number(kernel.fn64('ttyWrite')(tty, kernel.putString(text), text.length, nonBlocking ? 1 : 0, 0));
  const ioctl = (request: number, argument: number): number =>
    Number(kernel.fn64('ttyIoctl')(tty, request, BigInt(argument), 0));
  const settings = kernelSettings();
  function kernelSettings(): { raw: (min: number, time: number, request?: number) => number } {
    return {
      raw: (min, time, request = TCSETS) => {
        const at = kernel.put(new Uint8Array(36));
        expect(ioctl(TCGETS, at)).toBe(0);
        const view = kernel.view();
        view.setUint32(at + 12, 0, true);
        view.setUint8(at + 17 + 6, min);
        view.setUint8(at + 17 + 5, time);
        return ioctl(request, at);
      },
    };
  }
  const int = (value = 0): number => kernel.put(Uint8Array.of(value & 255, value >> 8, 0, 0));
  const intAt = (at: number): number => kernel.view().getInt32(at, true);

  it('sleeps for a line, and a signal ends the sleep', () => {
    expect(read()).toBe(EINTR);
    type('hel');
    expect(read(100, true)).toBe(EAGAIN);
    events = [
      () => {
        type('lo');
      },
      () => {
        type('\r');
      },
    ];
    expect(read()).toBe('hello\n');
    expect(read(0)).toBe('');
  });

  it('obeys MIN and TIME', () => {
    settings.raw(3, 0);
    events = [
      () => {
        type('a');
      },
      () => {
        type('b');
      },
      () => {
        type('cd');
      },
    ];
    expect(read()).toBe('abcd');
    settings.raw(0, 0);
    expect(read()).toBe('');
    settings.raw(0, 5);
    sleeps = [];
    expect(read()).toBe('');
    expect(sleeps[0]).toBeGreaterThan(0n);
    settings.raw(5, 5);
    sleeps = [];
    events = [
      () => {
        type('x');
      },
    ];
    expect(read()).toBe('x'); // the timer runs from the first byte on
    expect(sleeps[0]).toBe(0n);
    expect(sleeps[1]).toBeGreaterThan(0n);
    settings.raw(1, 0);
    type('long');
    expect(read(2)).toBe('lo');
    expect(read()).toBe('ng');
  });

  it('notices a change of mode while it sleeps', () => {
    events = [
      () => {
        type('abc');
        settings.raw(1, 0);
      },
    ];
    expect(read()).toBe('abc');
  });

  it('writes as fast as the driver takes it', () => {
    room = 8;
    events = Array.from({ length: 4 }, () => () => undefined);
    expect(write('hello')).toBe(5);
    expect(screen).toBe('hello');
    room = 0;
    expect(write('x', true)).toBe(EAGAIN);
    expect(write('x')).toBe(EINTR);
  });

  it('holds output after ^S and goes on after ^Q', () => {
    type('\x13');
    events = [
      () => {
        type('\x11');
      },
    ];
    expect(write('text')).toBe(4);
    expect(screen).toBe('text');
    expect(sleeps).toHaveLength(1);
  });

  it('asks the driver to wait when nobody reads, and tells it when there is room', () => {
    settings.raw(1, 0);
    type('x'.repeat(3900));
    expect(kernel.fn('ttyHasRoom')(tty)).toBe(0);
    read(4096);
    expect(drained).toBe(1);
    expect(kernel.fn('ttyHasRoom')(tty)).toBe(1);
  });

  it('becomes the terminal of a session leader, once', () => {
    kernel.fn('setProcess')(5, 5, 4, 0n);
    expect(ioctl(TIOCSCTTY, 0)).toBe(EPERM);
    kernel.fn('setProcess')(5, 5, 5, 0n);
    expect(ioctl(TIOCGPGRP, int())).toBe(ENOTTY);
    expect(ioctl(TIOCSCTTY, 0)).toBe(0);
    expect(kernel.fn('sessionOf')(tty)).toBe(5);
    const answer = int();
    expect(ioctl(TIOCGPGRP, answer)).toBe(0);
    expect(intAt(answer)).toBe(5);
    kernel.fn('setProcess')(6, 6, 6, 0n);
    kernel.fn('setProcessTty')(0);
    expect(ioctl(TIOCSCTTY, 0)).toBe(EPERM);
  });

  it('moves groups to the foreground and sends them what is typed', () => {
    kernel.fn('setProcess')(5, 5, 5, 0n);
    ioctl(TIOCSCTTY, 0);
    expect(ioctl(TIOCSPGRP, int(7))).toBe(0);
    type('\x03\x1a\x1c');
    expect(signals).toEqual([
      [7, 2],
      [7, 20],
      [7, 3],
    ]);
    signals = [];
    // The leader is in the background now.
    expect(read()).toBe(EINTR);
    expect(signals).toEqual([[5, 21]]);
    expect(ioctl(TIOCSPGRP, int(5))).toBe(EINTR);
    expect(signals[1]).toEqual([5, 22]);
    kernel.fn('setProcess')(5, 5, 5, (1n << 20n) | (1n << 21n));
    expect(read()).toBe(EIO);
    expect(ioctl(TIOCSPGRP, int(200))).toBe(EPERM);
    expect(ioctl(TIOCSPGRP, int(5))).toBe(0);
    expect(ioctl(TIOCSPGRP, 0)).toBe(EFAULT);
  });

  it('is given up by its leader, which its foreground hears', () => {
    kernel.fn('setProcess')(5, 5, 5, 0n);
    ioctl(TIOCSCTTY, 0);
    ioctl(TIOCSPGRP, int(8));
    expect(ioctl(TIOCNOTTY, 0)).toBe(0);
    expect(signals).toEqual([
      [8, 1],
      [8, 18],
    ]);
    expect(kernel.fn('processTty')()).toBe(0);
    expect(kernel.fn('sessionOf')(tty)).toBe(0);
    type('\x03');
    expect(signals).toHaveLength(2);
  });

  it('flushes, counts and answers ENOTTY and EFAULT', () => {
    type('typed');
    expect(settings.raw(1, 0)).toBe(0);
    const answer = int();
    expect(ioctl(FIONREAD, answer)).toBe(0);
    expect(intAt(answer)).toBe(5);
    expect(ioctl(TCFLSH, 0)).toBe(0);
    ioctl(FIONREAD, answer);
    expect(intAt(answer)).toBe(0);
    type('more');
    expect(settings.raw(1, 0, TCSETSF)).toBe(0);
    expect(read(10, true)).toBe(EAGAIN);
    room = 100;
    expect(settings.raw(1, 0, TCSETSW)).toBe(EINTR); // it waits until everything has gone out
    expect(ioctl(0x9999, 0)).toBe(ENOTTY);
    expect(ioctl(TCGETS, 0)).toBe(EFAULT);
    expect(ioctl(TCSETS, 0)).toBe(EFAULT);
  });

  it('tells its foreground about a new size', () => {
    kernel.fn('setProcess')(5, 5, 5, 0n);
    ioctl(TIOCSCTTY, 0);
    const size = kernel.put(Uint8Array.of(50, 0, 132, 0, 0, 0, 0, 0));
    expect(ioctl(TIOCSWINSZ, size)).toBe(0);
    expect(signals).toEqual([[5, 28]]);
    const answer = kernel.put(new Uint8Array(8));
    expect(ioctl(TIOCGWINSZ, answer)).toBe(0);
    expect([...kernel.bytes(answer, 4)]).toEqual([50, 0, 132, 0]);
  });

  it('is dead to those who had it open when it hangs up, and alive again afterwards', () => {
    kernel.fn('setProcess')(5, 5, 5, 0n);
    ioctl(TIOCSCTTY, 0);
    ioctl(TIOCSPGRP, int(8));
    type('unread');
    kernel.fn('setProcess')(8, 8, 5, 0n);
    events = [() => void kernel.fn('hangUp')(tty)];
    expect(read()).toBe(''); // the end of the file, not the bytes
    expect(signals).toEqual([
      [5, 1],
      [5, 18],
      [8, 1],
      [8, 18],
    ]);
    expect(write('x')).toBe(EIO);
    expect(ioctl(TIOCGWINSZ, int())).toBe(EIO);
    expect(kernel.fn('sessionOf')(tty)).toBe(0);
    const buffer = kernel.put(new Uint8Array(10));
    type('new\r');
    expect(Number(kernel.fn64('ttyRead')(tty, buffer, 10, 1, kernel.fn('generationOf')(tty)))).toBe(4);
  });

  it('refuses an orphaned group with EIO instead of stopping it for ever', () => {
    kernel.fn('setProcess')(5, 5, 5, 0n);
    ioctl(TIOCSCTTY, 0);
    ioctl(TIOCSPGRP, int(7));
    kernel.fn('setOrphaned')(1);
    signals = [];
    expect(read()).toBe(EIO);
    expect(ioctl(TIOCSPGRP, int(5))).toBe(EIO);
    expect(signals).toEqual([]);
  });

  it('throws input and output away at a signal character, unless NOFLSH', () => {
    kernel.fn('setProcess')(5, 5, 5, 0n);
    ioctl(TIOCSCTTY, 0);
    type('abc\x03');
    type('\r');
    expect(read()).toBe('\n');
    expect(signals).toEqual([[5, 2]]);
  });

  it('tells the driver of speed and line, by code and by number', () => {
    const at = kernel.put(new Uint8Array(44));
    expect(ioctl(TCGETS2, at)).toBe(0);
    expect(kernel.view().getUint32(at + 40, true)).toBe(38400);
    kernel.view().setUint32(at + 8, (kernel.view().getUint32(at + 8, true) & ~0x100f) | 0x1000, true);
    kernel.view().setUint32(at + 40, 9600, true);
    expect(ioctl(TCSETS2, at)).toBe(0);
    expect(configured).toHaveLength(1);
    expect((configured[0] ?? 0) & 0x100f).toBe(0x0d); // 9600 has a code
    kernel.view().setUint32(at + 40, 12345, true);
    expect(ioctl(TCSETS2, at)).toBe(0);
    expect(ioctl(TCGETS2, at)).toBe(0);
    expect(kernel.view().getUint32(at + 40, true)).toBe(12345);
    expect(kernel.view().getUint32(at + 8, true) & 0x100f).toBe(0x1000);
    expect(ioctl(TCSETS2, at)).toBe(0);
    expect(configured).toHaveLength(2); // nothing changed
  });

  it('knows the settings of System V', () => {
    const at = kernel.put(new Uint8Array(18));
    expect(ioctl(TCGETA, at)).toBe(0);
    expect(kernel.view().getUint16(at + 6, true)).toBe(0x8a3b);
    expect(kernel.view().getUint8(at + 9)).toBe(3);
    kernel.view().setUint16(at + 6, 0, true);
    expect(ioctl(TCSETA, at)).toBe(0);
    type('x');
    expect(screen).toBe('');
    expect(read()).toBe('x');
  });

  it('takes characters from its own programs, and from others only as root', () => {
    kernel.fn('setProcess')(5, 5, 5, 0n);
    const byte = kernel.putString('q');
    kernel.fn('setEffectiveUser')(1000);
    expect(ioctl(TIOCSTI, byte)).toBe(EPERM);
    ioctl(TIOCSCTTY, 0);
    expect(ioctl(TIOCSTI, byte)).toBe(0);
    type('\r');
    expect(read()).toBe('q\n');
    expect(ioctl(TIOCSTI, 0)).toBe(EFAULT);
  });

  it('sets modem lines, and holds output for TCOOFF', () => {
    const answer = int();
    expect(ioctl(TIOCMBIS, int(6))).toBe(0);
    expect(ioctl(TIOCMBIC, int(2))).toBe(0);
    expect(ioctl(TIOCMGET, answer)).toBe(0);
    expect(intAt(answer)).toBe(4);
    expect(ioctl(TCXONC, 0)).toBe(0);
    expect(write('x', true)).toBe(EAGAIN);
    type('\x11'); // ^Q does not release what a program holds
    expect(write('x', true)).toBe(EAGAIN);
    expect(ioctl(TCXONC, 1)).toBe(0);
    expect(write('x', true)).toBe(1);
    expect(ioctl(TIOCEXCL, 0)).toBe(0);
  });

  it('stops the sender with IXOFF', () => {
    const at = kernel.put(new Uint8Array(36));
    ioctl(TCGETS, at);
    kernel.view().setUint32(at, 0x1000, true);
    kernel.view().setUint32(at + 12, 0, true);
    ioctl(TCSETS, at);
    type('x'.repeat(3900));
    expect(kernel.fn('ttyHasRoom')(tty)).toBe(0);
    expect(screen).toBe('\x13');
    read(4096);
    expect(screen).toBe('\x13\x11');
  });
});
