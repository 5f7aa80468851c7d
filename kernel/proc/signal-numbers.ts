/**
 * Signal numbers of Linux x86-64 and what each does by default (signal(7)).
 */
export const SIGHUP: i32 = 1;
export const SIGINT: i32 = 2;
export const SIGQUIT: i32 = 3;
export const SIGILL: i32 = 4;
export const SIGTRAP: i32 = 5;
export const SIGABRT: i32 = 6;
export const SIGBUS: i32 = 7;
export const SIGFPE: i32 = 8;
export const SIGKILL: i32 = 9;
export const SIGUSR1: i32 = 10;
export const SIGSEGV: i32 = 11;
export const SIGUSR2: i32 = 12;
export const SIGPIPE: i32 = 13;
export const SIGALRM: i32 = 14;
export const SIGTERM: i32 = 15;
export const SIGCHLD: i32 = 17;
export const SIGCONT: i32 = 18;
export const SIGSTOP: i32 = 19;
export const SIGTSTP: i32 = 20;
export const SIGTTIN: i32 = 21;
export const SIGTTOU: i32 = 22;
export const SIGURG: i32 = 23;
export const SIGXCPU: i32 = 24;
export const SIGXFSZ: i32 = 25;
export const SIGVTALRM: i32 = 26;
export const SIGPROF: i32 = 27;
export const SIGWINCH: i32 = 28;
export const SIGIO: i32 = 29;
export const SIGPWR: i32 = 30;
export const SIGSYS: i32 = 31;
/** First real-time signal of the kernel; C libraries keep the first few for themselves. */
export const SIGNAL_RT_MIN: i32 = 32;
export const SIGNAL_MAX: i32 = 64;

export function signalBit(signal: i32): u64 {
  return (<u64>1) << (signal - 1);
}

/** What the processor raises: ILL TRAP BUS FPE SEGV SYS. */
export const SYNCHRONOUS: u64 = (1 << 3) | (1 << 4) | (1 << 6) | (1 << 7) | (1 << 10) | (1 << 30);
/** SIGKILL and SIGSTOP: nothing holds them back. */
export const UNBLOCKABLE: u64 = (1 << 8) | (1 << 18);
/** QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS end with a core (signal(7)). */
const DUMPS: u64 =
  (1 << 2) |
  (1 << 3) |
  (1 << 4) |
  (1 << 5) |
  (1 << 6) |
  (1 << 7) |
  (1 << 10) |
  (1 << 23) |
  (1 << 24) |
  (1 << 30);

const STOPS: u64 = (1 << 18) | (1 << 19) | (1 << 20) | (1 << 21);
const IGNORED: u64 = (1 << 16) | (1 << 22) | (1 << 27);
const CONTINUES: u64 = 1 << 17;

export const DEFAULT_TERMINATE: u32 = 0;
export const DEFAULT_IGNORE: u32 = 1;
export const DEFAULT_STOP: u32 = 2;
export const DEFAULT_CONTINUE: u32 = 3;

export function defaultAction(signal: i32): u32 {
  const bit = signalBit(signal);
  if ((bit & STOPS) != 0) return DEFAULT_STOP;
  if ((bit & IGNORED) != 0) return DEFAULT_IGNORE;
  return (bit & CONTINUES) != 0 ? DEFAULT_CONTINUE : DEFAULT_TERMINATE;
}

/** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU. */
export const STOP_SIGNALS: u64 = STOPS;

/** Whether the default action is to end with a core. */
export function dumpsCore(signal: i32): bool {
  return (signalBit(signal) & DUMPS) != 0;
}

const NAMES: StaticArray<string> = [
  'SIG0',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
];

export function signalName(signal: i32): string {
  return signal < NAMES.length ? NAMES[signal] : 'a real-time signal';
}
