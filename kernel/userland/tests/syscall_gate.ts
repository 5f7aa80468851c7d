// Breenix's own gate: INT 0x80. RAX=0x1234 makes the kernel print `TEST_MARKER: SYSCALL_OK`; unknown numbers are ENOSYS.

import { Errno } from '../lib/errno';
import { literal } from '../lib/literal';
import { nativeCall, nativeGateTest, nativeGetTime, nativeWrite, nativeYield } from '../lib/native';
import { getpid } from '../lib/process';
import { syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finish } from '../lib/test';

export function main(): i32 {
  checkEqual(nativeGateTest(), 0, 'the gate test');
  checkEqual(nativeWrite(1, literal('gate\n'), 5), 5, 'write');
  checkError(nativeWrite(77, literal('gate\n'), 5), Errno.BADF, 'write to a closed descriptor');
  checkError(nativeWrite(1, 0xffff_ffff_8000_0000, 5), Errno.FAULT, 'write from kernel memory');
  checkEqual(nativeYield(), 0, 'yield');
  const before = nativeGetTime();
  check(before > 0, 'get_time is not positive');
  check(nativeGetTime() >= before, 'get_time went back');
  checkError(nativeCall(9999, 0, 0, 0), Errno.NOSYS, 'INT 0x80 with an unknown number');
  checkError(nativeCall(u64.MAX_VALUE, 0, 0, 0), Errno.NOSYS, 'INT 0x80 with number -1');
  checkError(nativeCall(1 << 32, 0, 0, 0), Errno.NOSYS, 'INT 0x80 with number 2^32');
  checkError(syscall(9999), Errno.NOSYS, 'SYSCALL with an unknown number');
  checkError(syscall(u64.MAX_VALUE), Errno.NOSYS, 'SYSCALL with number -1');
  check(getpid() > 0, 'getpid after all that');
  return finish('syscall_gate', 'IDT gate 0x80 has DPL 3; both tables check the number');
}
