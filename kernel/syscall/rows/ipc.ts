/** Communication between processes. Rows of the table of system calls; table.ts says what a row holds. */
import * as epoll from '../calls/epoll';
import * as eventfd from '../calls/eventfd';
import * as mqueue from '../calls/mqueue';
import * as pipe from '../calls/pipe';
import * as poll from '../calls/poll';
import * as select from '../calls/select';
import * as signalfd from '../calls/signalfd';
import * as sysvMsg from '../calls/sysv-msg';
import * as sysvSem from '../calls/sysv-sem';
import * as timerfd from '../calls/timerfd';
import { linux, linuxPartial } from '../table';

export function ipcRows(): void {
  linux(7, 'poll', 'pdd', poll.sysPoll);
  linux(22, 'pipe', 'p', pipe.sysPipe);
  linux(23, 'select', 'dpppp', select.sysSelect);
  linux(64, 'semget', 'ddd', sysvSem.sysSemget);
  linux(65, 'semop', 'dpd', sysvSem.sysSemop);
  linux(66, 'semctl', 'dddd', sysvSem.sysSemctl);
  linux(68, 'msgget', 'dd', sysvMsg.sysMsgget);
  linux(69, 'msgsnd', 'dpdd', sysvMsg.sysMsgsnd);
  linuxPartial(70, 'msgrcv', 'dpddd', sysvMsg.sysMsgrcv, 'MSG_COPY');
  linux(71, 'msgctl', 'ddp', sysvMsg.sysMsgctl);
  linux(213, 'epoll_create', 'd', epoll.sysEpollCreate);
  linux(220, 'semtimedop', 'dpdp', sysvSem.sysSemtimedop);
  linux(232, 'epoll_wait', 'fpdd', epoll.sysEpollWait);
  linux(233, 'epoll_ctl', 'fdfp', epoll.sysEpollCtl);
  linux(240, 'mq_open', 'sddp', mqueue.sysMqOpen);
  linux(241, 'mq_unlink', 's', mqueue.sysMqUnlink);
  linux(242, 'mq_timedsend', 'fpddp', mqueue.sysMqTimedsend);
  linux(243, 'mq_timedreceive', 'fpdpp', mqueue.sysMqTimedreceive);
  linux(244, 'mq_notify', 'fp', mqueue.sysMqNotify);
  linux(245, 'mq_getsetattr', 'fpp', mqueue.sysMqGetsetattr);
  linux(270, 'pselect6', 'dppppp', select.sysPselect6);
  linux(271, 'ppoll', 'pdppd', poll.sysPpoll);
  linux(281, 'epoll_pwait', 'fpddpd', epoll.sysEpollPwait);
  linux(282, 'signalfd', 'fpd', signalfd.sysSignalfd);
  linux(283, 'timerfd_create', 'dd', timerfd.sysTimerfdCreate);
  linux(284, 'eventfd', 'd', eventfd.sysEventfd);
  linux(286, 'timerfd_settime', 'fdpp', timerfd.sysTimerfdSettime);
  linux(287, 'timerfd_gettime', 'fp', timerfd.sysTimerfdGettime);
  linux(289, 'signalfd4', 'fpdd', signalfd.sysSignalfd4);
  linux(290, 'eventfd2', 'dd', eventfd.sysEventfd2);
  linux(291, 'epoll_create1', 'd', epoll.sysEpollCreate1);
  linuxPartial(293, 'pipe2', 'pd', pipe.sysPipe2, 'O_DIRECT (packets)');
  linux(441, 'epoll_pwait2', 'fpdppd', epoll.sysEpollPwait2);
}
