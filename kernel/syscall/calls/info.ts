/**
 * About the system: uname, sysinfo, limits, the kernel log, random bytes, reboot.
 */
import { readTsc } from '../../arch/x86_64/cpu';
import { EFAULT, EINVAL, ENOMEM, EPERM } from '../../lib/errno';
import { LOG_EMERGENCY, LOG_INFO, logCopy, logLength, setConsoleLevel } from '../../lib/log';
import { machineHalt, machinePowerOff, machineRestart } from '../../lib/power';
import { freeFrameCount, totalFrameCount } from '../../mm/frames';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { USER_STACK_LIMIT } from '../../mm/layout';
import { processCount } from '../../proc/process';
import { NS_PER_SECOND, nowNs } from '../../sched/clock';
import { SyscallArgs } from '../arguments';
import { giveStructure } from '../buffers';
import { copyToUser } from '../user-copy';

const UTSNAME_FIELD: usize = 65;
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
const RLIMIT_STACK: u64 = 3;
const RLIMIT_NPROC: u64 = 6;
const RLIMIT_NOFILE: u64 = 7;
const RLIMIT_COUNT: u64 = 16;
const UNLIMITED: u64 = ~(<u64>0);
const MAX_DESCRIPTORS: u64 = 1024;
const MAX_PROCESSES: u64 = 4000;
const MAX_RANDOM: u64 = 256;

export function sysUname(a: SyscallArgs): i64 {
  const out = kmalloc(UTSNAME_FIELD * 6);
  if (out == 0) return -ENOMEM;
  put(out, 'Breenix');
  put(out + UTSNAME_FIELD, 'breenix');
  put(out + UTSNAME_FIELD * 2, '0.1.0');
  put(out + UTSNAME_FIELD * 3, '#1 TypeScript');
  put(out + UTSNAME_FIELD * 4, 'x86_64');
  put(out + UTSNAME_FIELD * 5, '(none)');
  return giveStructure(a.a0, out, UTSNAME_FIELD * 6);
}

export function sysSysinfo(a: SyscallArgs): i64 {
  const out = kmalloc(SYSINFO_SIZE);
  if (out == 0) return -ENOMEM;
  store<u64>(out, nowNs() / NS_PER_SECOND);
  store<u64>(out, totalFrameCount() * 4096, 32);
  store<u64>(out, freeFrameCount() * 4096, 40);
  store<u16>(out, <u16>processCount(), 80);
  store<u32>(out, 1, 104);
  return giveStructure(a.a0, out, SYSINFO_SIZE);
}

export function sysGetrlimit(a: SyscallArgs): i64 {
  return giveLimit(a.a0, a.a1);
}

/** Limits can be read; lowering or raising them is refused. */
export function sysPrlimit64(a: SyscallArgs): i64 {
  if (a.a2 != 0) return -EPERM;
  return a.a3 == 0 ? 0 : giveLimit(a.a1, a.a3);
}

/** syslog(2): READ_ALL gives the last bytes of the log that fit. */
export function sysSyslog(a: SyscallArgs): i64 {
  if (a.a0 == SYSLOG_SIZE_BUFFER) return <i64>logLength();
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
  if (<u32>a.a0 != REBOOT_MAGIC1 || <u32>a.a1 != REBOOT_MAGIC2) return -EINVAL;
  const command = <u32>a.a2;
  if (command == REBOOT_POWER_OFF) machinePowerOff();
  else if (command == REBOOT_RESTART) machineRestart();
  else if (command == REBOOT_HALT) machineHalt();
  return -EINVAL;
}

/** Not for keys: the generator is seeded by the time-stamp counter alone. */
export function sysGetrandom(a: SyscallArgs): i64 {
  const count = <usize>min(a.a1, MAX_RANDOM);
  const buffer = kmalloc(count);
  if (buffer == 0) return -ENOMEM;
  let state = readTsc();
  for (let i: usize = 0; i < count; i++) {
    state = (state ^ (state >> 29)) * 0xbf58476d1ce4e5b9 + readTsc();
    store<u8>(buffer + i, <u8>(state >> 56));
  }
  const error = copyToUser(a.a0, buffer, count);
  kfree(buffer);
  return error < 0 ? -EFAULT : <i64>count;
}

function giveLimit(resource: u64, address: u64): i64 {
  if (resource >= RLIMIT_COUNT) return -EINVAL;
  const pair = kmalloc(16);
  if (pair == 0) return -ENOMEM;
  let limit = UNLIMITED;
  if (resource == RLIMIT_STACK) limit = USER_STACK_LIMIT;
  else if (resource == RLIMIT_NPROC) limit = MAX_PROCESSES;
  else if (resource == RLIMIT_NOFILE) limit = MAX_DESCRIPTORS;
  store<u64>(pair, limit);
  store<u64>(pair, limit, 8);
  return giveStructure(address, pair, 16);
}

function put(at: usize, text: string): void {
  for (let i = 0; i < text.length; i++) store<u8>(at + <usize>i, <u8>text.charCodeAt(i));
}
