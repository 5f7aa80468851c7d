import { beforeEach, describe, expect, it } from 'vitest';
import {
  compileKernel,
  instantiateKernel,
  standardDoubles,
  type KernelModule,
} from '../../testing/compile.ts';

const wasm = await compileKernel({
  entries: ['drivers/ps2/keyboard-decoder.fixture.ts', 'mm/kmalloc.ts'],
  replace: standardDoubles,
});

const SHIFT = 0x2a;
const RIGHT_SHIFT = 0x36;
const CONTROL = 0x1d;
const ALT = 0x38;
const CAPS = 0x3a;
const NUM = 0x45;

describe('keyboard decoder', () => {
  let kernel: KernelModule;

  beforeEach(async () => {
    kernel = await instantiateKernel(wasm);
    kernel.fn('setUp')();
  });

  /** What the bytes from the keyboard type. */
  const feed = (...bytes: number[]): string => {
    let out = '';
    for (const byte of bytes) out += kernel.text(kernel.fn('typed')(), kernel.fn('press')(byte));
    return out;
  };
  /** Press and release. */
  const tap = (code: number): string => feed(code, code | 0x80);
  const tapExtended = (code: number): string => feed(0xe0, code, 0xe0, code | 0x80);
  const withHeld = (held: number, press: () => string): string => {
    feed(held);
    const out = press();
    feed(held | 0x80);
    return out;
  };

  it('types every printable character of a US keyboard', () => {
    let plain = '';
    let shifted = '';
    const codes = [
      0x29,
      ...range(2, 13),
      ...range(0x10, 0x1b),
      0x2b,
      ...range(0x1e, 0x28),
      ...range(0x2c, 0x35),
      0x39,
    ];
    for (const code of codes) plain += tap(code);
    feed(RIGHT_SHIFT);
    for (const code of codes) shifted += tap(code);
    expect(plain).toBe("`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ ");
    expect(shifted).toBe('~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>? ');
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
    for (const character of printable) expect(plain + shifted).toContain(character);
  });

  it('types the editing keys', () => {
    expect(tap(0x0e)).toBe('\x7f');
    expect(tap(0x0f)).toBe('\t');
    expect(tap(0x1c)).toBe('\r');
    expect(tap(0x01)).toBe('\x1b');
    expect(withHeld(SHIFT, () => tap(0x0f))).toBe('\x1b[Z');
  });

  it('repeats a held key and forgets a released modifier', () => {
    expect(feed(0x1e, 0x1e, 0x1e, 0x9e)).toBe('aaa');
    expect(withHeld(SHIFT, () => tap(0x1e))).toBe('A');
    expect(tap(0x1e)).toBe('a');
    feed(SHIFT, RIGHT_SHIFT, SHIFT | 0x80);
    expect(tap(0x1e)).toBe('A');
  });

  it('makes control characters', () => {
    feed(CONTROL);
    expect(tap(0x2e)).toBe('\x03');
    expect(tap(0x1e)).toBe('\x01');
    expect(tap(0x2b)).toBe('\x1c');
    expect(tap(0x1a)).toBe('\x1b');
    expect(tap(0x39)).toBe('\0');
    expect(tap(0x35)).toBe('\x1f');
    expect(tap(0x0e)).toBe('\b');
    expect([4, 5, 6, 7, 8, 9].map(tap).join('')).toBe('\x1b\x1c\x1d\x1e\x1f\x7f');
    feed(SHIFT);
    expect(tap(0x2e)).toBe('\x03');
  });

  it('puts Escape before what Alt goes with', () => {
    expect(withHeld(ALT, () => tap(0x30))).toBe('\x1bb');
    feed(0xe0, ALT);
    expect(tap(0x21)).toBe('\x1bf');
  });

  it('locks capitals for letters alone, once a press', () => {
    feed(CAPS, CAPS, CAPS | 0x80);
    expect(kernel.fn('locks')()).toBe(4);
    expect(tap(0x1e) + tap(2)).toBe('A1');
    expect(withHeld(SHIFT, () => tap(0x1e))).toBe('a');
    tap(CAPS);
    expect(tap(0x1e)).toBe('a');
  });

  it('has a keypad with and without Num Lock', () => {
    expect(tap(0x48)).toBe('\x1b[A');
    expect(withHeld(SHIFT, () => tap(0x48))).toBe('8');
    tap(NUM);
    expect(tap(0x47) + tap(0x4c) + tap(0x53) + tap(0x4a) + tap(0x4e) + tap(0x37)).toBe('75.-+*');
    expect(tapExtended(0x1c) + tapExtended(0x35)).toBe('\r/');
  });

  it('sends xterm sequences for cursor keys, with modifiers and in application mode', () => {
    expect(tapExtended(0x48) + tapExtended(0x50) + tapExtended(0x4d) + tapExtended(0x4b)).toBe(
      '\x1b[A\x1b[B\x1b[C\x1b[D',
    );
    expect(tapExtended(0x47) + tapExtended(0x4f)).toBe('\x1b[H\x1b[F');
    expect(tapExtended(0x52) + tapExtended(0x53) + tapExtended(0x49) + tapExtended(0x51)).toBe(
      '\x1b[2~\x1b[3~\x1b[5~\x1b[6~',
    );
    expect(withHeld(CONTROL, () => tapExtended(0x4d))).toBe('\x1b[1;5C');
    expect(withHeld(SHIFT, () => tapExtended(0x53))).toBe('\x1b[3;2~');
    kernel.fn('setApplicationCursor')(1);
    expect(tapExtended(0x48)).toBe('\x1bOA');
  });

  it('sends function keys', () => {
    expect(range(0x3b, 0x3e).map(tap).join('')).toBe('\x1bOP\x1bOQ\x1bOR\x1bOS');
    expect([...range(0x3f, 0x44), 0x57, 0x58].map(tap).join('')).toBe(
      [15, 17, 18, 19, 20, 21, 23, 24].map((n) => `\x1b[${n}~`).join(''),
    );
  });

  it('knows fake shifts, Pause and Ctrl-Alt-Del', () => {
    expect(feed(0xe0, 0x2a, 0xe0, 0x48, 0xe0, 0xc8, 0xe0, 0xaa) + tap(0x1e)).toBe('\x1b[Aa');
    expect(feed(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5) + tap(0x2e)).toBe('c');
    expect(kernel.fn('locks')()).toBe(0);
    feed(CONTROL, ALT);
    expect(tapExtended(0x53)).toBe('');
    expect(kernel.fn('attention')()).toBe(1);
  });

  it('keeps the keys of the consoles for the system', () => {
    const action = (): number => kernel.fn('action')();
    feed(ALT);
    expect(feed(0x3c)).toBe('');
    expect(action()).toBe(0x21);
    expect(feed(0xe0, 0x4b)).toBe('');
    expect(action()).toBe(2);
    feed(0xe0, 0x4d);
    expect(action()).toBe(3);
    feed(ALT | 0x80, SHIFT);
    expect(feed(0xe0, 0x49)).toBe('');
    expect(action()).toBe(4);
    feed(0xe0, 0x51);
    expect(action()).toBe(5);
    feed(SHIFT | 0x80);
    expect(feed(0xe0, 0x49)).toBe('\x1b[5~');
    expect(action()).toBe(0);
  });

  it('survives any bytes', () => {
    let seed = 3;
    let most = 0;
    for (let i = 0; i < 50_000; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      most = Math.max(most, kernel.fn('press')(seed >>> 24));
    }
    expect(most).toBeLessThanOrEqual(16);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
