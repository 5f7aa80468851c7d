import { beforeEach, describe, expect, it } from 'vitest';
import { Ps2Keyboard } from '../devices/ps2-keyboard.ts';
import type { StateFields } from './bus.ts';
import { Keystrokes } from './keystrokes.ts';
import { restoreFields, saveFields } from './state-fields.ts';
import { TestTime } from './testing.ts';

const A = [0x1c, 0xf0, 0x1c];
const OVERRUN = 0x00;

describe('Keystrokes', () => {
  let time: TestTime;
  let keyboard: Ps2Keyboard;
  let keys: Keystrokes;

  beforeEach(() => {
    time = new TestTime();
    keyboard = new Ps2Keyboard(time.timers);
    keyboard.reset();
    keys = new Keystrokes(keyboard, time.timers);
  });

  const type = (times: number): void => {
    for (let n = 0; n < times; n++) {
      keys.key('KeyA', true);
      keys.key('KeyA', false);
    }
  };
  /** A guest that looks once in five milliseconds and takes all there is. */
  const readAll = (from = keyboard): number[] => {
    const bytes: number[] = [];
    for (let look = 0; look < 50; look++) {
      for (let byte = from.take(); byte !== undefined; byte = from.take()) bytes.push(byte);
      time.advance(5e6);
    }
    return bytes;
  };
  const repeated = (times: number): number[] => Array.from({ length: times }, () => A).flat();

  it('gives a key at once to a keyboard that has room', () => {
    type(1);
    expect([keyboard.take(), keyboard.take(), keyboard.take(), keyboard.take()]).toEqual([...A, undefined]);
  });

  it('loses nothing of what comes at once', () => {
    type(40);
    expect(readAll()).toEqual(repeated(40));
    expect(time.timers.nextDeadlineNs()).toBe(Infinity);
  });

  it('lets the keyboard say overrun to a guest that reads none', () => {
    type(100);
    const bytes = readAll();
    expect(bytes).toContain(OVERRUN);
    expect(bytes.length).toBeLessThan(3 * 100);
    type(2);
    expect(readAll()).toEqual(repeated(2));
  });

  it('keeps what waits in a saved machine, and forgets it at a reset', () => {
    type(10);
    const all = {
      state: (fields: StateFields) => {
        for (const part of [keyboard, keys, time.timers]) part.state(fields);
      },
    };
    const saved = saveFields(all);
    keys.reset();
    expect(readAll()).toHaveLength(9);
    restoreFields(all, saved);
    expect(readAll()).toEqual(repeated(10));
  });
});
