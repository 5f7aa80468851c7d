/** What is said to a person when a machine stops or cannot start: one table of wordings. */
import type { StopNotice } from '../protocol/control-contract.ts';
import type { Problem } from '../protocol/machine.ts';

/** Null where the person knows already: it was asked for. */
export function problemOfStop(notice: StopNotice): Problem | null {
  switch (notice.kind) {
    case 'power-off':
    case 'power-cut':
    case 'suspended':
      return null;
    case 'triple-fault':
      return {
        title: 'The machine stopped: triple fault',
        detail: `The guest’s processor failed while it handled a failure. ${notice.detail}`,
        severity: 'error',
      };
    case 'debug-exit':
      return { title: 'The guest ended the machine', detail: notice.detail, severity: 'note' };
    case 'host-error':
      return {
        title: 'The machine stopped: an error on this computer',
        detail: notice.detail,
        severity: 'error',
      };
  }
}

export const problemOfCrash = (how: string, lastLine: string): Problem => ({
  title: 'The machine’s process ended unexpectedly',
  detail:
    `It ended with ${how}. Its disk was let go of as it was; the machine can be started again.` +
    (lastLine === '' ? '' : ` Its last line: ${lastLine}`),
  severity: 'error',
});

export const problemOfStart = (reason: string): Problem => ({
  title: 'The machine could not be started',
  detail: reason,
  severity: 'error',
});

export const problemOfSaving = (reason: string): Problem => ({
  title: 'The machine could not be saved',
  detail: reason,
  severity: 'error',
});

export const guestPanicked: Problem = {
  title: 'The guest’s system has crashed',
  detail: 'It says so itself; its last words are on the screen and the serial port. Reset starts it anew.',
  severity: 'error',
};

export const processEnded: Problem = {
  title: 'The machine’s process was ended',
  detail: 'It did not answer. What its guest had not written to the disk is lost.',
  severity: 'note',
};
