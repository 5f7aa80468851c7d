/** /proc/sys: what the system is called and how it is set (Linux Documentation/admin-guide/sysctl). */
import { EINVAL, EPERM } from '../../lib/errno';
import { PID_MAX } from '../../lib/ids';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { domainNameText, hostNameText, setHostNameText, setDomainNameText } from '../../proc/host-name';
import { dcacheCount, dcacheUnusedCount } from '../dentry';
import { MAX_DESCRIPTORS } from '../fd-table';
import { TextBuffer, textByte, textCString, textString, textUnsigned } from './text-buffer';

const NEWLINE: u8 = 0x0a;
const TAB: u8 = 0x09;
/** MAXHOSTNAMELEN of Linux. */
const NAME_MAX: usize = 64;

function constant(t: TextBuffer, text: string): void {
  textString(t, text);
  textByte(t, NEWLINE);
}

function value(t: TextBuffer, n: u64): void {
  textUnsigned(t, n);
  textByte(t, NEWLINE);
}

export function hostName(t: TextBuffer, _pid: i32, _tid: i32): void {
  textCString(t, hostNameText());
  textByte(t, NEWLINE);
}

export function domainName(t: TextBuffer, _pid: i32, _tid: i32): void {
  textCString(t, domainNameText());
  textByte(t, NEWLINE);
}

/** Length without a newline at the end. */
function trimmed(buffer: usize, count: usize): usize {
  return count > 0 && load<u8>(buffer + count - 1) == NEWLINE ? count - 1 : count;
}

export function setHostName(_pid: i32, buffer: usize, count: usize): i64 {
  const length = trimmed(buffer, count);
  if (!isSuperuser(currentCredentials())) return -EPERM;
  if (length > NAME_MAX) return -EINVAL;
  setHostNameText(buffer, length);
  return <i64>count;
}

export function setDomainName(_pid: i32, buffer: usize, count: usize): i64 {
  const length = trimmed(buffer, count);
  if (!isSuperuser(currentCredentials())) return -EPERM;
  if (length > NAME_MAX) return -EINVAL;
  setDomainNameText(buffer, length);
  return <i64>count;
}

export function osType(t: TextBuffer, _pid: i32, _tid: i32): void {
  constant(t, 'Breenix');
}

export function osRelease(t: TextBuffer, _pid: i32, _tid: i32): void {
  constant(t, '0.1.0');
}

export function osVersion(t: TextBuffer, _pid: i32, _tid: i32): void {
  constant(t, '#1 TypeScript');
}

export function pidMax(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, <u64>PID_MAX);
}

/** 0: memory may be promised that is not there, within reason (mm/commit.ts). */
export function overcommit(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, 0);
}

export function openMax(t: TextBuffer, _pid: i32, _tid: i32): void {
  value(t, MAX_DESCRIPTORS);
}

export function dentryState(t: TextBuffer, _pid: i32, _tid: i32): void {
  textUnsigned(t, dcacheCount());
  textByte(t, TAB);
  textUnsigned(t, dcacheUnusedCount());
  textString(t, '\t45\t0\t0\t0\n');
}
