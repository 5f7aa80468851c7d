/**
 * What programs write to /dev/kmsg: lines `<L>text`, logged as if the kernel had said them (Linux
 * Documentation/ABI/testing/dev-kmsg). The first line of init ends the boot.
 */
import { PID_INIT } from './ids';
import { LOG_INFO, logBegin, logBytes, logDec, logEnd, logStr } from './log';
import { NS_PER_MS, nowNs, sinceResetNs } from '../sched/clock';
import { currentProcess } from '../proc/process';

const LESS: u8 = 60;
const GREATER: u8 = 62;
const NEWLINE: u8 = 10;
const LINE_MAX: usize = 900;

let booted: bool = false;

/** Logs one line; returns `length`, all of it being taken. */
export function kmsgWrite(bytes: usize, length: usize): i64 {
  let text = bytes;
  let n = length;
  let level = LOG_INFO;
  if (n >= 3 && load<u8>(text) == LESS && load<u8>(text, 2) == GREATER) {
    level = min<u32>(<u32>load<u8>(text, 1) - 48, 7);
    text += 3;
    n -= 3;
  }
  while (n > 0 && load<u8>(text + n - 1) == NEWLINE) n--;
  logBegin(level, 'user');
  logBytes(text, min(n, LINE_MAX));
  logEnd();
  if (!booted && currentProcess().pid == PID_INIT) bootFinished();
  return <i64>length;
}

function bootFinished(): void {
  booted = true;
  logBegin(LOG_INFO, 'boot');
  logStr('prompt after ');
  logDec(nowNs() / NS_PER_MS);
  logStr(' ms, ');
  // Firmware and boot loader included: the time-stamp counter is 0 at reset (SDM vol. 3, 18.17).
  logDec(sinceResetNs() / NS_PER_MS);
  logStr(' ms after power-on');
  logEnd();
}
