/**
 * One life of a machine, from power-on to power-off: a processor, a board, their clock and run loop.
 *
 * - What devices ask for inside a slice (reset, power off, exit) is remembered and done after it.
 * - Everything that leaves (serial bytes, events) leaves at the end of a turn.
 */
import { isKnownKey } from '../devices/ps2-scancodes.ts';
import { Board, type BoardWiring } from './board.ts';
import type { Backing } from './bus.ts';
import { HostClock, ManualClock, type MachineClock } from './clock.ts';
import { Door, type OutsideEvent } from './door.ts';
import { type HostTime, hostTime } from './host-time.ts';
import { MemoryMap } from './memory-map.ts';
import { Ports } from './port-space.ts';
import { RunLoop, type RunLoopHost } from './run-loop.ts';
import { SerialOutput } from './serial-output.ts';
import { TimerQueue } from './timer-queue.ts';
import type { MachineParts } from './saved/parts.ts';
import type {
  DriveConfig,
  DriveSlot,
  Frame,
  MachineConfig,
  MachineEvents,
  MachineStatistics,
  PointerMode,
  StopReason,
  TranslatorConfig,
} from './types.ts';
import { NO_CHECKS, type Vcpu, type VcpuHost } from './vcpu-types.ts';

const VIDEO_BYTES = 16 * 1024 * 1024;
const PAGE_BYTES = 4096;
/** Numbers of registers in instructions. */
const GENERAL = { eax: 0, ecx: 1, edx: 2, ebx: 3, esi: 6, edi: 7 } as const;
const HIGH_ROM_END = 2 ** 32;
const LOW_ROM_BYTES = 0x20000;
const LOW_ROM_END = 0x100000;
const LOW_RAM_END = 0xa0000;
const HIGH_RAM_START = 0x100000;

/** Makes processors; a test puts a scripted one in its place. */
export type VcpuFactory = (
  ramBytes: number,
  host: VcpuHost,
  options: { readonly translator: TranslatorConfig | null },
) => Promise<Vcpu>;

export type PoweredEvents = Pick<
  MachineEvents,
  'stopped' | 'guestReset' | 'guestPanicked' | 'serialOutput' | 'trayMoved' | 'pointerModeChanged' | 'speaker'
>;

export class PoweredMachine {
  #config: MachineConfig;
  readonly #time: HostTime;
  readonly #clock: MachineClock;
  readonly #timers: TimerQueue;
  readonly #ports: Ports;
  readonly #serial = new SerialOutput();
  readonly door: Door;
  #vcpu: Vcpu | null = null;
  #memory: MemoryMap | null = null;
  #board: Board | null = null;
  #loop: RunLoop | null = null;
  #events: PoweredEvents | null = null;
  #stopReason: StopReason | null = null;
  /** RAM, ROMs and video memory, by name. */
  readonly #memories = new Map<string, Uint8Array>();
  readonly #uuid: Uint8Array;
  #resetRequested = false;
  #initRequested = false;
  /** Frames that the guest sent in this turn. */
  readonly #frames: Uint8Array[] = [];
  /** Told at the end of the turn. */
  #pending: ((events: PoweredEvents) => void)[] = [];
  /** As told last. */
  #toldPointerMode: PointerMode = 'none';
  #toldHertz = 0;

  private constructor(config: MachineConfig, uuid: Uint8Array, time: HostTime) {
    this.#config = config;
    this.#uuid = uuid;
    this.#time = time;
    this.#clock = this.#makeClock();
    this.#timers = new TimerQueue(
      () => this.#clock.nowNs(),
      (deadlineNs) => this.#loop?.limit(deadlineNs),
    );
    this.#clock.onGap = () => {
      this.#tellTime();
    };
    this.#ports = new Ports(config.log);
    this.door = new Door(
      (event) => {
        this.#enter(event);
      },
      () => this.#vcpu?.instructionCount ?? 0n,
      () => this.#loop?.wake(),
    );
  }

  static async create(
    config: MachineConfig,
    makeVcpu: VcpuFactory,
    uuid: Uint8Array,
    time: HostTime = hostTime,
  ): Promise<PoweredMachine> {
    const machine = new PoweredMachine(config, uuid, time);
    const translator = config.deterministic === undefined && (config.translator ?? {});
    const vcpu = await makeVcpu(config.memoryBytes, machine.#vcpuHost(), { translator: translator || null });
    machine.#assemble(vcpu, uuid);
    return machine;
  }

  #makeClock(): MachineClock {
    const { deterministic } = this.#config;
    if (deterministic === undefined) return new HostClock(() => this.#time.nowMs() * 1e6);
    return new ManualClock(() => this.#vcpu?.instructionCount ?? 0n, deterministic.nsPerInstruction);
  }

  #vcpuHost(): VcpuHost {
    const ports = this.#ports;
    const called = (): void => this.#loop?.boardCalled();
    return {
      portRead: (port, sizeBytes) => {
        called();
        return ports.read(port, sizeBytes);
      },
      portReadRun: (port, sizeBytes, into) => ports.readRun(port, sizeBytes, into),
      portWrite: (port, sizeBytes, value) => {
        called();
        ports.write(port, sizeBytes, value);
      },
      portWriteRun: (port, sizeBytes, from) => ports.writeRun(port, sizeBytes, from),
      mmioRead: (address, sizeBytes) => {
        called();
        return this.#memory?.mmioRead(address, sizeBytes) ?? 0;
      },
      mmioWrite: (address, sizeBytes, value) => {
        called();
        this.#memory?.mmioWrite(address, sizeBytes, value);
      },
      acknowledgeInterrupt: () => this.#board?.interrupts.lapic.acknowledge() ?? 0,
      taskPriority: () => this.#board?.interrupts.lapic.taskPriorityClass ?? 0,
      setTaskPriority: (value) => {
        if (this.#board !== null) this.#board.interrupts.lapic.taskPriorityClass = value;
      },
      setApicBase: (value) => {
        this.#board?.interrupts.lapic.setBase(value);
      },
      timestampDeadline: () => this.#board?.interrupts.lapic.timer.deadline ?? 0n,
      setTimestampDeadline: (value) => {
        this.#board?.interrupts.lapic.timer.writeDeadline(value);
      },
      // The time-stamp counter runs at 1 GHz.
      timestampCounter: () => BigInt(Math.floor(this.#clock.nowNs())),
      log: this.#config.log,
    };
  }

  #assemble(vcpu: Vcpu, uuid: Uint8Array): void {
    const { memoryBytes, firmware, drives, log } = this.#config;
    this.#vcpu = vcpu;
    const all = new Uint8Array(vcpu.memory.buffer);
    const ram = all.subarray(vcpu.ramOffset, vcpu.ramOffset + memoryBytes);
    this.#memories.set('ram', ram);
    const rom = (name: string, bytes: Uint8Array, sizeBytes: number): Backing => {
      const offset = vcpu.allocateBacking(sizeBytes);
      const backing = all.subarray(offset, offset + sizeBytes);
      this.#memories.set(name, backing);
      backing.fill(0xff);
      backing.set(bytes);
      return { offset, bytes: backing };
    };
    const bios = rom('bios', firmware.bios, roundUp(firmware.bios.length, PAGE_BYTES));
    const vgaRom = rom('vga-bios', firmware.vgaBios, powerOfTwo(firmware.vgaBios.length));
    const videoOffset = vcpu.allocateBacking(VIDEO_BYTES);
    const videoBytes = all.subarray(videoOffset, videoOffset + VIDEO_BYTES);
    this.#memories.set('video', videoBytes);
    const memory = new MemoryMap(vcpu, vcpu.ramOffset, ram, log);
    this.#memory = memory;
    memory.claimRam('low RAM', 0, LOW_RAM_END, 'ram');
    memory.claimRam('RAM', HIGH_RAM_START, memoryBytes - HIGH_RAM_START, 'ram');
    memory.claimBacking('system ROM', HIGH_ROM_END - bios.bytes.length, bios.bytes.length, 'rom', bios);
    const { variables } = firmware;
    const flash: BoardWiring['flash'] =
      variables === undefined
        ? null
        : {
            base: HIGH_ROM_END - bios.bytes.length - variables.sizeBytes,
            backing: rom('flash', variables.read(), variables.sizeBytes),
            keeper: variables,
          };
    const low = Math.min(LOW_ROM_BYTES, bios.bytes.length);
    const lowOffset = bios.bytes.length - low;
    memory.claimBacking('system ROM', LOW_ROM_END - low, low, 'rom', {
      offset: bios.offset + lowOffset,
      bytes: bios.bytes.subarray(lowOffset),
    });
    const request = (act: () => void): void => {
      act();
      vcpu.requestYield();
    };
    this.#board = new Board({
      ports: this.#ports,
      memory,
      timers: this.#timers,
      log,
      memoryBytes,
      bios,
      vgaRom,
      video: {
        offset: videoOffset,
        bytes: videoBytes,
        takeDirtyPages: (sizeBytes) => vcpu.takeDirtyPages(videoOffset, sizeBytes),
      },
      drives,
      flash,
      linux: this.#config.linux ?? null,
      uuid,
      intr: (asserted) => {
        vcpu.setInterruptLine(asserted);
      },
      nmi: () => {
        vcpu.raiseNmi();
      },
      init: () => {
        request(() => (this.#initRequested = true));
      },
      a20: (open) => {
        vcpu.setA20(open);
      },
      registers: {
        read: (register) => vcpu.readGeneral(GENERAL[register]),
        write: (register, value) => {
          vcpu.writeGeneral(GENERAL[register], value);
        },
      },
      requestReset: () => {
        request(() => (this.#resetRequested = true));
      },
      requestPowerOff: () => {
        this.#requestStop({ kind: 'power-off' });
      },
      requestExit: (code) => {
        this.#requestStop({ kind: 'debug-exit', code });
      },
      guestPanicked: () => {
        this.#pending.push((events) => {
          events.guestPanicked();
        });
      },
      serialOutput: (port, byte) => {
        this.#serial.push(port, byte);
        this.#loop?.leaving();
      },
      trayMoved: (slot, open) => {
        this.#pending.push((events) => {
          events.trayMoved(slot, open);
        });
      },
      networkOutput: (frame) => {
        if (this.#config.network === undefined) return;
        this.#frames.push(frame);
        this.#loop?.leaving();
      },
    });
    const host: RunLoopHost = {
      beforeSlice: () => {
        this.door.deliver();
      },
      afterSlice: (tripleFault) => this.#afterSlice(tripleFault),
      endTurn: () => {
        this.#endTurn();
      },
      failed: (error) => {
        this.#stopReason = { kind: 'host-error', error };
      },
    };
    this.#loop = new RunLoop(vcpu, this.#timers, this.#clock, host, this.#time);
  }

  #requestStop(reason: StopReason): void {
    this.#stopReason ??= reason;
    this.#vcpu?.requestYield();
  }

  powerOn(events: PoweredEvents): void {
    this.#events = events;
    this.#connectNetwork();
    this.#reset();
    const { deterministic } = this.#config;
    if (deterministic === undefined) this.#tellTime();
    else this.door.post({ kind: 'wall-clock', unixMs: deterministic.startUnixMs });
    this.#loop?.start();
  }

  #connectNetwork(): void {
    this.#config.network?.connect((frame) => {
      // A cable that is left plugged into a machine without power carries nothing.
      if (this.#events !== null) this.door.post({ kind: 'frame', bytes: frame.slice() });
    });
  }

  /** Guest time has stood still, the world has not: the clock chip hears of it. */
  #tellTime(): void {
    if (this.#config.deterministic === undefined) this.door.post({ kind: 'wall-clock', unixMs: Date.now() });
  }

  // --- Saved and restored -----------------------------------------------------------------------------------

  /** Between turns: nothing is under way but what chips have noted. */
  parts(): MachineParts {
    const vcpu = this.#vcpu;
    const board = this.#board;
    if (vcpu === null || board === null) throw new Error('the machine is not assembled');
    return {
      config: this.#config,
      uuid: this.#uuid,
      memories: this.#memories,
      sections: [
        ['cpu', vcpu],
        ['clock', this.#clock],
        ...board.sections(),
        ['timers', this.#timers],
        ['door', this.door],
      ],
    };
  }

  /** Runs `act` while guest time stands still. */
  whileStopped(act: () => void): void {
    const loop = this.#loop;
    const running = loop?.running === true;
    loop?.stop();
    try {
      act();
    } finally {
      if (running) loop.start();
    }
  }

  /** In place of `powerOn`: begins at what `restore` puts into the parts, and stands still. */
  begin(events: PoweredEvents, restore: (parts: MachineParts) => void): void {
    this.#reset();
    restore(this.parts());
    this.#connectNetwork();
    this.#events = events;
  }

  #reset(): void {
    this.#board?.reset();
    this.#vcpu?.setA20(true);
    this.#vcpu?.reset('power-on');
  }

  /** False ends the loop. */
  #afterSlice(tripleFault: boolean): boolean {
    // What the processor did between asking for its reset and noticing it counts for nothing.
    if (tripleFault && !this.#resetRequested && !this.#initRequested)
      this.#stopReason ??= { kind: 'triple-fault', detail: this.describeProcessor() };
    if (this.#stopReason !== null) return false;
    if (this.#resetRequested) {
      this.#resetRequested = false;
      this.#pending.push((events) => {
        events.guestReset();
      });
      this.#reset();
    } else if (this.#initRequested) {
      this.#board?.interrupts.lapic.initialise();
      this.#vcpu?.reset('init');
    }
    this.#initRequested = false;
    return true;
  }

  #endTurn(): void {
    const events = this.#events;
    if (events === null) return;
    this.#serial.flush(events.serialOutput);
    for (const frame of this.#frames.splice(0)) this.#config.network?.send(frame);
    const pending = this.#pending;
    this.#pending = [];
    for (const tell of pending) tell(events);
    this.#tellChanges(events);
    const reason = this.#stopReason;
    // A listener may have cut the power meanwhile.
    if (reason === null || this.#events !== events) return;
    this.#stopReason = null;
    this.#board?.flushConsoles();
    events.stopped(reason);
  }

  /** What matters as it is at the end of a turn, however often it changed in it. */
  #tellChanges(events: PoweredEvents): void {
    const mode = this.pointerMode;
    if (mode !== this.#toldPointerMode) {
      this.#toldPointerMode = mode;
      events.pointerModeChanged(mode);
    }
    const hertz = this.#board?.speaker.hertz ?? 0;
    if (hertz !== this.#toldHertz) {
      this.#toldHertz = hertz;
      events.speaker(hertz);
    }
  }

  get pointerMode(): PointerMode {
    return this.#board?.pointer.mode ?? 'none';
  }

  #enter(event: OutsideEvent): void {
    const board = this.#board;
    switch (event.kind) {
      case 'key':
        board?.keystrokes.key(event.code, event.pressed);
        break;
      case 'mouse':
        board?.pointer.move(event.dx, event.dy, event.wheel, event.buttons);
        break;
      case 'pointer':
        board?.pointer.moveTo(event.x, event.y, event.wheel, event.buttons);
        break;
      case 'serial':
        if (event.port === 0 || event.port === 1) board?.serial[event.port].receive(event.bytes);
        break;
      case 'serial-break':
        if (event.port === 0 || event.port === 1) board?.serial[event.port].receiveBreak();
        break;
      case 'wall-clock':
        board?.rtc.setWallClock(event.unixMs);
        break;
      case 'frame':
        board?.nic.receive(event.bytes);
        break;
      case 'power-button':
        board?.pm.pressPowerButton();
        break;
      case 'sleep-button':
        board?.pm.pressSleepButton();
        break;
      case 'disc':
        board?.cdrom(event.slot)?.replaceMedium(this.#medium(event.slot));
        break;
      case 'eject-button':
        board?.cdrom(event.slot)?.tray.pressEject();
        break;
      case 'reset':
        this.#reset();
    }
  }

  #medium(slot: DriveSlot): DriveConfig['medium'] {
    return this.#config.drives.find((drive) => drive.slot === slot)?.medium ?? null;
  }

  trayLocked(slot: DriveSlot): boolean {
    return this.#board?.cdrom(slot)?.tray.locked === true;
  }

  /** The drive at `slot` has another medium from now on. */
  changeMedium(drives: readonly DriveConfig[], slot: DriveSlot): void {
    this.#config = { ...this.#config, drives };
    this.door.post({ kind: 'disc', slot });
  }

  pause(): void {
    this.#loop?.stop();
  }

  resume(): void {
    this.#tellTime();
    this.#loop?.start();
  }

  powerOff(): void {
    this.#loop?.stop();
    this.#board?.flushConsoles();
    this.door.clear();
    this.#events = null;
  }

  key(code: string, pressed: boolean): boolean {
    if (!isKnownKey(code)) return false;
    this.door.post({ kind: 'key', code, pressed });
    return true;
  }

  takeFrame(full: boolean): Frame | null {
    return this.#board?.vga.takeFrame(full) ?? null;
  }

  get statistics(): MachineStatistics {
    return {
      instructions: this.#vcpu?.instructionCount ?? 0n,
      busySeconds: this.#loop?.busySeconds ?? 0,
      diskReadBytes: this.#board?.counters.readBytes ?? 0,
      diskWrittenBytes: this.#board?.counters.writtenBytes ?? 0,
      translatorChecks: this.#vcpu?.translatorChecks ?? NO_CHECKS,
    };
  }

  /** Registers in one line, for logs. */
  describeProcessor(): string {
    const registers = [...(this.#vcpu?.registers() ?? [])];
    return registers.map(([name, value]) => `${name}=${value.toString(16)}`).join(' ');
  }

  get vcpu(): Vcpu | null {
    return this.#vcpu;
  }
}

const roundUp = (v: number, to: number): number => Math.ceil(v / to) * to;

/** ROM BARs are powers of two of at least 2 KiB; pages make it 4. */
function powerOfTwo(v: number): number {
  let size = PAGE_BYTES;
  while (size < v) size *= 2;
  return size;
}
