/** Communication between processes. Rows of the table of system calls; table.ts says what a row holds. */
import * as epoll from '../calls/epoll';
import * as eventfd from '../calls/eventfd';
import * as pipe from '../calls/pipe';
import * as poll from '../calls/poll';
import * as select from '../calls/select';
import { linux, linuxPartial } from '../table';

export function ipcRows(): void {
  linux(7, 'poll', 'pdd', poll.sysPoll);
  linux(22, 'pipe', 'p', pipe.sysPipe);
  linux(23, 'select', 'dpppp', select.sysSelect);
  linux(213, 'epoll_create', 'd', epoll.sysEpollCreate);
  linux(232, 'epoll_wait', 'fpdd', epoll.sysEpollWait);
  linux(233, 'epoll_ctl', 'fdfp', epoll.sysEpollCtl);
  linux(284, 'eventfd', 'd', eventfd.sysEventfd);
  linux(290, 'eventfd2', 'dd', eventfd.sysEventfd2);
  linux(291, 'epoll_create1', 'd', epoll.sysEpollCreate1);
  linuxPartial(293, 'pipe2', 'pd', pipe.sysPipe2, 'O_DIRECT (packets)');
}
