/**
 * The one thing that sleeping needs to know about signals: is one pending that would end the sleep? proc/signal.ts
 * answers; a kernel thread has none.
 */
import { Thread } from './tcb';

let check: u32 = 0;

export function setSignalCheck(test: (thread: usize) => bool): void {
  check = test.index;
}

export function signalIsPending(thread: Thread): bool {
  return thread.process != 0 && check != 0 && call_indirect<bool>(check, changetype<usize>(thread));
}
