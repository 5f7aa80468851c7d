/** A machine's state as a person sees it: a word, and the colour of its icon. */
import type { MachineSummary } from '../../../../electron/protocol/machine.ts';

export type Tone = 'quiet' | 'good' | 'waiting' | 'bad';

export interface StateLook {
  readonly word: string;
  readonly tone: Tone;
}

export function stateLook({ state, responding, problem, saved }: MachineSummary): StateLook {
  if (!responding) return { word: 'Not responding', tone: 'bad' };
  switch (state) {
    case 'off':
      return problem?.severity === 'error'
        ? { word: 'Stopped', tone: 'bad' }
        : { word: saved ? 'Saved' : 'Off', tone: 'quiet' };
    case 'starting':
      return { word: 'Starting', tone: 'waiting' };
    case 'running':
      return { word: 'Running', tone: 'good' };
    case 'paused':
      return { word: 'Paused', tone: 'waiting' };
    case 'stopping':
      return { word: 'Switching off', tone: 'waiting' };
  }
}
