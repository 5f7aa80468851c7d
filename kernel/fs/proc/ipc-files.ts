/**
 * What /proc tells of communication between processes: limits in /proc/sys (Linux mq_overview(7), pipe(7), proc(5)), System V
 * objects in /proc/sysvipc (svipc(7)).
 */
import {
  MQ_DEFAULT_MESSAGES,
  MQ_DEFAULT_SIZE,
  MQ_MAX_MESSAGES,
  MQ_MAX_QUEUES,
  MQ_MAX_SIZE,
} from '../../ipc/mqueue';
import { PIPE_MAX_SIZE } from '../../ipc/pipe-file';
import { IpcObject, IpcTable, ipcAtLocked, ipcLock, ipcUnlock } from '../../ipc/sysv-ipc';
import { MSGMAX, MSGMNB, MSGMNI, MsgQueue, msgTable } from '../../ipc/sysv-msg';
import { SHMMAX, SHMMNI, Segment, shmResident, shmTable } from '../../ipc/shm';
import { SEMMNI, SEMMSL, SEMOPM, SemSet, semTable } from '../../ipc/sysv-sem';
import { TextBuffer, textByte, textPadded, textSigned, textString, textUnsigned } from './text-buffer';

const NEWLINE: u8 = 0x0a;
const SPACE: u8 = 0x20;
const TAB: u8 = 0x09;
const PAGE_BYTES: u64 = 4096;
/** All semaphores there may be. */
const SEMMNS: u64 = 1024000000;

function value(t: TextBuffer, n: u64): void {
  textUnsigned(t, n);
  textByte(t, NEWLINE);
}

export function pipeMaxSize(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, PIPE_MAX_SIZE);
}

export function queuesMax(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, MQ_MAX_QUEUES);
}

export function messagesMax(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, <u64>MQ_MAX_MESSAGES);
}

export function messageSizeMax(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, <u64>MQ_MAX_SIZE);
}

export function messagesDefault(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, MQ_DEFAULT_MESSAGES);
}

export function messageSizeDefault(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, MQ_DEFAULT_SIZE);
}

export function sysvMessageMax(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, MSGMAX);
}

export function sysvQueueBytes(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, MSGMNB);
}

export function sysvQueues(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, MSGMNI);
}

/** SEMMSL, SEMMNS, SEMOPM, SEMMNI. */
export function sysvSemaphores(t: TextBuffer, _pid: i32, _tid: i32): void {
  textUnsigned(t, SEMMSL);
  textByte(t, TAB);
  textUnsigned(t, SEMMNS);
  textByte(t, TAB);
  textUnsigned(t, SEMOPM);
  textByte(t, TAB);
  value(t, SEMMNI);
}

/** A number that may be negative, in ten columns. */
function keyColumn(t: TextBuffer, key: i32): void {
  if (key >= 0) {
    textPadded(t, <u64>key, 10);
    return;
  }
  let width = 1;
  for (let rest = -(<i64>key); rest != 0; rest /= 10) width++;
  for (; width < 10; width++) textByte(t, SPACE);
  textSigned(t, key);
}

/** Key, identifier and permissions, which all rows begin with. */
function beginRow(t: TextBuffer, object: IpcObject): void {
  keyColumn(t, object.key);
  textByte(t, SPACE);
  textPadded(t, <u64>object.id, 10);
  textString(t, '  ');
  // Shared memory alone has flags there: removed, locked.
  const flags = <u8>((object.mode >> 9) & 7);
  textByte(t, flags == 0 ? SPACE : 0x30 + flags);
  for (let shift: i32 = 6; shift >= 0; shift -= 3) {
    textByte(t, <u8>(0x30 + ((object.mode >> (<u32>shift)) & 7)));
  }
}

function column(t: TextBuffer, n: u64, width: u32): void {
  textByte(t, SPACE);
  textPadded(t, n, width);
}

function owners(t: TextBuffer, object: IpcObject): void {
  column(t, object.uid, 5);
  column(t, object.gid, 5);
  column(t, object.creatorUid, 5);
  column(t, object.creatorGid, 5);
}

type Row = (t: TextBuffer, at: usize) => void;

function rows(t: TextBuffer, table: IpcTable, row: Row): void {
  ipcLock(table);
  for (let slot: u32 = 0; slot < table.top; slot++) {
    const at = ipcAtLocked(table, <i32>slot);
    if (at != 0) row(t, at);
  }
  ipcUnlock(table);
}

function semaphoreRow(t: TextBuffer, at: usize): void {
  const set = changetype<SemSet>(at);
  beginRow(t, set);
  column(t, set.count, 10);
  owners(t, set);
  column(t, set.operated, 10);
  column(t, set.changed, 10);
  textByte(t, NEWLINE);
}

export function sysvipcSem(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(t, '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n');
  rows(t, semTable, semaphoreRow);
}

function queueRow(t: TextBuffer, at: usize): void {
  const q = changetype<MsgQueue>(at);
  beginRow(t, q);
  textByte(t, SPACE);
  column(t, q.bytes, 10);
  column(t, q.count, 10);
  column(t, <u64>q.sentPid, 5);
  column(t, <u64>q.receivedPid, 5);
  owners(t, q);
  column(t, q.sent, 10);
  column(t, q.received, 10);
  column(t, q.changed, 10);
  textByte(t, NEWLINE);
}

export function sysvipcMsg(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(
    t,
    '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n',
  );
  rows(t, msgTable, queueRow);
}

export function sysvSegmentBytes(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, SHMMAX);
}

export function sysvSegments(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, SHMMNI);
}

function segmentRow(t: TextBuffer, at: usize): void {
  const s = changetype<Segment>(at);
  beginRow(t, s);
  column(t, s.size, 21);
  column(t, <u64>s.creatorPid, 5);
  column(t, <u64>s.lastPid, 5);
  textByte(t, SPACE);
  column(t, <u64>s.attachments, 5);
  owners(t, s);
  column(t, s.attachTime, 10);
  column(t, s.detachTime, 10);
  column(t, s.changeTime, 10);
  column(t, shmResident(s) * PAGE_BYTES, 21);
  column(t, 0, 21); // nothing is swapped
  textByte(t, NEWLINE);
}

export function sysvipcShm(t: TextBuffer, _pid: i32, _tid: i32): void {
  textString(
    t,
    '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid',
  );
  textString(t, '      atime      dtime      ctime                   rss                  swap\n');
  rows(t, shmTable(), segmentRow);
}
