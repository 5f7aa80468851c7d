/**
 * About the system: uname, sysinfo, limits, the kernel log, random bytes, reboot.
 */
import { EFAULT, EINVAL, ENOMEM, EPERM } from '../../lib/errno';
import { LOG_EMERGENCY, LOG_INFO, logCopy, logLength, setConsoleLevel } from '../../lib/log';
import { loadFixed16 } from '../../fs/proc/load-average';
import { fileSystemsEnd } from '../../fs/shutdown';
import { machineHalt, machinePowerOff, machineRestart } from '../../lib/power';
import { freeFrameCount, totalFrameCount } from '../../mm/frames';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { USER_STACK_LIMIT } from '../../mm/layout';
import { signalPending } from '../../proc/signal';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { randomBytes } from '../../lib/random';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { processCount } from '../../proc/process';
import { NS_PER_SECOND, nowNs } from '../../sched/clock';
import { SyscallArgs } from '../arguments';
import { giveStructure } from '../buffers';
import { copyToUser } from '../user-copy';

const SYSINFO_SIZE: usize = 112;
const REBOOT_MAGIC1: u32 = 0xfee1dead;
const REBOOT_MAGIC2: u32 = 672274793;
const REBOOT_RESTART: u32 = 0x01234567;
const REBOOT_POWER_OFF: u32 = 0x4321fedc;
const REBOOT_HALT: u32 = 0xcdef0123;
const SYSLOG_READ_ALL: u64 = 3;
const SYSLOG_CONSOLE_OFF: u64 = 6;
const SYSLOG_CONSOLE_ON: u64 = 7;
const SYSLOG_CONSOLE_LEVEL: u64 = 8;
const SYSLOG_SIZE_BUFFER: u64 = 10;
const MAX_RANDOM: u64 = 256;

export function sysSysinfo(a: SyscallArgs): i64 {
  const out = kmalloc(SYSINFO_SIZE);
  if (out == 0) return -ENOMEM;
  store<u64>(out, nowNs() / NS_PER_SECOND);
  for (let n: usize = 0; n < 3; n++) store<u64>(out + n * 8, loadFixed16(n), 8);
  store<u64>(out, totalFrameCount() * 4096, 32);
  store<u64>(out, freeFrameCount() * 4096, 40);
  store<u16>(out, <u16>processCount(), 80);
  store<u32>(out, 1, 104);
  return giveStructure(a.a0, out, SYSINFO_SIZE);
}

/** syslog(2): READ_ALL gives the last bytes of the log that fit. */
export function sysSyslog(a: SyscallArgs): i64 {
  if (a.a0 == SYSLOG_SIZE_BUFFER) return <i64>logLength();
  // Everyone may read the log; what the console shows is root's to say.
  if (a.a0 != SYSLOG_READ_ALL && !isSuperuser(currentCredentials())) return -EPERM;
  if (a.a0 == SYSLOG_CONSOLE_OFF || a.a0 == SYSLOG_CONSOLE_ON) {
    setConsoleLevel(a.a0 == SYSLOG_CONSOLE_OFF ? LOG_EMERGENCY : LOG_INFO);
    return 0;
  }
  if (a.a0 == SYSLOG_CONSOLE_LEVEL) {
    if (a.a2 < 1 || a.a2 > 8) return -EINVAL;
    setConsoleLevel(<u32>a.a2 - 1);
    return 0;
  }
  if (a.a0 != SYSLOG_READ_ALL) return -EINVAL;
  const length = logLength();
  const size = min(a.a2, length);
  const buffer = kmalloc(<usize>size);
  if (buffer == 0) return -ENOMEM;
  const n = logCopy(buffer, length - size, <usize>size);
  const error = copyToUser(a.a1, buffer, n);
  kfree(buffer);
  return error < 0 ? error : <i64>n;
}

export function sysReboot(a: SyscallArgs): i64 {
  if (!isSuperuser(currentCredentials())) return -EPERM;
  if (<u32>a.a0 != REBOOT_MAGIC1 || <u32>a.a1 != REBOOT_MAGIC2) return -EINVAL;
  const command = <u32>a.a2;
  const ends = command == REBOOT_POWER_OFF || command == REBOOT_RESTART || command == REBOOT_HALT;
  if (ends) fileSystemsEnd();
  if (command == REBOOT_POWER_OFF) machinePowerOff();
  else if (command == REBOOT_RESTART) machineRestart();
  else if (command == REBOOT_HALT) machineHalt();
  return -EINVAL;
}

/** Flags: NONBLOCK, RANDOM, INSECURE; the generator never waits, so they change nothing (getrandom(2)). */
export function sysGetrandom(a: SyscallArgs): i64 {
  if ((a.a2 & ~(<u64>7)) != 0 || (a.a2 & 6) == 6) return -EINVAL;
  const count = min<u64>(a.a1, 0x1ff_ffff);
  const buffer = threadScratch(currentThread());
  let done: u64 = 0;
  while (done < count) {
    const n = <usize>min<u64>(count - done, MAX_RANDOM);
    randomBytes(buffer, n);
    if (copyToUser(a.a0 + done, buffer, n) < 0) return done == 0 ? -EFAULT : <i64>done;
    done += n;
    // As read does for long reads: a signal ends it with what there is.
    if (done < count && signalPending()) break;
  }
  return <i64>done;
}
