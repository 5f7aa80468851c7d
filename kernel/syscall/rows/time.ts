/** Clocks, sleeping, times used. Rows of the table of system calls; table.ts says what a row holds. */
import * as time from '../calls/time';
import { linux } from '../table';

export function timeRows(): void {
  linux(35, 'nanosleep', 'pp', time.sysNanosleep);
  linux(96, 'gettimeofday', 'pp', time.sysGettimeofday);
  linux(98, 'getrusage', 'dp', time.sysGetrusage);
  linux(100, 'times', 'p', time.sysTimes);
  linux(201, 'time', 'p', time.sysTime);
  linux(228, 'clock_gettime', 'dp', time.sysClockGettime);
  linux(229, 'clock_getres', 'dp', time.sysClockGetres);
  linux(230, 'clock_nanosleep', 'ddpp', time.sysClockNanosleep);
}
