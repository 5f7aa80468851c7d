/** The console of a run: serial port 0 on this terminal, and what its keys do to the machine. */
import { homedir } from 'node:os';
import path from 'node:path';
import type { Machine } from '../../emulator/machine/types.ts';
import type { DiscDrive } from '../services/disc-drive.ts';
import { attachTerminal, type Terminal } from './terminal.ts';

export interface ConsoleParts {
  readonly machine: Machine;
  readonly disc: DiscDrive;
  readonly say: (message: string) => void;
  readonly quit: () => void;
  readonly save: () => void;
}

const ASK_FOR_DISC = 'breenix: CD image (nothing takes the disc out, Ctrl-C leaves it): ';

export function attachSerialConsole({ machine, disc, say, quit, save }: ConsoleParts): Terminal {
  disc.attach(machine);
  let inDrive = disc.path;
  disc.onChange = (state) => {
    if (state.path === inDrive) return;
    inDrive = state.path;
    say(inDrive === null ? 'the CD drive is empty' : `${inDrive} is in the CD drive`);
  };
  const change = (file: string | null, lock: 'respect' | 'force'): void => {
    try {
      const outcome = disc.change(file, lock);
      if (outcome === 'asked') {
        say('the guest holds the disc and has been asked to let it go; the change waits for that');
      }
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  };
  const askForDisc = async (): Promise<void> => {
    // Nothing is to be written between the letters of the answer: the guest stands still.
    const { state } = machine;
    machine.pause();
    const answer = await terminal.ask(ASK_FOR_DISC);
    if (machine.state === 'off') return;
    if (answer !== null) change(answer.trim() === '' ? null : hostFile(answer.trim()), 'respect');
    if (state === 'running') machine.start();
  };
  const terminal = attachTerminal({
    input: (bytes) => {
      machine.serialInput(0, bytes);
    },
    commands: {
      quit,
      save,
      break: () => {
        machine.serialBreak(0);
      },
      disc: askForDisc,
      eject: () => {
        change(null, 'force');
      },
      powerButton: () => {
        say('the power button was pressed');
        machine.pressPowerButton();
      },
      sleepButton: () => {
        say('the sleep button was pressed');
        machine.pressSleepButton();
      },
      reset: () => {
        machine.reset();
      },
    },
  });
  return terminal;
}

/** As a shell would have it: from this folder, or from the user's own. */
function hostFile(typed: string): string {
  return path.resolve(typed.replace(/^~(?=\/|$)/, homedir()));
}
