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
export const SIGWINCH: i32 = 28;
export const SIGNAL_MAX: i32 = 64;

export function signalBit(signal: i32): u64 {
  return (<u64>1) << (signal - 1);
}

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
];

export function signalName(signal: i32): string {
  return signal < NAMES.length ? NAMES[signal] : 'signal';
}
