// The end of the shell.

import { exit, exitNow } from '../lib/exit';
import { stdout } from '../lib/stream';
import { lastStatus, setLastStatus } from './state';
import { runExitTrap } from './traps';
import { saveHistory } from './history';

/** Runs the trap on EXIT and ends the process. */
export function exitShell(status: i32): void {
  setLastStatus(status);
  runExitTrap();
  saveHistory();
  // Output that could not be written has been reported by the builtin that wrote it.
  stdout.flush();
  exitNow(lastStatus & 255);
}

/** Without traps and history. */
export function exitQuietly(status: i32): void {
  exit(status & 255);
}
