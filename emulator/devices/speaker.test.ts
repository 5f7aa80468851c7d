import { beforeEach, describe, expect, it } from 'vitest';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { TestTime } from '../machine/testing.ts';
import { PIT_HZ, Pit8254 } from './pit8254.ts';
import { Port61 } from './port61.ts';
import { Speaker } from './speaker.ts';

describe('PC speaker', () => {
  let time: TestTime;
  let pit: Pit8254;
  let port61: Port61;
  let speaker: Speaker;
  let tones: number[];

  const control = (value: number): void => {
    port61.portWrite(0x61, 1, value);
  };
  const count = (mode: number, divisor: number): void => {
    pit.portWrite(0x43, 1, 0xb0 | (mode << 1));
    pit.portWrite(0x42, 1, divisor & 0xff);
    pit.portWrite(0x42, 1, divisor >> 8);
  };
  const rounded = (): number[] => tones.map((hertz) => Math.round(hertz));

  beforeEach(() => {
    time = new TestTime();
    pit = new Pit8254(time.timers, () => undefined);
    port61 = new Port61(pit, time.timers);
    speaker = new Speaker(pit, port61);
    tones = [];
    speaker.onTone = (hertz) => tones.push(hertz);
    pit.reset();
    port61.reset();
    time.advance(1e6);
  });

  it('sounds while gate and data are on, as a BIOS beeps', () => {
    count(3, 1193);
    expect(tones).toEqual([]);
    control(0x03);
    expect(speaker.hertz).toBeCloseTo(PIT_HZ / 1193);
    control(0x00);
    expect(rounded()).toEqual([1000, 0]);
  });

  it('needs both bits', () => {
    count(3, 1193);
    control(0x01);
    control(0x02);
    expect(tones).toEqual([]);
  });

  it('changes its tone with the count, also in the middle of a wave', () => {
    count(3, 2712);
    control(0x03);
    time.advance(3e6);
    pit.portWrite(0x42, 1, 1193 & 0xff);
    expect(rounded()).toEqual([440]);
    pit.portWrite(0x42, 1, 1193 >> 8);
    expect(rounded()).toEqual([440, 1000]);
    // A control word stops the counter until its count comes.
    count(3, 596);
    expect(rounded()).toEqual([440, 1000, 0, 2002]);
  });

  it('makes no tone of other modes and of what nobody hears', () => {
    control(0x03);
    for (const mode of [0, 1, 4, 5]) count(mode, 1193);
    count(3, 20);
    expect(tones).toEqual([]);
    count(2, 1193);
    expect(rounded()).toEqual([1000]);
  });

  it('takes 0 for 65536', () => {
    control(0x03);
    count(3, 0);
    expect(speaker.hertz).toBeCloseTo(18.2, 1);
  });

  it('falls silent at a reset, and goes on after a restore', () => {
    count(3, 1193);
    control(0x03);
    const saved = [saveFields(pit), saveFields(port61)] as const;
    pit.reset();
    port61.reset();
    expect(speaker.hertz).toBe(0);
    restoreFields(pit, saved[0]);
    restoreFields(port61, saved[1]);
    expect(speaker.hertz).toBeCloseTo(1000, -1);
  });
});
