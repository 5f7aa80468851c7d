/** Scheduling. Rows of the table of system calls; table.ts says what a row holds. */
import * as scheduling from '../calls/scheduling';
import { linux, linuxPartial } from '../table';

export function schedulingRows(): void {
  linux(24, 'sched_yield', '', scheduling.sysSchedYield);
  linux(140, 'getpriority', 'dd', scheduling.sysGetpriority);
  linux(141, 'setpriority', 'ddd', scheduling.sysSetpriority);
  linux(142, 'sched_setparam', 'dp', scheduling.sysSchedSetparam);
  linux(143, 'sched_getparam', 'dp', scheduling.sysSchedGetparam);
  linux(144, 'sched_setscheduler', 'ddp', scheduling.sysSchedSetscheduler);
  linux(145, 'sched_getscheduler', 'd', scheduling.sysSchedGetscheduler);
  linux(146, 'sched_get_priority_max', 'd', scheduling.sysSchedGetPriorityMax);
  linux(147, 'sched_get_priority_min', 'd', scheduling.sysSchedGetPriorityMin);
  linux(148, 'sched_rr_get_interval', 'dp', scheduling.sysSchedRrGetInterval);
  linux(203, 'sched_setaffinity', 'ddp', scheduling.sysSchedSetaffinity);
  linux(204, 'sched_getaffinity', 'ddp', scheduling.sysSchedGetaffinity);
  linux(309, 'getcpu', 'pp', scheduling.sysGetcpu);
  linuxPartial(314, 'sched_setattr', 'dpd', scheduling.sysSchedSetattr, 'SCHED_DEADLINE, utilisation clamps');
  linux(315, 'sched_getattr', 'dpdd', scheduling.sysSchedGetattr);
  linuxPartial(324, 'membarrier', 'dd', scheduling.sysMembarrier, 'SYNC_CORE and RSEQ');
}
