/** What a system test is: something a guest must do, checked from outside through its serial line and screen. */
import type { BootOptions, Guest, MachineName } from '../harness/guest.ts';

export type Category = 'Boot' | 'Memory' | 'Interrupts' | 'Logging' | 'Timer' | 'System';

/** A test that shares one boot with all others: it leaves the guest at its prompt, as it found it. */
export interface SharedTest {
  readonly category: Category;
  readonly name: string;
  readonly run: (guest: Guest) => Promise<void>;
}

/** A test that needs a machine of its own: it ends the guest, or boots it in another way. */
export interface OwnBootTest {
  readonly category: Category;
  readonly name: string;
  /** Machines on which the test makes sense; both when absent. */
  readonly machines?: readonly MachineName[];
  readonly run: (boot: BootGuest, machine: MachineName) => Promise<void>;
}

/** Boots a guest; the runner kills it when the test has ended. */
export type BootGuest = (options?: Partial<BootOptions>) => Promise<Guest>;

/** One result, however the test was made. */
export interface Result {
  readonly category: Category;
  readonly name: string;
  readonly machine: MachineName;
  readonly seconds: number;
  /** `null` is a pass. */
  readonly failure: string | null;
}

export const prompt = /(?:^|[\r\n])breenix:[^\r\n#]*# /;

/** Resolves when the shell on the serial line is ready. */
export async function waitForPrompt(guest: Guest): Promise<void> {
  // The prompt itself must stay unread for the first command.
  await guest.console.peekFor(prompt);
}
