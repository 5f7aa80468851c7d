/** A scripted machine in a child process of Node. */
import { childLink } from '../../../electron/vm-process/child-link.ts';
import { log } from '../../../electron/vm-process/run.ts';
import { startWatchdog } from '../../../electron/vm-process/watchdog.ts';
import { runScriptedHost } from './scripted-host.ts';

const watchdog = startWatchdog();
runScriptedHost(
  childLink((message) => {
    log('warning', message);
  }, watchdog),
);
