/** Sets up what processes communicate by. Before the first program. */
import { setWatcherHook } from '../fs/file';
import { epollForget, epollInit } from './epoll';
import { eventFdInit } from './eventfd';
import { pipeOpsInit } from './pipe-file';

export function ipcInit(): void {
  pipeOpsInit();
  eventFdInit();
  epollInit();
  setWatcherHook(epollForget);
}
