/**
 * `breenix run`: a machine without a window. Its serial port is this terminal or a file; with --exec it boots,
 * runs one command in the guest's shell and exits with its status.
 *
 * - Everything is checked and opened before the machine starts, so that wrong use writes nothing.
 * - However the run ends, the machine is powered off, the images are closed and the terminal is restored.
 */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { createMachine } from '../../emulator/machine/machine.ts';
import { LinuxBootError } from '../../emulator/machine/linux-boot.ts';
import type { Machine, MachineConfig, StopReason } from '../../emulator/machine/types.ts';
import type { DiscDrive } from '../services/disc-drive.ts';
import { FirmwareError, loadFirmware } from '../services/firmware.ts';
import type { OpenFlash } from '../services/flash-file.ts';
import { restoreMachineFrom, saveMachineTo } from '../services/state-file.ts';
import { openDrives } from './drives.ts';
import { ExecSession } from './exec-session.ts';
import { exitStatus } from './exit-status.ts';
import { consoleCommands, keyHelp } from './console-keys.ts';
import { optionHelp, optionNames, parseRunOptions, type RunOptions } from './run-options.ts';
import { loadKernel, kernelProblem } from './kernel.ts';
import { requireOutputFiles } from './output-files.ts';
import { ScreenRecorder } from './screenshot.ts';
import { attachSerialConsole } from './serial-console.ts';
import { openSerialSink, type SerialSink } from './serial-sink.ts';
import { openVariables } from './uefi-variables.ts';
import { UsageError } from './usage-error.ts';

/** How long a guest may take to shut down in order once its command has ended. */
const shutdownGraceMs = 5000;
/** How long a panicking guest may go on writing its report to the serial line. */
const panicReportMs = 500;

/** A processor of a hundred million instructions a second that is switched on at the same moment each time. */
const deterministic = { nsPerInstruction: 10, startUnixMs: Date.UTC(2026, 0, 1) } as const;

const signalStatus = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

function say(message: string): void {
  process.stderr.write(`breenix: ${message}\n`);
}

/** One run of a machine, from power-on to the exit status. */
class Run {
  readonly #options: RunOptions;
  readonly #machine: Machine;
  readonly #disc: DiscDrive;
  readonly #sink: SerialSink;
  readonly #cleanUp: (() => void)[] = [];
  #execStatus: number | null = null;
  #execStarted = false;
  #sinkFailed = false;
  #ended = false;
  #screen: ScreenRecorder | null = null;
  #resolve: (status: number) => void = () => undefined;

  constructor(runOptions: RunOptions, machine: Machine, disc: DiscDrive, sink: SerialSink) {
    this.#options = runOptions;
    this.#machine = machine;
    this.#disc = disc;
    this.#sink = sink;
  }

  /** Resolves when the run has ended and everything is closed but the images. */
  start(): Promise<number> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#watchMachine();
      this.#watchHost();
      if (this.#options.exec === null) this.#attachConsole();
      else this.#attachExec(this.#options.exec);
      if (this.#options.screenshot !== null) this.#screen = new ScreenRecorder(this.#machine);
      if (this.#options.saveState !== null) this.#saveOnSignal();
      this.#machine.start();
      if (this.#options.exec !== null && this.#options.loadState !== null)
        this.#machine.serialInput(0, Buffer.from('\r'));
    });
  }

  #watchMachine(): void {
    this.#machine.on('stopped', (reason) => {
      this.#end(this.#statusOf(reason));
    });
    this.#machine.on('guestPanicked', () => {
      setTimeout(() => {
        say('the guest reported a panic');
        this.#end(exitStatus.guestPanic);
      }, panicReportMs);
    });
  }

  #watchHost(): void {
    const { timeoutMs } = this.#options;
    if (timeoutMs !== null) {
      const timer = setTimeout(() => {
        say(`ended after the time-out of ${timeoutMs / 1000} s`);
        this.#end(exitStatus.timeout);
      }, timeoutMs);
      this.#cleanUp.push(() => {
        clearTimeout(timer);
      });
    }
    for (const [signal, status] of Object.entries(signalStatus)) {
      const listener = (): void => {
        this.#end(status);
      };
      process.once(signal, listener);
      this.#cleanUp.push(() => process.off(signal, listener));
    }
    // The reader of our output went away (`| head`): the same as a hang-up.
    process.stdout.on('error', () => {
      this.#end(signalStatus.SIGHUP);
    });
    // There is nobody to tell; the run itself goes on.
    process.stderr.on('error', () => undefined);
  }

  #saveOnSignal(): void {
    const save = (): void => {
      this.#saveState();
    };
    process.on('SIGUSR1', save);
    this.#cleanUp.push(() => process.off('SIGUSR1', save));
  }

  /** False when a state was asked for and could not be saved. */
  #saveState(): boolean {
    const { saveState } = this.#options;
    if (saveState === null) return true;
    if (this.#machine.state === 'off') {
      say(`the machine is off: nothing was saved in ${saveState}`);
      return true;
    }
    try {
      saveMachineTo(saveState, this.#machine);
      return true;
    } catch (error) {
      say(
        `cannot save the machine in ${saveState}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
  }

  /** A serial file that cannot be written ends the run, but not in the middle of the machine's turn. */
  #toSink(bytes: Uint8Array): void {
    if (this.#sinkFailed) return;
    try {
      this.#sink.write(bytes);
    } catch (error) {
      this.#sinkFailed = true;
      say(error instanceof Error ? error.message : String(error));
      setImmediate(() => {
        this.#end(exitStatus.hostError);
      });
    }
  }

  #attachConsole(): void {
    this.#machine.on('serialOutput', (port, bytes) => {
      if (port === 0) this.#toSink(bytes);
    });
    const { saveState } = this.#options;
    const terminal = attachSerialConsole({
      machine: this.#machine,
      disc: this.#disc,
      say,
      quit: () => {
        this.#end(exitStatus.success);
      },
      save: () => {
        if (saveState === null) say('give --save-state FILE to save the machine');
        else if (this.#saveState()) say(`the machine is saved in ${saveState}`);
      },
    });
    this.#cleanUp.push(() => {
      terminal.restore();
    });
  }

  #attachExec(command: string): void {
    const session = new ExecSession(command, randomBytes(6).toString('hex'), {
      type: (text) => {
        this.#execStarted = true;
        this.#machine.serialInput(0, Buffer.from(text, 'latin1'));
      },
      output: (text) => process.stdout.write(Buffer.from(text, 'latin1')),
      finished: (status) => {
        this.#execStatus = status;
        this.#screen?.look();
        // A machine that is kept goes on from here another time.
        if (this.#options.saveState !== null) {
          this.#end(status);
          return;
        }
        this.#machine.serialInput(0, Buffer.from('poweroff\r'));
        const timer = setTimeout(() => {
          this.#end(status);
        }, shutdownGraceMs);
        this.#cleanUp.push(() => {
          clearTimeout(timer);
        });
      },
    });
    this.#cleanUp.push(() => {
      session.end();
    });
    this.#machine.on('serialOutput', (port, bytes) => {
      if (port !== 0) return;
      session.receive(bytes);
      if (this.#options.serial.kind === 'file') this.#toSink(bytes);
    });
  }

  #statusOf(reason: StopReason): number {
    if (this.#execStatus !== null) return this.#execStatus;
    switch (reason.kind) {
      case 'power-off':
        if (this.#options.exec === null || this.#execStarted) return exitStatus.success;
        say('the guest powered off before its shell was ready');
        return exitStatus.hostError;
      case 'triple-fault':
        say(`the guest's processor shut down: triple fault (${reason.detail})`);
        return exitStatus.tripleFault;
      case 'debug-exit':
        return reason.code;
      case 'host-error':
        say(`the machine failed: ${reason.error.message}`);
        return exitStatus.hostError;
    }
  }

  #end(status: number): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const action of this.#cleanUp) action();
    this.#screen?.stop();
    this.#tellChecks();
    const stateSaved = this.#saveState();
    this.#machine.dispose();
    this.#sink.close();
    void this.#saveScreenshot().then((saved) => {
      this.#resolve(saved && stateSaved ? status : exitStatus.hostError);
    });
  }

  /** A check that found nothing says how much it looked at. */
  #tellChecks(): void {
    const { translator } = this.#options;
    if (translator === false || translator.checkEvery === undefined) return;
    const { runs, instructions } = this.#machine.statistics.translatorChecks;
    say(`${runs} runs of translated code (${instructions} instructions) did what the interpreter does`);
  }

  /** False when a screenshot was asked for and could not be written. */
  async #saveScreenshot(): Promise<boolean> {
    const { screenshot } = this.#options;
    if (screenshot === null || this.#screen === null) return true;
    try {
      await this.#screen.save(screenshot);
      return true;
    } catch (error) {
      say(
        `cannot write the screenshot ${screenshot}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
  }
}

async function loadState(file: string, machine: Machine): Promise<void> {
  try {
    await restoreMachineFrom(file, machine);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--load-state ${file}: ${reason}`, { cause });
  }
}

async function makeMachine(runOptions: RunOptions, config: MachineConfig): Promise<Machine> {
  try {
    return await createMachine(config);
  } catch (error) {
    if (error instanceof LinuxBootError && runOptions.linux !== null)
      throw kernelProblem(runOptions.linux, error);
    throw error;
  }
}

/** @throws {UsageError} for whatever the user can put right. Resolves to the exit status. */
export async function runCommand(words: readonly string[]): Promise<number> {
  const runOptions = parseRunOptions(words, optionNames);
  if (runOptions === null) {
    process.stdout.write(
      `Usage: breenix run [OPTION …]\n\n${optionHelp(optionNames)}\n\nKeys on the serial console:\n${keyHelp(consoleCommands)}\n`,
    );
    return exitStatus.success;
  }
  requireOutputFiles(runOptions);
  let loaded;
  try {
    loaded = loadFirmware(runOptions.firmware);
  } catch (error) {
    throw error instanceof FirmwareError ? new UsageError(error.message, { cause: error }) : error;
  }
  const linux = runOptions.linux === null ? null : loadKernel(runOptions.linux);
  const { drives, disc, bootDisk, close } = openDrives(runOptions);
  let flash: OpenFlash | null = null;
  try {
    const opened = openVariables(runOptions, loaded, bootDisk);
    flash = opened.flash;
    const machine = await makeMachine(runOptions, {
      memoryBytes: runOptions.memoryBytes,
      firmware: opened.firmware,
      drives,
      ...(linux === null ? {} : { linux }),
      ...(runOptions.deterministic ? { deterministic } : {}),
      translator: runOptions.translator,
      log: (level, message) => {
        if (runOptions.verbose || level === 'warning' || level === 'error') say(message);
      },
    });
    if (runOptions.loadState !== null) await loadState(runOptions.loadState, machine);
    // The serial file is emptied here: only when everything else is as it should be.
    const sink = openSerialSink(runOptions.serial);
    return await new Run(runOptions, machine, disc, sink).start();
  } finally {
    flash?.close();
    close();
  }
}
