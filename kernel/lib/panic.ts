/**
 * The end: print why, the registers and where, tell the host, stop.
 *
 * A panic is for broken invariants of the kernel itself. What a user program or a full memory can cause is an errno.
 */
import { disableInterrupts, framePointer, haltForever, readCr2, readCr3 } from '../arch/x86_64/cpu';
import { DIRECT_MAP, KERNEL_BASE } from '../mm/layout';
import { TrapFrame, fromUser } from '../arch/x86_64/trap-frame';
import { LOG_EMERGENCY, logBegin, logCStr, logDec, logEnd, logHex, logStr } from './log';
import { machineRestart } from './power';
import { breakLocks } from './spinlock';
import { findFunction } from './symbols';

const MAX_FRAMES: u32 = 24;

let panicking: bool = false;
let hostHook: u32 = 0;
let readable: u32 = 0;
let restartAfterwards: bool = false;

/** `panic=reboot` on the command line. */
export function setPanicRestart(): void {
  restartAfterwards = true;
}

/** `notify` tells the host (pvpanic) that the system has died; it runs after everything was printed. */
export function setPanicHook(notify: () => void): void {
  hostHook = notify.index;
}

/** `test(address)`: may the backtrace read there? Set once page tables can be walked. */
export function setReadableTest(test: (address: u64) => bool): void {
  readable = test.index;
}

export function panic(message: string): void {
  panicStart();
  logBegin(LOG_EMERGENCY, 'panic');
  logStr('KERNEL PANIC: ');
  logStr(message);
  logEnd();
  const bp = framePointer();
  backtrace(load<u64>(bp, 8), load<u64>(bp));
  panicEnd();
}

/** For an exception that the kernel itself caused. */
export function panicAt(message: string, frame: TrapFrame): void {
  panicStart();
  logBegin(LOG_EMERGENCY, 'panic');
  logStr('KERNEL PANIC: ');
  logStr(message);
  logStr(', error code ');
  logHex(frame.errorCode);
  logEnd();
  printRegisters(frame);
  if (!fromUser(frame)) backtrace(frame.rip, frame.rbp);
  panicEnd();
}

/** Where `throw` and failed `assert` of translated code arrive (asc --use abort=…). */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  panicStart();
  logBegin(LOG_EMERGENCY, 'panic');
  logStr('KERNEL PANIC: ');
  logStr(message ? message : 'assertion failed');
  logStr(' at ');
  logStr(file ? file : '?');
  logStr(':');
  logDec(line);
  logStr(':');
  logDec(column);
  logEnd();
  const bp = framePointer();
  backtrace(load<u64>(bp, 8), load<u64>(bp));
  panicEnd();
}

/** Traps of translated code, by rt_trap: 0 unreachable, 1 integer division, 2 bad indirect call. */
export function kernelTrap(kind: u32): void {
  panic(kind == 0 ? 'unreachable code reached' : kind == 1 ? 'integer division error' : 'bad indirect call');
}

function panicStart(): void {
  disableInterrupts();
  if (panicking) haltForever();
  panicking = true;
  breakLocks();
}

function panicEnd(): void {
  logBegin(LOG_EMERGENCY, 'panic');
  logStr('system halted');
  logEnd();
  if (hostHook != 0) call_indirect<void>(hostHook);
  if (restartAfterwards) machineRestart();
  haltForever();
}

function printRegisters(f: TrapFrame): void {
  line4('rip ', f.rip, '  rsp ', f.rsp, '  rflags ', f.rflags, '  cs ', f.cs);
  line4('rax ', f.rax, '  rbx ', f.rbx, '  rcx ', f.rcx, '  rdx ', f.rdx);
  line4('rsi ', f.rsi, '  rdi ', f.rdi, '  rbp ', f.rbp, '  r8 ', f.r8);
  line4('r9 ', f.r9, '  r10 ', f.r10, '  r11 ', f.r11, '  r12 ', f.r12);
  line4('r13 ', f.r13, '  r14 ', f.r14, '  r15 ', f.r15, '  ss ', f.ss);
  line4('cr2 ', readCr2(), '  cr3 ', readCr3(), '  vector ', f.vector, '  error ', f.errorCode);
}

function line4(n1: string, v1: u64, n2: string, v2: u64, n3: string, v3: u64, n4: string, v4: u64): void {
  logBegin(LOG_EMERGENCY, 'panic');
  logStr(n1);
  logHex(v1);
  logStr(n2);
  logHex(v2);
  logStr(n3);
  logHex(v3);
  logStr(n4);
  logHex(v4);
  logEnd();
}

/** Follows the chain of frame pointers (all kernel code keeps RBP). */
function backtrace(rip: u64, rbp: u64): void {
  let ip = rip;
  let bp = rbp;
  for (let i: u32 = 0; i < MAX_FRAMES && ip >= KERNEL_BASE; i++) {
    logBegin(LOG_EMERGENCY, 'panic');
    logStr('  at ');
    logHex(ip);
    const entry = findFunction(ip);
    if (entry != 0) {
      logStr(' ');
      logCStr(load<usize>(entry, 8));
      logStr('+');
      logHex(ip - load<u64>(entry));
    }
    logEnd();
    if (bp < DIRECT_MAP || (bp & 7) != 0 || !mayRead(bp)) break;
    ip = load<u64>(<usize>bp, 8);
    bp = load<u64>(<usize>bp);
  }
}

function mayRead(address: u64): bool {
  if (readable == 0) return address >= KERNEL_BASE;
  return call_indirect<bool>(readable, address) && call_indirect<bool>(readable, address + 8);
}
