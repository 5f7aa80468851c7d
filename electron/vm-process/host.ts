/**
 * One machine in one process: boots it on request, does what the back end asks of it, and at the end lets go of its
 * disk before anything else. The process lives exactly as long as the machine is on.
 *
 * - A machine whose back end is gone, or whose process is told to end, is saved first.
 */
import type { LogLevel, Machine, StopReason } from '../../emulator/machine/types.ts';
import {
  controlContract,
  type BootSpec,
  type ControlContract,
  type ControlEvents,
  type StopNotice,
} from '../protocol/control-contract.ts';
import type { Duplex } from '../protocol/duplex.ts';
import type { DiscLock, DiscOutcome } from '../protocol/disc.ts';
import { RpcError } from '../protocol/rpc-error.ts';
import { serve, type Server } from '../protocol/rpc-server.ts';
import { appendToLog } from '../services/process-log.ts';
import { saveMachineTo } from '../services/state-file.ts';
import { Audience } from './audience.ts';
import { assemble, takeApart, type Hardware, type HardwareSource } from './hardware.ts';
import type { HostLink } from './host-link.ts';

export interface VmEnvironment extends HardwareSource {
  readonly log: (level: LogLevel, message: string) => void;
  readonly exit: (code: number) => void;
}

interface Running extends Hardware {
  readonly spec: BootSpec;
  readonly audience: Audience;
}

export class VmHost {
  readonly #link: HostLink;
  readonly #environment: VmEnvironment;
  readonly #control: Server<ControlEvents>;
  /** Viewers that came before the machine ran. */
  readonly #early: Duplex[] = [];
  #running: Running | null = null;
  #booting = false;
  #ending = false;
  #alone = false;

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
        pressSleepButton: () => {
          this.#machine().pressSleepButton();
        },
        changeDisc: (path, lock) => this.#changeDisc(path, lock),
        suspend: () => {
          this.#suspend();
        },
        cutPower: () => {
          void this.#end({ kind: 'power-cut', detail: 'The power was cut.' });
        },
        ping: () => undefined,
      },
      this.#refused,
    );
    link.onViewer((duplex) => {
      if (this.#running === null) this.#early.push(duplex);
      else this.#running.audience.admit(duplex);
    });
    link.onHostGone(() => {
      this.#alone = true;
      void this.leave('The app ended without a word.');
    });
  }

  /** Nobody will ask for the machine's end: saves it where that can be done, cuts its power, ends the process. */
  async leave(why: string): Promise<void> {
    if (this.#ending) return;
    this.#log('info', why);
    let notice: StopNotice = { kind: 'power-cut', detail: why };
    try {
      if (this.#running !== null) {
        this.#save(this.#running);
        notice = { kind: 'suspended', detail: `${why} The machine was saved.` };
      }
    } catch {
      this.#log('error', 'the machine’s power is cut: what its guest had not written to the disk is lost');
    }
    this.#log('info', notice.detail);
    await this.#end(notice);
  }

  /** Switches off and ends the process; the disk comes first, whatever else fails. */
  async #end(notice: StopNotice): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const running = this.#running;
    if (running !== null) {
      this.#lastLook(running);
      takeApart(running, this.#log);
      await running.audience.close();
    }
    this.#control.emit('stopped', notice);
    await this.#link.drain();
    this.#environment.exit(0);
  }

  #lastLook({ audience }: Running): void {
    try {
      audience.look();
    } catch (error) {
      this.#log('error', `cannot take the last picture: ${String(error)}`);
    }
  }

  #suspend(): void {
    if (this.#ending) return;
    const running = this.#running;
    if (running === null) throw new RpcError('off', 'The machine is not running.');
    try {
      this.#save(running);
    } catch (error) {
      throw new RpcError('save-failed', error instanceof Error ? error.message : String(error));
    }
    void this.#end({ kind: 'suspended', detail: 'The machine was saved.' });
  }

  /**
   * The guest does not run between the saving and the end: what is on the disk stays what it was saved with.
   * Throws what the disk or the state's file says, which is logged; the machine then goes on.
   */
  #save({ machine, disk, spec }: Running): void {
    try {
      disk.flush();
      saveMachineTo(spec.statePath, machine);
    } catch (error) {
      this.#log('error', `cannot save the machine: ${String(error)}`);
      throw error;
    }
  }

  /** Where nobody reads what the process writes, the log's file is its own. */
  readonly #log = (level: LogLevel, message: string): void => {
    const logPath = this.#running?.spec.logPath;
    if (!this.#alone || logPath === undefined) {
      this.#environment.log(level, message);
      return;
    }
    try {
      appendToLog(logPath, `${level}: ${message}`);
    } catch {
      // The disk is full, or the folder gone: there is nobody left to tell.
    }
  };

  readonly #refused = (message: string, error?: unknown): void => {
    const reason = error instanceof Error ? `: ${error.stack ?? error.message}` : '';
    this.#log('warning', message + reason);
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
    try {
      const hardware = await assemble(spec, this.#environment, this.#log);
      const audience = new Audience(hardware.machine, spec, {
        log: this.#log,
        refused: this.#refused,
        screenSaved: () => {
          this.#control.emit('screenSaved', null);
        },
      });
      this.#run({ ...hardware, spec, audience });
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log('error', `cannot start: ${text}`);
      throw new RpcError('boot-failed', error instanceof Error ? error.message : String(error));
    }
  }

  #run(running: Running): void {
    const { machine, disc, audience } = running;
    this.#running = running;
    disc.onChange = (state) => {
      this.#control.emit('disc', state);
    };
    disc.attach(machine);
    machine.on('stateChanged', (state) => {
      if (state !== 'off') this.#control.emit('state', state);
    });
    machine.on('stopped', (reason) => {
      void this.#end(stopNotice(reason));
    });
    machine.on('guestPanicked', () => {
      this.#control.emit('guestPanicked', null);
    });
    machine.start();
    for (const duplex of this.#early.splice(0)) audience.admit(duplex);
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
