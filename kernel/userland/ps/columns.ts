// The columns of ps: their names, headings and widths. Source: POSIX ps, -o.

import { byteLength, duplicateRange } from '../lib/bytes';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { message } from '../lib/report';
import { bsd, bsdUser } from './selection';

@unmanaged
@final
export class Column {
  kind: i32;
  heading: usize;
  width: i32;
  /** Numbers stand to the right. */
  right: bool;
}

/** Name (two for some), heading, width, whether to the right. The index is the kind. */
const COLUMNS =
  'user,euser:USER:8:l;ruser:RUSER:8:l;group,egroup:GROUP:8:l;rgroup:RGROUP:8:l;pid:PID:5:r;ppid:PPID:5:r;pgid,pgrp:PGID:5:r;sid,sess:SID:5:r;pcpu,%cpu:%CPU:4:r;pmem,%mem:%MEM:4:r;vsz,vsize:VSZ:6:r;rss,rssize:RSS:5:r;nice,ni:NI:3:r;pri:PRI:3:r;time,cputime:TIME:8:r;etime:ELAPSED:11:r;etimes:ELAPSED:7:r;tty,tt,tname:TT:8:l;comm,ucmd:COMMAND:15:l;args,cmd,command:COMMAND:27:l;stat:STAT:4:l;s,state:S:1:l;stime,start_time:STIME:5:r;lstart:STARTED:24:r;nlwp,thcount:NLWP:4:r;uid,euid:UID:5:r;gid,egid:GID:5:r;c:C:2:r;f,flags:F:1:r;sz:SZ:5:r;addr:ADDR:4:l;wchan:WCHAN:6:l;ruid:RUID:5:r;rgid:RGID:5:r;bsdtime:TIME:6:r;tpgid:TPGID:5:r;start:STARTED:8:r;';

export const enum Kind {
  user,
  realUser,
  group,
  realGroup,
  pid,
  parent,
  pgid,
  session,
  cpu,
  memory,
  size,
  resident,
  nice,
  priority,
  time,
  elapsed,
  elapsedSeconds,
  terminal,
  name,
  args,
  stat,
  state,
  startTime,
  longStart,
  threads,
  uid,
  gid,
  usage,
  flags,
  pages,
  address,
  waitChannel,
  realUid,
  realGid,
  shortTime,
  foreground,
  start,
}
export const columns = make<List>();

export function standardColumns(form: i32): usize {
  if (form == 0x66) return literal('user=UID,pid,ppid,c,stime,tty=TTY,time,args=CMD');
  if (form == 0x6c) return literal('f,s,uid,pid,ppid,c,pri,ni,addr,sz,wchan,tty=TTY,time,comm=CMD');
  if (form == 0x6a) return literal('pid,pgid,sid,tty=TTY,time,comm=CMD');
  if (bsdUser) return literal('user,pid,pcpu,pmem,vsz,rss,tty=TTY,stat,stime=START,bsdtime,args');
  if (bsd) return literal('pid,tty=TTY,stat,bsdtime,args');
  return literal('pid,tty=TTY,time,comm=CMD');
}

/** The kind of the column `name`, -1 for none; columnHeading and so on are set. */
export function findColumn(name: usize, length: usize): i32 {
  let kind = 0;
  let at = 0;
  while (at < COLUMNS.length) {
    let matched = false;
    // Names up to the colon, with commas.
    while (COLUMNS.charCodeAt(at) != 0x3a) {
      let same: usize = 0;
      while (same < length && <u16>load<u8>(name + same) == <u16>COLUMNS.charCodeAt(at + <i32>same)) same++;
      const after = COLUMNS.charCodeAt(at + <i32>same);
      if (same == length && (after == 0x2c || after == 0x3a)) matched = true;
      while (COLUMNS.charCodeAt(at) != 0x2c && COLUMNS.charCodeAt(at) != 0x3a) at++;
      if (COLUMNS.charCodeAt(at) == 0x2c) at++;
    }
    if (matched) {
      headingAt = ++at;
      return kind;
    }
    while (COLUMNS.charCodeAt(at) != 0x3b) at++;
    at++;
    kind++;
  }
  return -1;
}

let headingAt: i32 = 0;

export function addColumns(at: usize): bool {
  while (load<u8>(at)) {
    let end = at;
    while (load<u8>(end) && load<u8>(end) != 0x2c && load<u8>(end) != 0x20 && load<u8>(end) != 0x3d) end++;
    const kind = findColumn(at, end - at);
    if (kind < 0) {
      message()
        .text("unknown column '")
        .range(at, end - at)
        .text("'")
        .newline();
      return false;
    }
    const column = make<Column>();
    column.kind = kind;
    const heading = mustAllocate(malloc(16));
    let size: usize = 0;
    let i = headingAt;
    for (; COLUMNS.charCodeAt(i) != 0x3a; i++) store<u8>(heading + size++, <u8>COLUMNS.charCodeAt(i));
    store<u8>(heading + size, 0);
    column.heading = heading;
    for (i++; COLUMNS.charCodeAt(i) != 0x3a; i++)
      column.width = column.width * 10 + COLUMNS.charCodeAt(i) - 0x30;
    column.right = COLUMNS.charCodeAt(i + 1) == 0x72;
    if (load<u8>(end) == 0x3d) {
      // NAME=HEADING: all that follows, commas too, except in the lists above, whose headings are single words.
      const start = end + 1;
      end = start;
      while (load<u8>(end) && load<u8>(end) != 0x2c) end++;
      column.heading = mustAllocate(duplicateRange(start, end - start));
    }
    column.width = max<i32>(column.width, <i32>byteLength(column.heading));
    columns.append(changetype<usize>(column));
    at = load<u8>(end) ? end + 1 : end;
  }
  return true;
}
