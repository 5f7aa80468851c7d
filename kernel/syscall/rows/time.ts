/** Clocks, sleeping, timers, times used. Rows of the table of system calls; table.ts says what a row holds. */
import * as sleep from '../calls/sleep';
import * as time from '../calls/time';
import * as timer from '../calls/timer';
import { linux, linuxPartial } from '../table';

export function timeRows(): void {
  linux(35, 'nanosleep', 'pp', sleep.sysNanosleep);
  linux(36, 'getitimer', 'dp', timer.sysGetitimer);
  linux(37, 'alarm', 'd', timer.sysAlarm);
  linux(38, 'setitimer', 'dpp', timer.sysSetitimer);
  linux(96, 'gettimeofday', 'pp', time.sysGettimeofday);
  linuxPartial(98, 'getrusage', 'dp', time.sysGetrusage, 'blocks read and written');
  linux(100, 'times', 'p', time.sysTimes);
  linuxPartial(159, 'adjtimex', 'p', time.sysAdjtimex, 'adjusting the rate of the clock');
  linuxPartial(164, 'settimeofday', 'pp', time.sysSettimeofday, 'the time zone');
  linux(201, 'time', 'p', time.sysTime);
  linux(222, 'timer_create', 'dpp', timer.sysTimerCreate);
  linux(223, 'timer_settime', 'ddpp', timer.sysTimerSettime);
  linux(224, 'timer_gettime', 'dp', timer.sysTimerGettime);
  linux(225, 'timer_getoverrun', 'd', timer.sysTimerGetoverrun);
  linux(226, 'timer_delete', 'd', timer.sysTimerDelete);
  linux(227, 'clock_settime', 'dp', time.sysClockSettime);
  linux(228, 'clock_gettime', 'dp', time.sysClockGettime);
  linux(229, 'clock_getres', 'dp', time.sysClockGetres);
  linux(230, 'clock_nanosleep', 'ddpp', sleep.sysClockNanosleep);
}
