// The long list: permissions, links, owners, sizes, times. Source: POSIX ls, STDOUT.

import { byteLength } from '../lib/bytes';
import { deviceMajor, deviceMinor } from '../lib/file-kind';
import { formatTime } from '../lib/format-time';
import { humanSize } from '../lib/human';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { modeText } from '../lib/mode-text';
import { groupName, userName } from '../lib/passwd';
import { printf, snprintf } from '../lib/printf';
import { FileType, Stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { CalendarTime, Clock, clockTime } from '../lib/time';
import { localTime } from '../lib/zone';
import { measureFront, scratch, showFront, widen } from './columns';
import { Entry, nanosecondsOf, timeOf } from './entry';
import { showName } from './names';
import { human, numeric, showGroup, showOwner, timeStyle } from './options';
import { isDigit } from './order';

/** Seconds since 1970 when the first time is shown. */
let now: i64 = 0;

const calendar = make<CalendarTime>();

function isDevice(found: Stat): bool {
  const type = found.mode & FileType.mask;
  return type == FileType.character || type == FileType.block;
}

function ownerText(found: Stat): usize {
  const name = numeric ? 0 : userName(found.uid);
  if (name) return name;
  snprintf(scratch, 64, '%u', found.uid);
  return scratch;
}

function groupText(found: Stat): usize {
  const name = numeric ? 0 : groupName(found.gid);
  if (name) return name;
  snprintf(scratch, 64, '%u', found.gid);
  return scratch;
}

function sizeText(found: Stat, majorWidth: usize, minorWidth: usize): usize {
  if (isDevice(found)) {
    snprintf(
      scratch,
      64,
      '%*u, %*u',
      majorWidth,
      deviceMajor(found.rdev),
      minorWidth,
      deviceMinor(found.rdev),
    );
  } else if (human) humanSize(<u64>found.size, human, scratch);
  else snprintf(scratch, 64, '%u', found.size);
  return scratch;
}

/** Widths at: 0 inode, 8 blocks, 16 links, 24 owner, 32 group, 40 size, 48 major, 56 minor. */
export function showLong(list: List): void {
  const widths = memory.data(64, 8);
  memory.fill(widths, 0, 64);
  measureFront(list, widths);
  for (let i = 0; i < list.length; i++) {
    const found = changetype<Entry>(list.get(i)).stat;
    if (!isDevice(found)) continue;
    widen(widths + 48, snprintf(0, 0, '%u', deviceMajor(found.rdev)));
    widen(widths + 56, snprintf(0, 0, '%u', deviceMinor(found.rdev)));
  }
  for (let i = 0; i < list.length; i++) {
    const found = changetype<Entry>(list.get(i)).stat;
    widen(widths + 16, snprintf(0, 0, '%u', found.links));
    widen(widths + 24, byteLength(ownerText(found)));
    widen(widths + 32, byteLength(groupText(found)));
    widen(widths + 40, byteLength(sizeText(found, load<usize>(widths + 48), load<usize>(widths + 56))));
  }
  for (let i = 0; i < list.length; i++) {
    const entry = changetype<Entry>(list.get(i));
    const found = entry.stat;
    showFront(entry, widths);
    const mode = memory.data(16);
    modeText(found.mode, mode);
    printf('%s %*u ', mode, load<usize>(widths + 16), found.links);
    if (showOwner) ownerColumn(ownerText(found), load<usize>(widths + 24));
    if (showGroup) ownerColumn(groupText(found), load<usize>(widths + 32));
    printf(
      '%*s ',
      load<usize>(widths + 40),
      sizeText(found, load<usize>(widths + 48), load<usize>(widths + 56)),
    );
    showTime(timeOf(entry), nanosecondsOf(entry));
    stdout.byte(0x20);
    showName(entry);
    stdout.newline();
  }
}

/** Names to the left, numbers to the right. */
function ownerColumn(text: usize, columns: usize): void {
  if (numeric || isDigit(text)) printf('%*s ', columns, text);
  else printf('%-*s ', columns, text);
}

/** Month, day, and the hour; the year instead of the hour when it is half a year away. */
function showTime(seconds: i64, nanoseconds: i64): void {
  if (!now) now = clockTime(Clock.realtime) / 1000000000;
  localTime(seconds, calendar);
  if (timeStyle) {
    formatTime(stdout, timeStyle, calendar, seconds, nanoseconds);
    return;
  }
  // Half of a year of 365.2425 days.
  const recent = seconds <= now && seconds > now - 15778476;
  const pattern = recent ? literal('%b %e %H:%M') : literal('%b %e  %Y');
  formatTime(stdout, pattern, calendar, seconds, nanoseconds);
}
