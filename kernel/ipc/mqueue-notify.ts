/**
 * mq_notify: one process is told once, by a signal or through a socket, when a message comes to an empty queue
 * (POSIX mq_notify(); Linux mq_notify(2)).
 *
 * SIGEV_THREAD is the C library's: it gives a netlink socket that its thread reads, and 32 bytes to send there, of which
 * the last says why (NOTIFY_WOKENUP, NOTIFY_REMOVED).
 */
import { File, fileRelease } from '../fs/file';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentCredentials } from '../proc/credentials';
import { currentProcess, isNull, processFindLocked, processLock } from '../proc/process';
import { SI_MESGQ, SignalInfo, signalInfoSet } from '../proc/signal-info';
import { sendLocked } from '../proc/signal';
import { Thread } from '../sched/tcb';
import { notifySocketSend } from './notify-socket';

export const SIGEV_SIGNAL: i32 = 0;
export const SIGEV_NONE: i32 = 1;
export const SIGEV_THREAD: i32 = 2;

export const NOTIFY_COOKIE_SIZE: usize = 32;
const NOTIFY_WOKENUP: u8 = 1;
const NOTIFY_REMOVED: u8 = 2;

/** Inside a MessageQueue: 72 bytes. */
@unmanaged
export class MqNotify {
  /** Process that is registered; 0: none. */
  pid: i32;
  kind: i32;
  signal: i32;
  unused: u32;
  value: u64;
  /** The File of the socket, with a reference. */
  socket: usize;
  cookie0: u64;
  cookie1: u64;
  cookie2: u64;
  cookie3: u64;
}

const info = changetype<SignalInfo>(memory.data(48, 8));

/** Ends the registration; the thread that waits at a socket hears of it. */
export function mqNotifyRemove(n: MqNotify): void {
  if (n.pid != 0 && n.kind == SIGEV_THREAD) tellSocket(n, NOTIFY_REMOVED);
  n.pid = 0;
}

/** A message came to the empty queue. Not with the queue's lock held: a socket may be closed. */
export function mqNotifyFire(n: MqNotify): void {
  if (n.kind == SIGEV_SIGNAL) {
    const flags = lockIrqSave(processLock());
    const p = processFindLocked(n.pid);
    if (!isNull(p)) {
      signalInfoSet(info, n.signal, SI_MESGQ, currentProcess().pid, currentCredentials().uid);
      info.value = n.value;
      sendLocked(p, changetype<Thread>(<usize>0), info);
    }
    unlockIrqRestore(processLock(), flags);
  } else if (n.kind == SIGEV_THREAD) tellSocket(n, NOTIFY_WOKENUP);
  n.pid = 0;
}

/** What goes to the socket, but for the last byte. */
export function mqNotifyCookie(n: MqNotify): usize {
  return changetype<usize>(n) + offsetof<MqNotify>('cookie0');
}

function tellSocket(n: MqNotify, why: u8): void {
  const cookie = mqNotifyCookie(n);
  store<u8>(cookie + NOTIFY_COOKIE_SIZE - 1, why);
  const file = changetype<File>(n.socket);
  n.socket = 0;
  notifySocketSend(file, cookie, NOTIFY_COOKIE_SIZE);
  fileRelease(file);
}
