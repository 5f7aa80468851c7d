import { beforeEach, describe, expect, it } from 'vitest';
import { TestTime } from '../machine/testing.ts';
import { Ps2Mouse } from './ps2-mouse.ts';

const ACK = 0xfa;
const RESEND = 0xfe;

describe('PS/2 mouse', () => {
  let time: TestTime;
  let mouse: Ps2Mouse;

  const take = (): number[] => {
    const bytes: number[] = [];
    for (let byte = mouse.take(); byte !== undefined; byte = mouse.take()) bytes.push(byte);
    return bytes;
  };
  /** What the mouse says to these bytes. */
  const say = (...bytes: readonly number[]): number[] => {
    for (const byte of bytes) mouse.receive(byte);
    return take();
  };
  const report = (): number[] => {
    time.advance(20e6);
    return take();
  };

  beforeEach(() => {
    time = new TestTime();
    mouse = new Ps2Mouse(time.timers);
    mouse.reset();
  });

  it('tests itself at a reset and says what it is', () => {
    expect(say(0xff)).toEqual([ACK]);
    time.advance(1e9);
    expect(take()).toEqual([0xaa, 0x00]);
    expect(say(0xf2)).toEqual([ACK, 0]);
  });

  it('tells its status: buttons, scaling, mode, resolution, rate', () => {
    expect(say(0xe9)).toEqual([ACK, 0x00, 2, 100]);
    say(0xe7);
    say(0xe8, 3);
    say(0xf3, 40);
    say(0xf4);
    mouse.move(0, 0, 0, 1 | 4);
    expect(say(0xe9)).toEqual([ACK, 0x36, 3, 40]);
    say(0xf0);
    expect(say(0xe9)).toEqual([ACK, 0x76, 3, 40]);
    say(0xf6);
    expect(say(0xe9)).toEqual([ACK, 0x06, 2, 100]);
  });

  it('asks again for values that there are not, and for unknown commands', () => {
    expect(say(0xe8, 4)).toEqual([ACK, RESEND]);
    expect(say(0xf3, 99)).toEqual([ACK, RESEND]);
    expect(say(0xe1)).toEqual([RESEND]);
    expect(say(0xe9).slice(2)).toEqual([2, 100]);
  });

  it.each([
    [[200, 100, 80], 3],
    [[200, 200, 80], 0],
    [[200, 100, 80, 200, 200, 80], 4],
    [[200, 100, 60], 0],
  ])('after the rates %j is a mouse of type %d', (rates, id) => {
    for (const rate of rates) say(0xf3, rate);
    expect(say(0xf2)).toEqual([ACK, id]);
    // A reset makes it an ordinary one again.
    say(0xff);
    expect(say(0xf2)).toEqual([ACK, 0]);
  });

  it('has five buttons and a wheel of four bits after the second knock', () => {
    for (const rate of [200, 100, 80, 200, 200, 80]) say(0xf3, rate);
    say(0xf4);
    mouse.move(0, 0, 1, 0x18);
    expect(report()).toEqual([0x08, 0, 0, 0x31]);
    mouse.move(0, 0, -9, 0x10);
    expect(report()).toEqual([0x08, 0, 0, 0x28]);
    expect(report()).toEqual([0x08, 0, 0, 0x2f]);
  });

  it('scales by 2:1 in stream mode alone', () => {
    say(0xf4);
    say(0xe7);
    const moved = (dx: number): number => {
      mouse.move(dx, 0, 0, 0);
      return report()[1] ?? -1;
    };
    expect([1, 2, 3, 4, 5, 6, 20].map(moved)).toEqual([1, 1, 3, 6, 9, 12, 40]);
    say(0xf0);
    mouse.move(3, 0, 0, 0);
    expect(say(0xeb)).toEqual([ACK, 0x08, 3, 0]);
  });

  it('reports only when it is read in remote mode', () => {
    say(0xf4);
    say(0xf0);
    mouse.move(4, -2, 0, 0);
    expect(report()).toEqual([]);
    expect(say(0xeb)).toEqual([ACK, 0x08, 4, 2]);
    expect(say(0xeb)).toEqual([ACK, 0x08, 0, 0]);
    // Back in stream mode what was counted before is forgotten.
    mouse.move(9, 9, 0, 0);
    say(0xea);
    mouse.move(1, 0, 0, 0);
    expect(report()).toEqual([0x08, 1, 0]);
  });

  it('echoes everything in wrap mode but its end and a reset', () => {
    expect(say(0xee)).toEqual([ACK]);
    expect(say(0xf4, 0xe9, 0x00)).toEqual([0xf4, 0xe9, 0x00]);
    expect(say(0xec)).toEqual([ACK]);
    expect(say(0xf2)).toEqual([ACK, 0]);
    say(0xee);
    expect(say(0xff)).toEqual([ACK]);
    expect(say(0xf2)).toEqual([ACK, 0]);
  });

  it('sends its whole last answer or packet again', () => {
    say(0xe9);
    expect(say(0xfe)).toEqual([ACK, 0x00, 2, 100]);
    say(0xf4);
    mouse.move(1, 2, 0, 0);
    const packet = report();
    expect(packet).toEqual([0x28, 1, 0xfe]);
    expect(say(0xfe)).toEqual(packet);
    expect(say(0xfe)).toEqual(packet);
  });

  it('reports at the rate that was chosen', () => {
    say(0xf3, 10);
    say(0xf4);
    mouse.move(1, 0, 0, 0);
    time.advance(99e6);
    expect(take()).toEqual([]);
    mouse.move(1, 0, 0, 0);
    time.advance(2e6);
    expect(take()).toEqual([0x08, 2, 0]);
  });

  it('does not grow when nobody takes what it says', () => {
    for (let i = 0; i < 10_000; i++) mouse.receive(0xe9);
    expect(take().length).toBeLessThanOrEqual(256);
    expect(say(0xf2)).toEqual([ACK, 0]);
  });
});
