/** Sockets. Rows of the table of system calls; table.ts says what a row holds. */
import * as socket from '../calls/socket';
import * as message from '../calls/socket-message';
import * as option from '../calls/socket-option';
import { linux, linuxPartial } from '../table';

export function socketRows(): void {
  linuxPartial(41, 'socket', 'ddd', socket.sysSocket, 'domains other than AF_UNIX');
  linux(42, 'connect', 'fpd', socket.sysConnect);
  linux(43, 'accept', 'fpp', socket.sysAccept);
  linux(44, 'sendto', 'fpddpd', message.sysSendto);
  linux(45, 'recvfrom', 'fpddpp', message.sysRecvfrom);
  linux(46, 'sendmsg', 'fpd', message.sysSendmsg);
  linux(47, 'recvmsg', 'fpd', message.sysRecvmsg);
  linux(48, 'shutdown', 'fd', socket.sysShutdown);
  linux(49, 'bind', 'fpd', socket.sysBind);
  linux(50, 'listen', 'fd', socket.sysListen);
  linux(51, 'getsockname', 'fpp', socket.sysGetsockname);
  linux(52, 'getpeername', 'fpp', socket.sysGetpeername);
  linuxPartial(53, 'socketpair', 'dddp', socket.sysSocketpair, 'domains other than AF_UNIX');
  linux(54, 'setsockopt', 'fddpd', option.sysSetsockopt);
  linux(55, 'getsockopt', 'fddpp', option.sysGetsockopt);
  linux(288, 'accept4', 'fppd', socket.sysAccept4);
  linux(299, 'recvmmsg', 'fpddp', message.sysRecvmmsg);
  linux(307, 'sendmmsg', 'fpdd', message.sysSendmmsg);
}
