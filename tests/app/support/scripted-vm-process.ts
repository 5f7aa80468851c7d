/** A scripted machine in a child process of Node. */
import { childLink } from '../../../electron/vm-process/child-link.ts';
import { startWatchdog } from '../../../electron/vm-process/watchdog.ts';
import { log, runScriptedHost } from './scripted-host.ts';

startWatchdog();
runScriptedHost(
  childLink((message) => {
    log('warning', message);
  }),
);
