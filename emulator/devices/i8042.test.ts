import { beforeEach, describe, expect, it } from 'vitest';
import { recordLine, TestTime, type RecordedLine } from '../machine/testing.ts';
import { I8042 } from './i8042.ts';
import { Ps2Keyboard } from './ps2-keyboard.ts';
import { Ps2Mouse } from './ps2-mouse.ts';

describe('8042 with keyboard and mouse', () => {
  let time: TestTime;
  let irq1: RecordedLine;
  let irq12: RecordedLine;
  let keyboard: Ps2Keyboard;
  let mouse: Ps2Mouse;
  let controller: I8042;
  let a20: boolean;
  let resets: number;

  beforeEach(() => {
    time = new TestTime();
    irq1 = recordLine();
    irq12 = recordLine();
    keyboard = new Ps2Keyboard(time.timers);
    mouse = new Ps2Mouse(time.timers);
    a20 = true;
    resets = 0;
    controller = new I8042(keyboard, mouse, {
      irq1: irq1.line,
      irq12: irq12.line,
      a20: (open) => {
        a20 = open;
      },
      a20State: () => a20,
      resetCpu: () => {
        resets++;
      },
      log: () => undefined,
    });
    controller.reset();
  });

  const status = (): number => controller.portRead(0x64);
  const data = (): number => controller.portRead(0x60);
  const command = (value: number): void => {
    controller.portWrite(0x64, 1, value);
  };
  const write = (value: number): void => {
    controller.portWrite(0x60, 1, value);
  };
  const drain = (): number[] => {
    const bytes: number[] = [];
    while ((status() & 1) !== 0) bytes.push(data());
    return bytes;
  };
  const toMouse = (value: number): void => {
    command(0xd4);
    write(value);
  };

  it('passes its self test and the port tests', () => {
    command(0xaa);
    expect(drain()).toEqual([0x55]);
    command(0xab);
    expect(drain()).toEqual([0]);
    command(0xa9);
    expect(drain()).toEqual([0]);
    expect(status() & 0x04).toBe(0x04);
  });

  it('translates set 2 to set 1, breaks and grey keys included', () => {
    keyboard.key('KeyA', true);
    expect(irq1.level).toBe(true);
    keyboard.key('KeyA', false);
    keyboard.key('ArrowUp', true);
    keyboard.key('ArrowUp', false);
    expect(drain()).toEqual([0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8]);
    expect(irq1.level).toBe(false);
    expect(irq1.rises).toBe(6);
  });

  it('gives set 2 untranslated when told', () => {
    command(0x60);
    write(0x01);
    keyboard.key('Enter', true);
    keyboard.key('Enter', false);
    expect(drain()).toEqual([0x5a, 0xf0, 0x5a]);
  });

  it('sends Pause and PrintScreen as keyboards do', () => {
    keyboard.key('Pause', true);
    keyboard.key('Pause', false);
    expect(drain()).toEqual([0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5]);
    keyboard.key('PrintScreen', true);
    expect(drain()).toEqual([0xe0, 0x2a, 0xe0, 0x37]);
    keyboard.key('PrintScreen', false);
    expect(drain()).toEqual([0xe0, 0xb7, 0xe0, 0xaa]);
  });

  it('refuses keys no keyboard has', () => {
    expect(keyboard.key('Lasagne', true)).toBe(false);
    expect(drain()).toEqual([]);
  });

  it('answers reset after its self test, and reports its translated identity', () => {
    write(0xff);
    expect(drain()).toEqual([0xfa]);
    time.advance(3e6);
    expect(drain()).toEqual([0xaa]);
    write(0xf2);
    expect(drain()).toEqual([0xfa, 0xab, 0x41]);
    write(0xee);
    expect(drain()).toEqual([0xee]);
  });

  it('asks for a repeat of commands it does not know', () => {
    write(0x12);
    expect(drain()).toEqual([0xfe]);
  });

  it('takes LEDs and scan-code sets', () => {
    write(0xed);
    write(0x05);
    expect(keyboard.leds).toBe(5);
    write(0xf0);
    write(0x01);
    drain();
    command(0x60);
    write(0x01);
    keyboard.key('KeyA', true);
    keyboard.key('KeyA', false);
    expect(drain()).toEqual([0x1e, 0x9e]);
    write(0xf0);
    write(0x03);
    drain();
    keyboard.key('F1', true);
    keyboard.key('F1', false);
    expect(drain()).toEqual([0x07, 0xf0, 0x07]);
    write(0xf0);
    write(0x00);
    expect(drain()).toEqual([0xfa, 0xfa, 0x03]);
  });

  it('repeats a held key after the delay, at the rate that was set, until it is released', () => {
    write(0xf3);
    write(0x00);
    drain();
    keyboard.key('KeyX', true);
    drain();
    time.advance(240e6);
    expect(drain()).toEqual([]);
    let repeats = 0;
    for (let i = 0; i < 100; i++) {
      time.advance(10e6);
      repeats += drain().length;
    }
    expect(repeats).toBeGreaterThan(25);
    expect(repeats).toBeLessThan(32);
    keyboard.key('KeyX', false);
    drain();
    time.advance(1e9);
    expect(drain()).toEqual([]);
  });

  it('says overrun once when nobody takes its bytes', () => {
    command(0xad);
    for (let i = 0; i < 20; i++) {
      keyboard.key('KeyA', true);
      keyboard.key('KeyA', false);
    }
    command(0xae);
    const bytes = drain();
    expect(bytes.length).toBeLessThanOrEqual(17);
    expect(bytes.at(-1)).toBe(0xff);
  });

  it('sends nothing when scanning is off or the port is closed', () => {
    write(0xf5);
    drain();
    keyboard.key('KeyA', true);
    keyboard.key('KeyA', false);
    expect(drain()).toEqual([]);
    write(0xf4);
    drain();
    command(0xad);
    keyboard.key('KeyB', true);
    expect(drain()).toEqual([]);
    command(0xae);
    expect(drain()).toEqual([0x30]);
  });

  it('keeps interrupts to what the command byte allows', () => {
    command(0x60);
    write(0x40);
    keyboard.key('KeyA', true);
    expect(irq1.level).toBe(false);
    expect(status() & 1).toBe(1);
    command(0x60);
    write(0x41);
    expect(irq1.level).toBe(true);
    command(0x20);
    data();
    expect(data()).toBe(0x41);
  });

  it('reports mouse motion on the auxiliary port once it is enabled', () => {
    command(0xa8);
    mouse.move(5, 3, 0, 0);
    time.advance(50e6);
    expect(drain()).toEqual([]);
    toMouse(0xf4);
    expect(status() & 0x21).toBe(0x21);
    expect(irq12.level).toBe(true);
    expect(drain()).toEqual([0xfa]);
    mouse.move(5, 3, 0, 1);
    time.advance(50e6);
    expect(drain()).toEqual([0x29, 5, 0xfd]);
    mouse.move(1000, 0, 0, 0);
    time.advance(1e6);
    let x = 0;
    for (let i = 0; i < 20; i++) {
      time.advance(10e6);
      const [flags, dx] = drain();
      if (flags !== undefined && dx !== undefined) x += (flags & 0x10) !== 0 ? dx - 256 : dx;
    }
    expect(x).toBe(1000);
  });

  it('has a wheel after the knock', () => {
    for (const rate of [200, 100, 80]) {
      toMouse(0xf3);
      toMouse(rate);
    }
    toMouse(0xf2);
    expect(drain().slice(-2)).toEqual([0xfa, 3]);
    toMouse(0xf4);
    drain();
    mouse.move(0, 0, -1, 0);
    time.advance(50e6);
    expect(drain()).toEqual([0x08, 0, 0, 0xff]);
  });

  it('drives A20 and the reset line', () => {
    command(0xd1);
    write(0xdd);
    expect(a20).toBe(false);
    command(0xd0);
    expect(data() & 0x02).toBe(0);
    command(0xdf);
    expect(a20).toBe(true);
    command(0xfe);
    expect(resets).toBe(1);
    command(0xff);
    expect(resets).toBe(1);
  });
});
