// The first and last thing of every program: called by crt0.S around main(). Compiled into each program as an entry
// file of its own, so that these names exist in the ELF file.
//
// Rules: main() returns the exit status; output that is still buffered is written before the process ends.

import { exit } from './exit';
import { setInitialStack } from './arguments';
import { setEnvironment } from './environment';
import { runHandler } from './handler';
import { stderr } from './stream';

/** `stack` points at argc: argc, argv…, 0, envp…, 0, auxiliary vector (System V AMD64 supplement, 3.4.1). */
export function startProcess(stack: usize): void {
  setEnvironment(setInitialStack(stack));
}

export function exitProcess(status: i32): void {
  exit(status);
}

/** What the kernel calls when a signal has a handler. */
export function deliverSignal(signal: i32): void {
  runHandler(signal);
}

/** What `assert` and `throw` compile to. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  if (message) stderr.text(message);
  else stderr.text('abort');
  if (file) stderr.text(' at ').text(file).byte(0x3a).unsigned(line).byte(0x3a).unsigned(column);
  stderr.newline();
  unreachable();
}
