/**
 * RAX = 0x1234 at INT 0x80: proves from ring 3 that the gate works. Prints its line on the caller's standard output.
 */
import { fdGet } from '../fs/fd-table';
import { File, fileRelease, fileWrite } from '../fs/file';
import { EBADF } from '../lib/errno';
import { currentProcess } from '../proc/process';

/** "TEST_MARKER: SYSCALL_OK\n" */
const LINE = memory.data<u8>([
  84, 69, 83, 84, 95, 77, 65, 82, 75, 69, 82, 58, 32, 83, 89, 83, 67, 65, 76, 76, 95, 79, 75, 10,
]);
const LINE_LENGTH: usize = 24;
const STANDARD_OUTPUT: i32 = 1;

export function gateTest(): i64 {
  const file = fdGet(currentProcess().files, STANDARD_OUTPUT);
  if (changetype<usize>(file) == 0) return -EBADF;
  fileWrite(changetype<File>(changetype<usize>(file)), LINE, LINE_LENGTH);
  fileRelease(changetype<File>(changetype<usize>(file)));
  return 0;
}
