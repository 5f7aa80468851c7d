/** Sets up what processes communicate by. Before the first program. */
import { setWatcherHook } from '../fs/file';
import { unixInit } from '../net/unix/file';
import { epollForget, epollInit } from './epoll';
import { pidFdInit } from '../proc/pidfd';
import { eventFdInit } from './eventfd';
import { fifoInit } from './fifo';
import { mqFileInit } from './mqueue-file';
import { notifySocketInit } from './notify-socket';
import { pipeOpsInit } from './pipe-file';
import { shmInit } from './shm';
import { msgInit } from './sysv-msg';
import { semInit } from './sysv-sem';
import { signalFdInit } from './signalfd';
import { timerFdInit } from './timerfd';

export function ipcInit(): void {
  pipeOpsInit();
  fifoInit();
  eventFdInit();
  pidFdInit();
  signalFdInit();
  timerFdInit();
  epollInit();
  setWatcherHook(epollForget);
  mqFileInit();
  notifySocketInit();
  shmInit();
  semInit();
  msgInit();
  unixInit();
}
