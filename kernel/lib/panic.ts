/**
 * The end: print why, the registers and where, tell the host, stop.
 *
 * A panic is for broken invariants of the kernel itself. What a user program or a full memory can cause is an errno.
 */
import {
  captureRegisters,
  disableInterrupts,
  framePointer,
  haltForever,
  readCr0,
  readCr2,
  readCr3,
  readCr4,
} from '../arch/x86_64/cpu';
import { DIRECT_MAP, KERNEL_BASE } from '../mm/layout';
import { TrapFrame, fromUser } from '../arch/x86_64/trap-frame';
import { LOG_EMERGENCY, logBegin, logCStr, logDec, logDrain, logEnd, logHex, logStr } from './log';
import { machineRestart } from './power';
import { breakLocks } from './spinlock';
import { findFunction } from './symbols';

const MAX_FRAMES: u32 = 24;

const callerFrame = memory.data(176, 8);

let panicking: bool = false;
let hostHook: u32 = 0;
let readable: u32 = 0;
let restartAfterwards: bool = false;

/** The system is dying: consoles show what is logged now, whoever owns them. */
export function isPanicking(): bool {
  return panicking;
}

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
  captureRegisters(callerFrame);
  panicStart();
  logBegin(LOG_EMERGENCY, 'panic');
  logStr('KERNEL PANIC: ');
  logStr(message);
  logEnd();
  printCaller(framePointer());
  panicEnd();
}

/** For an exception that the kernel itself caused. */
export function panicAt(message: string, frame: TrapFrame): void {
  panicStart();
  logBegin(LOG_EMERGENCY, 'panic');
  logStr('KERNEL PANIC: ');
  logStr(message);
  logStr(', vector ');
  logDec(frame.vector);
  logStr(', error code ');
  logHex(frame.errorCode);
  logEnd();
  printRegisters(frame);
  if (!fromUser(frame)) backtrace(frame.rip, frame.rbp);
  panicEnd();
}

/** Where `throw` and failed `assert` of translated code arrive (asc --use abort=…). */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  captureRegisters(callerFrame);
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
  printCaller(framePointer());
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
  logDrain();
  if (hostHook != 0) call_indirect<void>(hostHook);
  if (restartAfterwards) machineRestart();
  haltForever();
}

function printRegisters(f: TrapFrame): void {
  line4('rip=', f.rip, ' rsp=', f.rsp, ' rbp=', f.rbp, ' rflags=', f.rflags);
  line4('rax=', f.rax, ' rbx=', f.rbx, ' rcx=', f.rcx, ' rdx=', f.rdx);
  line4('rsi=', f.rsi, ' rdi=', f.rdi, ' r8=', f.r8, ' r9=', f.r9);
  line4('r10=', f.r10, ' r11=', f.r11, ' r12=', f.r12, ' r13=', f.r13);
  line4('r14=', f.r14, ' r15=', f.r15, ' cs=', f.cs, ' ss=', f.ss);
  line4('cr0=', readCr0(), ' cr2=', readCr2(), ' cr3=', readCr3(), ' cr4=', readCr4());
}

/** Registers of the code that called panic, as far as the call has left them alone. */
function printCaller(bp: usize): void {
  const frame = changetype<TrapFrame>(callerFrame);
  frame.rip = load<u64>(bp, 8);
  frame.rbp = load<u64>(bp);
  frame.rsp = <u64>bp + 16;
  printRegisters(frame);
  backtrace(frame.rip, frame.rbp);
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
