// Breenix's own system-call gate (INT 0x80): the system's first, small table. A program for it does not run on Linux.
//
// Rules: the number is in RAX, arguments in RDI, RSI, RDX; every register but RAX is preserved.
// The result is negative errno on failure.

/** Declared here, defined in imports.h. */
declare function int80(number: u64, a: u64, b: u64, c: u64): i64;

/** Calls by number. */
const enum Native {
  exit = 0,
  write = 1,
  read = 2,
  sched = 3,
  getTime = 4,
  fork = 5,
  exec = 11,
  gateTest = 0x1234,
}

/** Ends the program with `status` (0–255). */
export function nativeExit(status: i32): void {
  int80(Native.exit, status, 0, 0);
  unreachable();
}

/** Writes `size` bytes; returns how many were written. */
export function nativeWrite(fd: i32, from: usize, size: usize): i64 {
  return int80(Native.write, fd, from, size);
}

/** Reads up to `size` bytes; returns how many were read, 0 at the end. */
export function nativeRead(fd: i32, to: usize, size: usize): i64 {
  return int80(Native.read, fd, to, size);
}

/** Lets another thread run. */
export function nativeYield(): i64 {
  return int80(Native.sched, 0, 0, 0);
}

/** Milliseconds since boot. */
export function nativeGetTime(): i64 {
  return int80(Native.getTime, 0, 0, 0);
}

/** As fork(): the child's pid in the parent, 0 in the child. */
export function nativeFork(): i64 {
  return int80(Native.fork, 0, 0, 0);
}

/** As execve(): `argv` and `envp` are null-terminated arrays of byte strings, or 0 for none. */
export function nativeExec(path: usize, argv: usize, envp: usize): i64 {
  return int80(Native.exec, path, argv, envp);
}

/** The gate test: the kernel prints `TEST_MARKER: SYSCALL_OK`. */
export function nativeGateTest(): i64 {
  return int80(Native.gateTest, 0, 0, 0);
}

/** Any call, for tests of the gate itself. */
export function nativeCall(number: u64, a: u64, b: u64, c: u64): i64 {
  return int80(number, a, b, c);
}
