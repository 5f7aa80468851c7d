/**
 * Where every interrupt, exception and INT 0x80 arrives in TypeScript (called by interrupts.S with interrupts off).
 */
import { panicAt } from '../../lib/panic';
import { deliverSignals } from '../../proc/deliver';
import { currentThread, preempt } from '../../sched/scheduler';
import { breenixSyscall } from '../../syscall/dispatch';
import { disableInterrupts, enableInterrupts } from './cpu';
import { exceptionName, handleException } from './exceptions';
import { irqDispatch } from './irq';
import { VECTOR_INT80, VECTOR_IRQ_BASE } from './idt';
import { thisCpu } from './percpu';
import { TrapFrame, fromUser } from './trap-frame';

const EXCEPTIONS: u32 = 32;
const IRQ_LINES: u32 = 16;

export function trapEntry(address: usize): void {
  const frame = changetype<TrapFrame>(address);
  const vector = <u32>frame.vector;
  if (vector - VECTOR_IRQ_BASE < IRQ_LINES) {
    thisCpu().interruptedUser = fromUser(frame) ? 1 : 0;
    irqDispatch(vector - VECTOR_IRQ_BASE);
  } else if (vector == VECTOR_INT80) {
    enableInterrupts();
    breenixSyscall(frame);
  } else if (vector < EXCEPTIONS) {
    handleException(frame);
  } else {
    panicAt(exceptionName(vector), frame);
  }
}

/** Runs before each return to user code with interrupts off, and returns with them off. */
export function beforeUserReturn(frame: usize): void {
  while (true) {
    if (thisCpu().needResched != 0) preempt();
    if (currentThread().work == 0) return;
    enableInterrupts();
    deliverSignals(changetype<TrapFrame>(frame));
    disableInterrupts();
  }
}
