/**
 * One machine in one process: boots it on request, shows it to viewers, and at the end flushes and closes its
 * disk before anything else. The process lives exactly as long as the machine is on.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { LogLevel, Machine, MachineConfig, StopReason } from '../../emulator/machine/types.ts';
import {
  controlContract,
  type BootSpec,
  type ControlContract,
  type ControlEvents,
  type StopNotice,
} from '../protocol/control-contract.ts';
import type { Duplex } from '../protocol/duplex.ts';
import type { DiscLock, DiscOutcome } from '../protocol/disc.ts';
import { SERIAL_PORT_COUNT } from '../protocol/machine.ts';
import { RpcError } from '../protocol/rpc-error.ts';
import { serve, type Server } from '../protocol/rpc-server.ts';
import { loadFirmware, withVariables } from '../services/firmware.ts';
import { openFlashFile, type OpenFlash } from '../services/flash-file.ts';
import { CD_SLOT, DiscDrive } from './disc-drive.ts';
import { restoreMachineFrom, saveMachineTo } from '../services/state-file.ts';
import type { HostLink } from './host-link.ts';
import { ScreenMirror } from '../services/screen-mirror.ts';
import type { OpenDisk } from './open-disk.ts';
import { ScreenSaver } from './screen-saver.ts';
import { SerialHistory } from './serial-history.ts';
import { Viewer, type Stage } from './viewer.ts';

export interface VmEnvironment {
  readonly createMachine: (config: MachineConfig) => Promise<Machine>;
  readonly openDisk: (path: string, options: { readOnly: boolean; sectorSizeBytes?: 512 | 2048 }) => OpenDisk;
  readonly log: (level: LogLevel, message: string) => void;
  readonly exit: (code: number) => void;
}

const FRAME_INTERVAL_MS = 16;
/** While nothing moves on the screen it is looked at less often. */
const QUIET_FRAME_INTERVAL_MS = 40;
const QUIET_AFTER_MS = 1000;
const STATISTICS_INTERVAL_MS = 1000;
const SAVE_SCREEN_INTERVAL_MS = 5000;

interface Running extends Stage {
  readonly statePath: string;
  readonly disk: OpenDisk;
  readonly disc: DiscDrive;
  readonly flash: OpenFlash | null;
  readonly saver: ScreenSaver;
}

export class VmHost {
  readonly #link: HostLink;
  readonly #environment: VmEnvironment;
  readonly #control: Server<ControlEvents>;
  readonly #viewers = new Set<Viewer>();
  readonly #waiting: Duplex[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #running: Running | null = null;
  #booting = false;
  #ending = false;
  #lastChangeMs = 0;

  constructor(link: HostLink, environment: VmEnvironment) {
    this.#link = link;
    this.#environment = environment;
    this.#control = serve<ControlContract, ControlEvents>(
      link.control,
      controlContract,
      {
        boot: (spec) => this.#boot(spec),
        pause: () => {
          this.#machine().pause();
        },
        resume: () => {
          this.#machine().start();
        },
        reset: () => {
          this.#machine().reset();
        },
        pressPowerButton: () => {
          this.#machine().pressPowerButton();
        },
        changeDisc: (path, lock) => this.#changeDisc(path, lock),
        suspend: () => {
          this.#suspend();
        },
        cutPower: () => {
          void this.end({ kind: 'power-cut', detail: 'The power was cut.' });
        },
        ping: () => undefined,
      },
      this.#refused,
    );
    link.onViewer((duplex) => {
      if (this.#running === null) this.#waiting.push(duplex);
      else this.#addViewer(duplex, this.#running);
    });
    link.onHostGone(() => {
      environment.log('info', 'the app is gone: switching the machine off');
      void this.end({ kind: 'power-cut', detail: 'The app ended.' });
    });
  }

  /** Switches off and ends the process; the disk comes first, whatever else fails. */
  async end(notice: StopNotice): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const running = this.#running;
    if (running !== null) {
      this.#attempt('switch the machine off', () => {
        running.machine.powerOff();
      });
      this.#closeDisk(running.disk);
      this.#attempt('close the disc', () => {
        running.disc.close();
      });
      this.#attempt('close the UEFI variables', () => {
        running.flash?.close();
      });
      this.#look(running);
      await this.#saveScreen(running);
      await Promise.all(running.serial.map((history) => history.close()));
    }
    for (const viewer of this.#viewers) {
      viewer.emit('state', 'off');
      viewer.pump();
    }
    this.#control.emit('stopped', notice);
    await this.#link.drain();
    this.#environment.exit(0);
  }

  /** The guest does not run between the saving and the end: what is on the disk stays what it was saved with. */
  #suspend(): void {
    const machine = this.#machine();
    const statePath = this.#running?.statePath ?? '';
    try {
      this.#running?.disk.flush();
      saveMachineTo(statePath, machine);
    } catch (error) {
      this.#environment.log('error', `cannot save the machine: ${String(error)}`);
      throw new RpcError('save-failed', error instanceof Error ? error.message : String(error));
    }
    void this.end({ kind: 'suspended', detail: 'The machine was saved.' });
  }

  readonly #refused = (message: string, error?: unknown): void => {
    const reason = error instanceof Error ? `: ${error.stack ?? error.message}` : '';
    this.#environment.log('warning', message + reason);
  };

  #machine(): Machine {
    if (this.#running === null) throw new RpcError('off', 'The machine is not running.');
    return this.#running.machine;
  }

  #changeDisc(path: string | null, lock: DiscLock): DiscOutcome {
    if (this.#running === null) throw new RpcError('off', 'The machine is not running.');
    try {
      return this.#running.disc.change(path, lock);
    } catch (error) {
      throw new RpcError('invalid', error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  async #boot(spec: BootSpec): Promise<void> {
    if (this.#booting) throw new RpcError('busy', 'The machine has been started already.');
    this.#booting = true;
    const { openDisk, createMachine, log } = this.#environment;
    let disk: OpenDisk | null = null;
    let disc: DiscDrive | null = null;
    let flash: OpenFlash | null = null;
    try {
      disk = openDisk(spec.diskPath, { readOnly: false });
      const openDisc = (path: string): OpenDisk => openDisk(path, { readOnly: true, sectorSizeBytes: 2048 });
      disc = new DiscDrive(openDisc, spec.discPath);
      const made = withVariables(loadFirmware(spec.firmware), (template) =>
        openFlashFile(spec.variablesPath, template),
      );
      flash = made.flash;
      const machine = await createMachine({
        memoryBytes: spec.memoryMiB * 1024 * 1024,
        firmware: made.firmware,
        drives: [
          { slot: 'ide0-master', kind: 'disk', medium: disk },
          { slot: CD_SLOT, kind: 'cdrom', medium: disc.medium },
        ],
        log,
      });
      if (spec.resume) await resumeFrom(spec.statePath, machine);
      this.#run(spec, machine, { disk, disc, flash });
    } catch (error) {
      disk?.close();
      disc?.close();
      flash?.close();
      log(
        'error',
        `cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      throw new RpcError('boot-failed', error instanceof Error ? error.message : String(error));
    }
  }

  #run(spec: BootSpec, machine: Machine, opened: Pick<Running, 'disk' | 'disc' | 'flash'>): void {
    const mirror = new ScreenMirror();
    const serialFailed = (error: Error): void => {
      this.#environment.log('error', `cannot write the serial log: ${error.message}`);
    };
    const running: Running = {
      statePath: spec.statePath,
      machine,
      ...opened,
      mirror,
      saver: new ScreenSaver(mirror, spec.screenPath),
      serial: Array.from(
        { length: SERIAL_PORT_COUNT },
        () => new SerialHistory(spec.serialLogPath, serialFailed),
      ),
      session: randomUUID(),
    };
    this.#running = running;
    this.#listen(running);
    machine.start();
    for (const duplex of this.#waiting.splice(0)) this.#addViewer(duplex, running);
    this.#lookSoon(running);
    this.#timers.push(
      setInterval(() => {
        this.#sendStatistics(running);
      }, STATISTICS_INTERVAL_MS),
      setInterval(() => {
        void this.#saveScreen(running);
      }, SAVE_SCREEN_INTERVAL_MS),
    );
  }

  #listen(running: Running): void {
    const { machine, serial, disc } = running;
    disc.onChange = (state) => {
      this.#control.emit('disc', state);
    };
    disc.attach(machine);
    machine.on('pointerModeChanged', (mode) => {
      for (const viewer of this.#viewers) viewer.emit('pointerMode', mode);
    });
    machine.on('speaker', (hertz) => {
      for (const viewer of this.#viewers) viewer.emit('speaker', hertz);
    });
    machine.on('stateChanged', (state) => {
      if (state === 'off' || this.#ending) return;
      this.#control.emit('state', state);
      for (const viewer of this.#viewers) viewer.emit('state', state);
      this.#look(running);
      this.#sendStatistics(running);
    });
    machine.on('stopped', (reason) => {
      void this.end(stopNotice(reason));
    });
    machine.on('guestReset', () => {
      for (const viewer of this.#viewers) viewer.emit('guestReset', null);
    });
    machine.on('guestPanicked', () => {
      this.#control.emit('guestPanicked', null);
    });
    machine.on('serialOutput', (port, bytes) => {
      serial[port]?.append(bytes);
      for (const viewer of this.#viewers) viewer.pump();
    });
  }

  #addViewer(duplex: Duplex, running: Running): void {
    this.#look(running);
    const viewer = new Viewer(duplex, running, this.#refused, (gone) => this.#viewers.delete(gone));
    this.#viewers.add(viewer);
  }

  /** Takes what changed on the screen and passes it on. */
  #look(running: Running): void {
    const frame = running.machine.takeFrame(running.mirror.screen === null);
    if (frame === null) return;
    this.#lastChangeMs = performance.now();
    const change = running.mirror.apply(frame);
    running.saver.screenChanged();
    for (const viewer of this.#viewers) {
      viewer.screenChanged(change);
      viewer.pump();
    }
  }

  #lookSoon(running: Running): void {
    const quiet = performance.now() - this.#lastChangeMs > QUIET_AFTER_MS;
    setTimeout(
      () => {
        if (this.#ending) return;
        this.#look(running);
        this.#lookSoon(running);
      },
      quiet ? QUIET_FRAME_INTERVAL_MS : FRAME_INTERVAL_MS,
    );
  }

  #sendStatistics({ machine }: Running): void {
    const { instructions, busySeconds, diskReadBytes, diskWrittenBytes } = machine.statistics;
    const event = { instructions: Number(instructions), busySeconds, diskReadBytes, diskWrittenBytes };
    for (const viewer of this.#viewers) viewer.emit('statistics', event);
  }

  async #saveScreen({ saver }: Running): Promise<void> {
    try {
      if (await saver.save()) this.#control.emit('screenSaved', null);
    } catch (error) {
      this.#environment.log('error', `cannot save the screen: ${String(error)}`);
    }
  }

  #closeDisk(disk: OpenDisk): void {
    this.#attempt('flush the disk', () => {
      disk.flush();
    });
    this.#attempt('close the disk', () => {
      disk.close();
    });
  }

  #attempt(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#environment.log('error', `could not ${what}: ${String(error)}`);
    }
  }
}

function stopNotice(reason: StopReason): StopNotice {
  switch (reason.kind) {
    case 'power-off':
      return { kind: 'power-off', detail: 'The guest switched the machine off.' };
    case 'triple-fault':
      return { kind: 'triple-fault', detail: reason.detail };
    case 'debug-exit':
      return { kind: 'debug-exit', detail: `The guest ended the machine with code ${reason.code}.` };
    case 'host-error':
      return { kind: 'host-error', detail: reason.error.message };
  }
}

/** The file goes before the machine runs: its disk will not be what it was for long. */
async function resumeFrom(statePath: string, machine: Machine): Promise<void> {
  try {
    await restoreMachineFrom(statePath, machine);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `What was saved of it cannot be resumed: ${reason}. It is kept; discard it to start the machine anew.`,
      { cause },
    );
  }
  rmSync(statePath);
}
