/** Stands in for proc/process.ts in unit tests: one process, which the test sets up. */
@unmanaged
export class Process {
  pid: i32;
  pgid: i32;
  sid: i32;
  tty: usize;
  ignoredSignals: u64;
}

const only = changetype<Process>(memory.data(offsetof<Process>(), 8));

export function setProcess(pid: i32, pgid: i32, sid: i32, ignored: u64): void {
  only.pid = pid;
  only.pgid = pgid;
  only.sid = sid;
  only.ignoredSignals = ignored;
}

export function setProcessTty(tty: usize): void {
  only.tty = tty;
}

export function processTty(): usize {
  return only.tty;
}

/** null as long as its number is 0: a kernel thread asks. */
export function currentProcess(): Process {
  return only.pid == 0 ? changetype<Process>(<usize>0) : only;
}
