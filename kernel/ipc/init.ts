/** Sets up what processes communicate by. Before the first program. */
import { setWatcherHook } from '../fs/file';
import { epollForget, epollInit } from './epoll';
import { eventFdInit } from './eventfd';
import { mqFileInit } from './mqueue-file';
import { notifySocketInit } from './notify-socket';
import { pipeOpsInit } from './pipe-file';
import { shmInit } from './shm';
import { signalFdInit } from './signalfd';
import { timerFdInit } from './timerfd';

export function ipcInit(): void {
  pipeOpsInit();
  eventFdInit();
  signalFdInit();
  timerFdInit();
  epollInit();
  setWatcherHook(epollForget);
  mqFileInit();
  notifySocketInit();
  shmInit();
}
