/**
 * The kernel's first TypeScript, called by boot.S, and the list of functions that assembly calls.
 */
import { readBootInformation } from './arch/x86_64/boot-protocol';
import { enableInterrupts } from './arch/x86_64/cpu';
import { cpuFeaturesInit, cpuProtectInit } from './arch/x86_64/cpu-features';
import { emergencyStacksInit } from './arch/x86_64/emergency-stacks';
import { gdtInit } from './arch/x86_64/gdt';
import { idtInit } from './arch/x86_64/idt';
import { percpuInitBoot } from './arch/x86_64/percpu';
import { picInit } from './arch/x86_64/pic';
import { driversEarlyInit } from './drivers/init';
import { serialConsoleInit } from './drivers/serial-console';
import { applyBootOptions } from './lib/boot-options';
import { logInfo, logInfoValue } from './lib/log';
import { setReadableTest } from './lib/panic';
import { patInit } from './mm/device-map';
import { earlyMemoryInit } from './mm/early-memory';
import { isKernelMapped, kernelMapInit } from './mm/kernel-map';
import { kernelStacksInit } from './mm/kernel-stacks';
import { clockCalibrate, clockHz, clockStart } from './sched/clock';
import { idleLoop, schedulerInit } from './sched/scheduler';
import { tasksInit } from './sched/task';
import { spawnKernelThread } from './sched/thread';
import { ticksStart } from './sched/tick';
import { startSystem } from './proc/start';
import { threadHasSignal } from './proc/signal';
import { setSignalCheck } from './sched/signal-check';
import { gatesInit } from './syscall/gates';

export { linuxSyscall } from './syscall/dispatch';
export { beforeUserReturn, trapEntry } from './arch/x86_64/trap';
export { kernelTrap } from './lib/panic';
export { kernelThreadStart, userThreadStart } from './sched/scheduler';

export function kernelMain(magic: u32, info: u32): void {
  clockStart();
  percpuInitBoot();
  gdtInit();
  idtInit();
  clockCalibrate();
  serialConsoleInit();
  logInfo('boot', 'Breenix');
  readBootInformation(magic, info);
  applyBootOptions();
  cpuFeaturesInit();
  patInit();
  earlyMemoryInit();
  kernelMapInit();
  setReadableTest(isKernelMapped);
  kernelStacksInit();
  emergencyStacksInit();
  cpuProtectInit();
  driversEarlyInit();
  picInit();
  logInfoValue('clock', 'time-stamp counter Hz ', clockHz());
  schedulerInit();
  setSignalCheck(threadHasSignal);
  gatesInit();
  ticksStart();
  tasksInit();
  spawnKernelThread('start', startSystem, 0);
  enableInterrupts();
  idleLoop();
}
