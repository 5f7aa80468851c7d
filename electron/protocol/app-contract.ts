/** Renderer to back end: the library, the power of each machine, settings. */
import * as v from 'valibot';
import { discLock, type DiscOutcome } from './disc.ts';
import { MEMORY_MAX_MIB, MEMORY_MIN_MIB, NAME_MAX_LENGTH, type MachineSummary } from './machine.ts';
import { releaseKeyIds } from './release-keys.ts';
import { action, method } from './rpc.ts';

export const machineId = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'not a machine id'));

export const machineName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'A machine needs a name.'),
  v.maxLength(NAME_MAX_LENGTH, `A name has at most ${NAME_MAX_LENGTH} characters.`),
);

export const memoryMiB = v.pipe(
  v.number('Memory is a whole number of MiB.'),
  v.integer('Memory is a whole number of MiB.'),
  v.minValue(MEMORY_MIN_MIB, `A machine needs at least ${MEMORY_MIN_MIB} MiB.`),
  v.maxValue(MEMORY_MAX_MIB, `A machine has at most ${MEMORY_MAX_MIB} MiB.`),
);

export const hostPath = v.pipe(
  v.string(),
  v.minLength(1, 'Name a file.'),
  v.maxLength(4096, 'This path is too long.'),
  v.check((path) => !path.includes('\0'), 'A path has no NUL character.'),
);

/** What the settings page may change, all of it optional. */
export const machineChanges = v.strictObject({
  name: v.optional(machineName),
  memoryMiB: v.optional(memoryMiB),
  diskPath: v.optional(hostPath),
});
export type MachineChanges = v.InferOutput<typeof machineChanges>;

export const scaleModes = ['fit', '1x', '2x', '3x', 'stretch'] as const;
export type ScaleMode = (typeof scaleModes)[number];

export const preferences = v.strictObject({
  releaseKey: v.picklist(releaseKeyIds),
  scale: v.picklist(scaleModes),
  libraryOpen: v.boolean(),
});
export type Preferences = v.InferOutput<typeof preferences>;

export interface AppInfo {
  readonly version: string;
  /** Where the renderer runs: in the app's own window, or in an ordinary browser. */
  readonly form: 'desktop' | 'browser';
  readonly platform: string;
}

export interface LogText {
  /** Where it lies on the host. */
  readonly path: string;
  /** Its last part, at most 256 KiB. */
  readonly text: string;
}

export const appContract = {
  info: method<AppInfo>()(),
  machines: method<readonly MachineSummary[]>()(),
  /** Switches it on; a saved machine goes on where it was. */
  start: action(machineId),
  /** Saves what the machine is doing and switches it off. */
  suspend: action(machineId),
  /** Forgets what was saved: the next start is a power-on. */
  discardSaved: action(machineId),
  pause: action(machineId),
  resume: action(machineId),
  reset: action(machineId),
  /** The ACPI power button: the guest's system decides what to do. */
  pressPowerButton: action(machineId),
  /** The ACPI sleep button, the same. */
  pressSleepButton: action(machineId),
  cutPower: action(machineId),
  /** Ends a process that does not answer any more. */
  endProcess: action(machineId),
  dismissProblem: action(machineId),
  updateMachine: action(machineId, machineChanges),
  /** Replaces the machine's disk by a copy of the system image; the old one is kept beside it. Returns its path. */
  restoreDisk: method<string>()(machineId),
  /** Puts an image into the machine's CD drive, on or off; null leaves it empty. */
  changeDisc: method<DiscOutcome>()(machineId, v.nullable(hostPath), discLock),
  /** The screen as last saved, PNG. */
  screen: method<Uint8Array | null>()(machineId),
  /** What the machine's process and its emulator had to say. */
  log: method<LogText>()(machineId),
  /** What the serial port has sent, as kept on the host. */
  serialLog: method<LogText>()(machineId),
  preferences: method<Preferences>()(),
  changePreferences: action(v.partial(preferences)),
};
export type AppContract = typeof appContract;

export interface AppEvents {
  readonly machines: readonly MachineSummary[];
  readonly preferences: Preferences;
}
