/**
 * What a signal says about itself: the first bytes of Linux's siginfo_t on x86-64 (sigaction(2), asm-generic/siginfo.h),
 * of which nothing longer is used. To user code it is copied as it is, with zeroes up to SIGINFO_SIZE.
 */
@unmanaged
export class SignalInfo {
  signal: i32;
  errno: i32;
  /** SI_… or a code of the signal's own. */
  code: i32;
  padding: i32;
  /** Sender's process and real user; a timer's number and overrun count; the address of a fault (64 bits). */
  pid: i32;
  uid: u32;
  /** Value of sigqueue and timers; status of a child (its low half). */
  value: u64;
  /** SIGCHLD: hundredths of a second. */
  userTime: u64;
  systemTime: u64;
}

/** Of a siginfo_t in user memory. */
export const SIGINFO_SIZE: usize = 128;
export const SIGNAL_INFO_SIZE: usize = 48;

export const SI_USER: i32 = 0;
export const SI_KERNEL: i32 = 0x80;
export const SI_QUEUE: i32 = -1;
export const SI_TIMER: i32 = -2;
export const SI_MESGQ: i32 = -3;
export const SI_TKILL: i32 = -6;

export const CLD_EXITED: i32 = 1;
export const CLD_KILLED: i32 = 2;
export const CLD_DUMPED: i32 = 3;
export const CLD_STOPPED: i32 = 5;
export const CLD_CONTINUED: i32 = 6;

export const ILL_ILLOPN: i32 = 2;
export const FPE_INTDIV: i32 = 1;
export const FPE_FLTDIV: i32 = 3;
export const FPE_FLTOVF: i32 = 4;
export const FPE_FLTUND: i32 = 5;
export const FPE_FLTRES: i32 = 6;
export const FPE_FLTINV: i32 = 7;
export const SEGV_MAPERR: i32 = 1;
export const SEGV_ACCERR: i32 = 2;
export const BUS_ADRALN: i32 = 1;
export const BUS_ADRERR: i32 = 2;
export const TRAP_BRKPT: i32 = 1;
export const TRAP_TRACE: i32 = 2;

/** Fills in a signal that a process sends: `code` SI_USER, SI_TKILL … */
export function signalInfoSet(info: SignalInfo, signal: i32, code: i32, pid: i32, uid: u32): void {
  memory.fill(changetype<usize>(info), 0, SIGNAL_INFO_SIZE);
  info.signal = signal;
  info.code = code;
  info.pid = pid;
  info.uid = uid;
}

export function signalInfoAddress(info: SignalInfo): u64 {
  return load<u64>(changetype<usize>(info), 16);
}

export function signalInfoSetAddress(info: SignalInfo, address: u64): void {
  store<u64>(changetype<usize>(info), address, 16);
}
