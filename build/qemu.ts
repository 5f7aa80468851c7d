/**
 * `npm run qemu`: boots the system image in QEMU with its serial line in this terminal, the same way as
 * `breenix run` boots it in our own machine, for comparison.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ExecSession } from '../electron/cli/exec-session.ts';
import { exitStatus } from '../electron/cli/exit-status.ts';
import {
  optionHelp,
  parseRunOptions,
  type OptionName,
  type RunOptions,
} from '../electron/cli/run-options.ts';
import { attachTerminal } from '../electron/cli/terminal.ts';
import { UsageError } from '../electron/cli/usage-error.ts';
import { build } from './build.ts';
import { QemuProcess, type QemuEvent } from './qemu/qemu-process.ts';

const options: readonly OptionName[] = ['image', 'memory', 'firmware', 'exec', 'timeout', 'help'];
const workDisk = path.resolve(import.meta.dirname, '../out/disk.img');
const panicReportMs = 500;
const shutdownGraceMs = 5000;

function say(message: string): void {
  process.stderr.write(`qemu: ${message}\n`);
}

/** Boots, connects the terminal or runs the command, and resolves to the exit status. */
async function run(runOptions: RunOptions, image: string, firmware: 'bios' | 'uefi'): Promise<number> {
  const ending = Promise.withResolvers<number>();
  let execStatus: number | null = null;
  const onEvent = (event: QemuEvent): void => {
    if (event === 'guest-panicked') {
      setTimeout(() => {
        say('the guest reported a panic');
        ending.resolve(exitStatus.guestPanic);
      }, panicReportMs);
    } else if (event === 'triple-fault') {
      say("the guest's processor shut down: triple fault");
      ending.resolve(exitStatus.tripleFault);
    } else {
      ending.resolve(execStatus ?? exitStatus.success);
    }
  };
  const cleanUp: (() => void)[] = [];
  let receive = (bytes: Uint8Array): void => {
    process.stdout.write(bytes);
  };
  const machine = await QemuProcess.start(
    { image, firmware, memoryMiB: runOptions.memoryBytes / 1024 / 1024, discardWrites: false },
    (bytes) => {
      receive(bytes);
    },
    onEvent,
  );
  const type = (text: string): void => {
    machine.serialInput(Buffer.from(text, 'latin1'));
  };
  if (runOptions.exec === null) {
    const terminal = attachTerminal({
      input: (bytes) => {
        machine.serialInput(bytes);
      },
      commands: {
        quit: () => {
          ending.resolve(exitStatus.success);
        },
        powerButton: () => {
          void machine.pressPowerButton();
        },
      },
    });
    cleanUp.push(terminal.restore);
  } else {
    const session = new ExecSession(runOptions.exec, randomBytes(6).toString('hex'), {
      type,
      output: (text) => process.stdout.write(Buffer.from(text, 'latin1')),
      finished: (status) => {
        execStatus = status;
        type('poweroff\r');
        setTimeout(() => {
          ending.resolve(status);
        }, shutdownGraceMs).unref();
      },
    });
    cleanUp.push(() => {
      session.end();
    });
    receive = (bytes) => {
      session.receive(bytes);
    };
  }
  if (runOptions.timeoutMs !== null) {
    const { timeoutMs } = runOptions;
    setTimeout(() => {
      say(`ended after the time-out of ${timeoutMs / 1000} s`);
      ending.resolve(exitStatus.timeout);
    }, timeoutMs).unref();
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      ending.resolve(130);
    });
  }
  const status = await ending.promise;
  for (const action of cleanUp) action();
  await machine.close();
  return status;
}

async function main(words: readonly string[]): Promise<number> {
  const runOptions = parseRunOptions(words, options);
  if (runOptions === null) {
    process.stdout.write(`Usage: npm run qemu -- [OPTION …]\n\n${optionHelp(options)}\n`);
    return exitStatus.success;
  }
  const { firmware } = runOptions;
  if (firmware !== 'bios' && firmware !== 'uefi')
    throw new UsageError(`--firmware ${firmware}: give bios or uefi`);
  if (runOptions.image === null) await build(['kernel', 'userland', 'image']);
  const image = runOptions.image ?? workDisk;
  if (!existsSync(image)) {
    throw new UsageError(
      `${image} does not exist${runOptions.image === null ? "; 'npm run build' makes it" : ''}`,
    );
  }
  return run(runOptions, image, firmware);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError ? exitStatus.usage : exitStatus.hostError;
}
