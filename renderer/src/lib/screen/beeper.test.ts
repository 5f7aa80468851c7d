import { describe, expect, it } from 'vitest';
import { Beeper } from './beeper.ts';

/** As much of Web Audio as the beeper uses; notes what it is told. */
function fakeContext(): { readonly context: AudioContext; readonly told: string[] } {
  const told: string[] = [];
  const node = { connect: (next: unknown) => next };
  const context = {
    state: 'suspended',
    currentTime: 0,
    destination: node,
    resume: () => {
      told.push('resume');
      return Promise.resolve();
    },
    createOscillator: () => ({
      ...node,
      type: '',
      frequency: { setValueAtTime: (hertz: number) => told.push(`${hertz} Hz`) },
      start: () => told.push('start'),
    }),
    createGain: () => ({
      ...node,
      gain: { value: 1, setTargetAtTime: (volume: number) => told.push(volume > 0 ? 'loud' : 'quiet') },
    }),
  };
  return { context: context as unknown as AudioContext, told };
}

describe('the beeper', () => {
  it('makes no sound device before there is a tone', () => {
    const beeper = new Beeper(() => {
      throw new Error('asked for');
    });
    beeper.tone(0);
    expect(() => {
      beeper.tone(440);
    }).toThrow('asked for');
  });

  it('follows the tones and falls silent', () => {
    const { context, told } = fakeContext();
    const beeper = new Beeper(() => context);
    beeper.tone(440);
    beeper.tone(1000);
    beeper.tone(0);
    expect(told).toEqual([
      'start',
      ...['resume', '440 Hz', 'loud'],
      ...['resume', '1000 Hz', 'loud'],
      ...['resume', 'quiet'],
    ]);
  });
});
