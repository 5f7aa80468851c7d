// Command substitution. Source: POSIX 2.6.3.

import { Buffer } from '../lib/buffer';
import { Errno } from '../lib/errno';
import { close, dup2, pipe, read } from '../lib/file';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { fork } from '../lib/process';
import { stderr, stdout } from '../lib/stream';
import { Node } from './ast';
import { fatal, shellErrno } from './error';
import { runInChild } from './execute';
import { pollJobs, prepareChild, waitProcess } from './jobs';
import { setLastStatus, setSubstitutionStatus } from './state';

/** What the command wrote, without newlines at its end; valid until the next substitution. */
export const captured = make<Buffer>();
const BLOCK: usize = 4096;

/** Runs the command and leaves its output in `captured`. False after an error. */
export function runSubstitution(node: Node): bool {
  const ends = memory.data(8, 4);
  stdout.flush();
  stderr.flush();
  pollJobs();
  const error = pipe(ends);
  if (error < 0) {
    shellErrno(literal('pipe'), error);
    fatal(2);
    return false;
  }
  const readEnd = load<i32>(ends);
  const writeEnd = load<i32>(ends, 4);
  const pid = fork();
  if (pid == 0) {
    prepareChild(null, true);
    close(readEnd);
    if (writeEnd != 1) {
      dup2(writeEnd, 1);
      close(writeEnd);
    }
    runInChild(node);
  }
  close(writeEnd);
  if (pid < 0) {
    close(readEnd);
    shellErrno(literal('fork'), pid);
    fatal(2);
    return false;
  }
  const block = memory.data(4096);
  let got: i64;
  do {
    got = read(readEnd, block, BLOCK);
    if (got > 0) captured.range(block, <usize>got);
  } while (got > 0 || got == -Errno.INTR);
  close(readEnd);
  const status = waitProcess(pid);
  setSubstitutionStatus(status);
  setLastStatus(status);
  while (captured.length && load<u8>(captured.at + captured.length - 1) == 0x0a) captured.length--;
  return true;
}
