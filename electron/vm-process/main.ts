/** The program of a machine's process where it is a child process of Node. */
import { childLink } from './child-link.ts';
import { log, runVmProcess } from './run.ts';
import { startWatchdog } from './watchdog.ts';

const watchdog = startWatchdog();
runVmProcess(
  childLink((message) => {
    log('warning', message);
  }, watchdog),
);
