/**
 * The life of one machine over any number of power-ons. Each power-on is a process of its own; whatever that
 * process does, this object stays usable and knows what to tell.
 */
import {
  SAVE_TIMEOUT_MS,
  type BootSpec,
  type ControlContract,
  type ControlEvents,
  type StopNotice,
} from '../protocol/control-contract.ts';
import type { DiscState } from '../protocol/disc.ts';
import type { PowerState, Problem } from '../protocol/machine.ts';
import { connect, type Client } from '../protocol/rpc-client.ts';
import { RpcError } from '../protocol/rpc-error.ts';
import {
  guestPanicked,
  problemOfCrash,
  problemOfSaving,
  problemOfStart,
  problemOfStop,
  processEnded,
} from './problems.ts';
import { ProcessLog } from './process-log.ts';
import type { VmLauncher, VmProcess } from './vm-launcher.ts';

const HEARTBEAT_INTERVAL_MS = 2000;
/** As many unanswered heartbeats in a row mean that the process hangs; a sleeping laptop sends none. */
const MISSED_HEARTBEATS = 3;
const STOP_TIMEOUT_MS = 5000;

export interface RunnerHooks {
  readonly changed: () => void;
  readonly screenSaved: () => void;
  readonly disc: (state: DiscState) => void;
  readonly say: (line: string) => void;
}

interface PowerOn<Port> {
  readonly process: VmProcess<Port>;
  readonly control: Client<ControlContract, ControlEvents>;
  readonly log: ProcessLog;
  readonly ended: Promise<undefined>;
  notice: StopNotice | null;
  bootFailed: boolean;
  endedByPerson: boolean;
  unanswered: number;
}

export class MachineRunner<Port> {
  readonly #id: string;
  readonly #launch: VmLauncher<Port>;
  readonly #logPath: string;
  readonly #hooks: RunnerHooks;
  #current: PowerOn<Port> | null = null;
  #state: PowerState = 'off';
  #responding = true;
  #problem: Problem | null = null;

  constructor(id: string, launch: VmLauncher<Port>, logPath: string, hooks: RunnerHooks) {
    this.#id = id;
    this.#launch = launch;
    this.#logPath = logPath;
    this.#hooks = hooks;
  }

  get state(): PowerState {
    return this.#state;
  }

  get responding(): boolean {
    return this.#responding;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  get logPath(): string {
    return this.#logPath;
  }

  dismissProblem(): void {
    this.#set({ problem: null });
  }

  /** Resolves when the machine runs; a failure is kept as the machine's problem and thrown. */
  async start(spec: BootSpec): Promise<void> {
    if (this.#current !== null) throw new RpcError('busy', 'The machine is on already.');
    this.#set({ state: 'starting', problem: null, responding: true });
    const log = new ProcessLog(this.#logPath, this.#hooks.say);
    const process = this.#launch(this.#id);
    log.write(`process ${process.pid ?? 'without a number'} started`);
    for (const stream of process.output) log.follow(stream);
    const ended = Promise.withResolvers<undefined>();
    const current: PowerOn<Port> = {
      process,
      control: connect<ControlContract, ControlEvents>(process.control),
      log,
      ended: ended.promise,
      notice: null,
      bootFailed: false,
      endedByPerson: false,
      unanswered: 0,
    };
    this.#current = current;
    const heartbeat = setInterval(() => {
      this.#beat(current);
    }, HEARTBEAT_INTERVAL_MS);
    process.onExit((how) => {
      clearInterval(heartbeat);
      this.#exited(current, how);
      ended.resolve(undefined);
    });
    this.#listen(current);
    try {
      await current.control.call.boot(spec);
    } catch (error) {
      // A process that died meanwhile has been reported as such, with more to say.
      if (error instanceof RpcError && error.code === 'closed') {
        await current.ended;
      } else {
        current.bootFailed = true;
        this.#set({ problem: problemOfStart(error instanceof Error ? error.message : String(error)) });
        process.kill();
        await current.ended;
      }
      throw new RpcError('start-failed', this.#problem?.detail ?? 'The machine could not be started.');
    }
  }

  /** Null when the machine is off. */
  get control(): Client<ControlContract, ControlEvents>['call'] | null {
    return this.#current?.control.call ?? null;
  }

  attach(port: Port): boolean {
    if (this.#current === null) return false;
    this.#current.process.attach(port);
    return true;
  }

  /** Cuts the power. Resolves when the process is gone; one that does not go is ended. */
  async stop(): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    this.#set({ state: 'stopping' });
    current.control.tell.cutPower();
    await this.#gone(current);
  }

  /**
   * Saves the machine and ends its process. When it cannot be saved it goes on, and the failure is kept as the
   * machine's problem and thrown.
   */
  async suspend(): Promise<void> {
    const current = this.#current;
    if (current === null) throw new RpcError('off', 'The machine is off.');
    const before = this.#state;
    this.#set({ state: 'stopping' });
    try {
      await withinTime(current.control.call.suspend(), SAVE_TIMEOUT_MS, 'It took too long.');
    } catch (error) {
      // It has ended meanwhile, saved by itself or not: its exit tells.
      if (error instanceof RpcError && error.code === 'closed') {
        await current.ended;
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      this.#set({ state: before, problem: problemOfSaving(reason) });
      throw new RpcError('save-failed', reason);
    }
    await this.#gone(current);
  }

  /** A process that is about to end: one that does not is ended. */
  async #gone(current: PowerOn<Port>): Promise<void> {
    const timer = setTimeout(() => {
      current.log.write('the process did not end in time: ending it');
      current.process.kill();
    }, STOP_TIMEOUT_MS);
    await current.ended;
    clearTimeout(timer);
  }

  /** Ends the process as it is. */
  async kill(): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    current.endedByPerson = true;
    current.process.kill();
    await current.ended;
  }

  #listen(current: PowerOn<Port>): void {
    const { control } = current;
    control.on('state', (state) => {
      if (this.#state !== 'stopping') this.#set({ state });
    });
    control.on('stopped', (notice) => {
      current.notice = notice;
      current.log.write(`stopped (${notice.kind}): ${notice.detail}`);
      this.#set({ state: 'stopping' });
    });
    control.on('guestPanicked', () => {
      this.#set({ problem: guestPanicked });
    });
    control.on('screenSaved', this.#hooks.screenSaved);
    control.on('disc', this.#hooks.disc);
  }

  #beat(current: PowerOn<Port>): void {
    current.unanswered += 1;
    if (current.unanswered > MISSED_HEARTBEATS && this.#responding) {
      current.log.write(`no answer to ${MISSED_HEARTBEATS} heartbeats`);
      this.#set({ responding: false });
    }
    current.control.call.ping().then(
      () => {
        current.unanswered = 0;
        if (!this.#responding) this.#set({ responding: true });
      },
      () => undefined, // the connection has ended; the exit tells the rest
    );
  }

  #exited(current: PowerOn<Port>, how: string): void {
    current.log.write(`process ended with ${how}`);
    this.#current = null;
    this.#set({ state: 'off', responding: true, problem: this.#problemAfter(current, how) });
    current.log.close();
  }

  #problemAfter(current: PowerOn<Port>, how: string): Problem | null {
    if (current.bootFailed) return this.#problem;
    if (current.endedByPerson) return processEnded;
    if (current.notice === null) return problemOfCrash(how, current.log.lastLine);
    return problemOfStop(current.notice) ?? this.#problem;
  }

  #set(changes: { state?: PowerState; responding?: boolean; problem?: Problem | null }): void {
    this.#state = changes.state ?? this.#state;
    this.#responding = changes.responding ?? this.#responding;
    if (changes.problem !== undefined) this.#problem = changes.problem;
    this.#hooks.changed();
  }
}

async function withinTime<T>(promise: Promise<T>, milliseconds: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(message));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
