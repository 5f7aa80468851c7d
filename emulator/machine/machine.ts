/**
 * A whole PC: processor, board, clock and run loop behind the `Machine` interface.
 *
 * - Powering on makes a new processor and board; powering off drops them. Disks outlive both.
 * - Events leave between slices, never inside a call of the host.
 */
import { createVcpu } from '../cpu/vcpu.ts';
import { Emitter } from './emitter.ts';
import { type HostTime, hostTime } from './host-time.ts';
import { PoweredMachine, type PoweredEvents, type VcpuFactory } from './powered-machine.ts';
import type { StateSource } from './saved/format.ts';
import { openSaved, saveMachine } from './saved/machine.ts';
import { NO_CHECKS } from './vcpu-types.ts';
import type {
  BlockDevice,
  DriveConfig,
  DriveSlot,
  Frame,
  Machine,
  MachineConfig,
  MachineEvents,
  MachineState,
  MachineStatistics,
  PointerMode,
  StopReason,
} from './types.ts';

const MIB = 1024 * 1024;
const MIN_MEMORY = 16 * MIB;
const MAX_MEMORY = 2048 * MIB;
const POINTER_RANGE = 65535;
const NO_STATISTICS: MachineStatistics = {
  instructions: 0n,
  busySeconds: 0,
  diskReadBytes: 0,
  diskWrittenBytes: 0,
  translatorChecks: NO_CHECKS,
};

/** A machine that is off. Rejects when the configuration is impossible or the processor cannot be made. */
export async function createMachine(
  config: MachineConfig,
  makeVcpu: VcpuFactory = createVcpu,
  time: HostTime = hostTime,
): Promise<Machine> {
  const { memoryBytes } = config;
  if (memoryBytes % MIB !== 0 || memoryBytes < MIN_MEMORY || memoryBytes > MAX_MEMORY) {
    throw new RangeError(`memory of ${String(memoryBytes)} bytes: 16 MiB to 2 GiB in whole MiB are possible`);
  }
  const slots = config.drives.map((d) => d.slot);
  const twice = slots.find((slot, i) => slots.indexOf(slot) !== i);
  if (twice !== undefined) throw new Error(`two drives at ${twice}`);
  // A deterministic machine is always the same one.
  const uuid = new Uint8Array(16);
  if (config.deterministic === undefined) crypto.getRandomValues(uuid);
  // A first processor is made now so that what is missing shows before power-on.
  const make: MakePowered = (drives, saved) =>
    PoweredMachine.create({ ...config, drives }, makeVcpu, saved ?? uuid, time);
  return new Pc(make, config.drives, await make(config.drives));
}

type MakePowered = (drives: readonly DriveConfig[], uuid?: Uint8Array) => Promise<PoweredMachine>;

class Pc implements Machine {
  /** With the identity of a saved machine, or with its own. */
  readonly #make: MakePowered;
  /** With the discs that are in them now. */
  #drives: readonly DriveConfig[];
  readonly #emitter = new Emitter<MachineEvents>();
  /** Made and not yet powered on; replaced after each power-off. */
  #next: Promise<PoweredMachine> | PoweredMachine | null;
  #powered: PoweredMachine | null = null;
  #state: MachineState = 'off';
  #last = NO_STATISTICS;
  #disposed = false;

  constructor(make: MakePowered, drives: readonly DriveConfig[], first: PoweredMachine) {
    this.#make = make;
    this.#drives = drives;
    this.#next = first;
  }

  get state(): MachineState {
    return this.#state;
  }

  get statistics(): MachineStatistics {
    return this.#powered?.statistics ?? this.#last;
  }

  get pointerMode(): PointerMode {
    return this.#powered?.pointerMode ?? 'none';
  }

  on<E extends keyof MachineEvents>(event: E, listener: MachineEvents[E]): () => void {
    return this.#emitter.on(event, listener);
  }

  #setState(state: MachineState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#emitter.emit('stateChanged', state);
  }

  start(): void {
    if (this.#disposed) throw new Error('this machine has been disposed of');
    if (this.#state === 'running') return;
    if (this.#state === 'paused') {
      this.#powered?.resume();
      this.#setState('running');
      return;
    }
    const made = this.#next;
    this.#next = null;
    this.#setState('running');
    if (made instanceof PoweredMachine) this.#powerOn(made);
    else void this.#startLater(made ?? this.#make(this.#drives));
  }

  async #startLater(made: Promise<PoweredMachine>): Promise<void> {
    try {
      const powered = await made;
      if (this.#state === 'off' || this.#disposed) {
        this.#next = powered;
        return;
      }
      this.#powerOn(powered);
      if (this.#state === 'paused') powered.pause();
    } catch (error) {
      this.#stopped({ kind: 'host-error', error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  #powerOn(powered: PoweredMachine): void {
    this.#powered = powered;
    powered.powerOn(this.#events());
  }

  #events(): PoweredEvents {
    return {
      stopped: (reason) => {
        this.#stopped(reason);
      },
      guestReset: () => {
        this.#emitter.emit('guestReset');
      },
      guestPanicked: () => {
        this.#emitter.emit('guestPanicked');
      },
      serialOutput: (port, bytes) => {
        this.#emitter.emit('serialOutput', port, bytes);
      },
      trayMoved: (slot, open) => {
        this.#emitter.emit('trayMoved', slot, open);
      },
      pointerModeChanged: (mode) => {
        this.#emitter.emit('pointerModeChanged', mode);
      },
      speaker: (hertz) => {
        this.#emitter.emit('speaker', hertz);
      },
    };
  }

  #stopped(reason: StopReason): void {
    this.#drop();
    this.#setState('off');
    this.#emitter.emit('stopped', reason);
  }

  /** Unplugs: the processor and the board go, a new pair is made for the next power-on. */
  #drop(): void {
    const powered = this.#powered;
    if (powered !== null) {
      this.#last = powered.statistics;
      powered.powerOff();
    }
    this.#powered = null;
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#powered?.pause();
    this.#setState('paused');
  }

  reset(): void {
    this.#powered?.door.post({ kind: 'reset' });
  }

  powerOff(): void {
    if (this.#state === 'off') return;
    this.#drop();
    this.#setState('off');
  }

  pressPowerButton(): void {
    this.#powered?.door.post({ kind: 'power-button' });
  }

  pressSleepButton(): void {
    this.#powered?.door.post({ kind: 'sleep-button' });
  }

  key(code: string, pressed: boolean): boolean {
    return this.#powered?.key(code, pressed) ?? false;
  }

  mouse(dx: number, dy: number, wheel: number, buttons: number): void {
    this.#powered?.door.post({ kind: 'mouse', dx, dy, wheel, buttons });
  }

  movePointer(x: number, y: number, wheel: number, buttons: number): void {
    const place = (v: number): number => Math.min(POINTER_RANGE, Math.max(0, Math.round(v)));
    this.#powered?.door.post({ kind: 'pointer', x: place(x), y: place(y), wheel, buttons });
  }

  serialInput(port: number, bytes: Uint8Array): void {
    this.#powered?.door.post({ kind: 'serial', port, bytes: bytes.slice() });
  }

  serialBreak(port: number): void {
    this.#powered?.door.post({ kind: 'serial-break', port });
  }

  changeMedium(
    slot: DriveSlot,
    medium: BlockDevice | null,
    lock: 'respect' | 'force' = 'respect',
  ): 'changed' | 'asked' {
    if (!this.#drives.some((drive) => drive.slot === slot && drive.kind === 'cdrom'))
      throw new RangeError(`there is no CD drive at ${slot}`);
    const powered = this.#powered;
    if (lock === 'respect' && powered?.trayLocked(slot) === true) {
      powered.door.post({ kind: 'eject-button', slot });
      return 'asked';
    }
    this.#drives = this.#drives.map((drive) => (drive.slot === slot ? { ...drive, medium } : drive));
    if (powered !== null) powered.changeMedium(this.#drives, slot);
    // What waits for the next power-on was made with the disc of before.
    else this.#next = null;
    return 'changed';
  }

  takeFrame(full: boolean): Frame | null {
    return this.#powered?.takeFrame(full) ?? null;
  }

  save(write: (bytes: Uint8Array) => void): void {
    const powered = this.#powered;
    if (powered === null) throw new Error('the machine is off: there is nothing to save');
    powered.whileStopped(() => {
      for (const piece of saveMachine(powered.parts())) write(piece);
    });
  }

  async restore(source: StateSource): Promise<void> {
    if (this.#disposed) throw new Error('this machine has been disposed of');
    const saved = openSaved(source);
    const powered = await this.#make(this.#drives, saved.uuid);
    powered.begin(this.#events(), saved.restore);
    this.#drop();
    this.#powered = powered;
    this.#setState('paused');
  }

  dispose(): void {
    this.powerOff();
    this.#disposed = true;
    this.#next = null;
    this.#emitter.clear();
  }
}
