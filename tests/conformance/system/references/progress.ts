/**
 * Whether a process that works off cases is stuck in one, whatever else its host does: by the processor's time that it
 * has had, or because it sleeps (a case that waits for an interrupt that never comes). Linux: proc(5).
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Looks should be so far apart. */
export const LOOK_MS = 200;
/** A case takes microseconds. */
const STUCK_SECONDS = 1;
const ASLEEP_LOOKS = 5;
/** The unit of utime and stime, USER_HZ, on x86-64. */
const TICKS_PER_SECOND = 100;

interface Look {
  /** Of the processor, all threads together. */
  readonly seconds: number;
  readonly asleep: boolean;
}

/** Fields from the third on: the name before them may have spaces and parentheses. */
function statFields(file: string): string[] {
  const stat = readFileSync(file, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Null: the process has ended. */
function look(pid: number): Look | null {
  try {
    const tasks = `/proc/${pid}/task`;
    const asleep = readdirSync(tasks).every((task) => statFields(`${tasks}/${task}/stat`)[0] === 'S');
    const [user = '0', system = '0'] = statFields(`/proc/${pid}/stat`).slice(11);
    return { seconds: (Number(user) + Number(system)) / TICKS_PER_SECOND, asleep };
  } catch {
    return null;
  }
}

export class Progress {
  readonly #pid: number;
  #index = -1;
  /** When the case was seen first. */
  #seconds = 0;
  #asleep = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** To be called every LOOK_MS with the number of the case that is being run. */
  stuck(index: number): boolean {
    const seen = look(this.#pid);
    if (seen === null) return false;
    if (index !== this.#index) {
      this.#index = index;
      this.#seconds = seen.seconds;
      this.#asleep = 0;
      return false;
    }
    this.#asleep = seen.asleep ? this.#asleep + 1 : 0;
    return seen.seconds - this.#seconds > STUCK_SECONDS || this.#asleep >= ASLEEP_LOOKS;
  }
}
