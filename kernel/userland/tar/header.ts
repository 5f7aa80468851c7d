// The blocks of an archive: headers of members. Source: POSIX pax, "ustar Interchange Format" and "pax Extended Header";
// GNU's L and K members, which hold the long name and link of the next, are read.
//
// Rules: one Member at a time, filled by readMember() or by the caller of emitHeader(). Pure: blocks are in memory.

import { byteLength, bytesStartWith } from '../lib/bytes';
import { Buffer } from '../lib/buffer';
import { make } from '../lib/malloc';
import { snprintf } from '../lib/printf';

export const BLOCK: usize = 512;

/** Types of members that are not regular files. */
export const enum MemberType {
  file = 0x30,
  hardLink = 0x31,
  symlink = 0x32,
  character = 0x33,
  block = 0x34,
  directory = 0x35,
  fifo = 0x36,
  contiguous = 0x37,
  globalExtended = 0x67,
  extended = 0x78,
  gnuLongLink = 0x4b,
  gnuLongName = 0x4c,
}

@unmanaged
@final
export class Member {
  name: Buffer;
  link: Buffer;
  /** MemberType, or another byte. */
  type: i32;
  mode: u32;
  uid: i64;
  gid: i64;
  size: i64;
  seconds: i64;
  major: u32;
  minor: u32;
}

const enum At {
  name = 0,
  mode = 100,
  uid = 108,
  gid = 116,
  size = 124,
  time = 136,
  checksum = 148,
  type = 156,
  link = 157,
  magic = 257,
  major = 329,
  minor = 337,
  prefix = 345,
}

const CHECKSUM: usize = At.checksum;
const NAME_BYTES: usize = 100;
const PREFIX_BYTES: usize = 155;
/** What fits into twelve bytes of octal digits. */
const MOST_OCTAL: i64 = 0o77777777777;

export function makeMember(): Member {
  const member = make<Member>();
  member.name = make<Buffer>();
  member.link = make<Buffer>();
  return member;
}

function octal(at: usize, size: usize): i64 {
  // GNU: the first bit set, then a binary number.
  if (load<u8>(at) & 0x80) {
    let value: i64 = load<u8>(at) & 0x3f;
    for (let i: usize = 1; i < size; i++) value = (value << 8) | load<u8>(at + i);
    return value;
  }
  let value: i64 = 0;
  for (let i: usize = 0; i < size; i++) {
    const digit = <i64>load<u8>(at + i) - 0x30;
    if (digit >= 0 && digit < 8) value = value * 8 + digit;
    else if (value || load<u8>(at + i) != 0x20) break;
  }
  return value;
}

function text(to: Buffer, at: usize, most: usize): void {
  let length: usize = 0;
  while (length < most && load<u8>(at + length)) length++;
  to.range(at, length);
}

/** The sum of the bytes with blanks for the sum itself; old programs add signed bytes. */
function checksum(block: usize, signed: bool): i64 {
  let sum: i64 = 0;
  for (let i: usize = 0; i < BLOCK; i++) {
    const own = i >= CHECKSUM && i < CHECKSUM + 8;
    sum += own ? 0x20 : signed ? <i64>load<i8>(block + i) : <i64>load<u8>(block + i);
  }
  return sum;
}

export function isEmptyBlock(block: usize): bool {
  for (let i: usize = 0; i < BLOCK; i += 8) if (load<u64>(block + i)) return false;
  return true;
}

/** Reads a header into `member`; false when its checksum is wrong. */
export function parseHeader(block: usize, member: Member): bool {
  const sum = octal(block + At.checksum, 8);
  if (sum != checksum(block, false) && sum != checksum(block, true)) return false;
  member.name.clear();
  member.link.clear();
  if (
    bytesStartWith(block + At.magic, 'ustar') &&
    !load<u8>(block + At.magic, 5) &&
    load<u8>(block + At.prefix)
  ) {
    text(member.name, block + At.prefix, PREFIX_BYTES);
    member.name.byte(0x2f);
  }
  text(member.name, block + At.name, NAME_BYTES);
  text(member.link, block + At.link, NAME_BYTES);
  member.mode = (<u32>octal(block + At.mode, 8)) & 0o7777;
  member.uid = octal(block + At.uid, 8);
  member.gid = octal(block + At.gid, 8);
  member.size = octal(block + At.size, 12);
  member.seconds = octal(block + At.time, 12);
  member.major = <u32>octal(block + At.major, 8);
  member.minor = <u32>octal(block + At.minor, 8);
  const type: i32 = load<u8>(block + At.type);
  member.type = type ? type : MemberType.file;
  // Before ustar a directory was a file whose name ends with a slash.
  const last = member.name.length ? load<u8>(member.name.at + member.name.length - 1) : 0;
  if (member.type == MemberType.file && last == 0x2f) member.type = MemberType.directory;
  return true;
}

/** Where the name may be cut at a slash so that both parts fit, as the length of the first; 0: as a whole; -1: nowhere. */
function splitName(name: Buffer): i32 {
  if (name.length <= NAME_BYTES) return 0;
  for (let i = min<usize>(name.length - 1, PREFIX_BYTES); i > 0; i--) {
    if (load<u8>(name.at + i) == 0x2f && name.length - i - 1 <= NAME_BYTES && name.length - i > 1)
      return <i32>i;
  }
  return -1;
}

/** Whether the member needs an extended header. */
export function needsExtended(member: Member): bool {
  return splitName(member.name) < 0 || member.link.length > NAME_BYTES || member.size > MOST_OCTAL;
}

function field(at: usize, digits: i32, value: i64): void {
  const most = ((<i64>1) << (<i64>digits * 3)) - 1;
  snprintf(at, <usize>digits + 1, '%0*o', digits, value < 0 ? 0 : min<i64>(value, most));
}

/** Writes a header of `member` into `block`; what does not fit is cut: an extended header has it. */
export function emitHeader(block: usize, member: Member): void {
  memory.fill(block, 0, BLOCK);
  const cut = max<i32>(splitName(member.name), 0);
  const skip: usize = cut ? <usize>cut + 1 : 0;
  memory.copy(block + At.prefix, member.name.at, <usize>cut);
  memory.copy(block + At.name, member.name.at + skip, min<usize>(member.name.length - skip, NAME_BYTES));
  memory.copy(block + At.link, member.link.at, min<usize>(member.link.length, NAME_BYTES));
  field(block + At.mode, 7, member.mode);
  field(block + At.uid, 7, member.uid);
  field(block + At.gid, 7, member.gid);
  field(block + At.size, 11, member.size);
  field(block + At.time, 11, member.seconds);
  if (member.type == MemberType.character || member.type == MemberType.block) {
    field(block + At.major, 7, member.major);
    field(block + At.minor, 7, member.minor);
  }
  store<u8>(block + At.type, <u8>member.type);
  store<u32>(block + At.magic, 0x61747375);
  store<u8>(block + At.magic + 4, 0x72);
  store<u16>(block + At.magic + 6, 0x3030);
  snprintf(block + At.checksum, 8, '%06o', checksum(block, false));
  store<u8>(block + At.checksum + 7, 0x20);
}

/** Appends `LENGTH KEY=VALUE\n`, where the length counts itself. */
export function addRecord(to: Buffer, key: usize, value: usize, size: usize): void {
  const rest = byteLength(key) + size + 3;
  let digits: usize = 1;
  for (let most: usize = 10; rest + digits >= most; most *= 10) digits++;
  const number = memory.data(24);
  snprintf(number, 24, '%d ', rest + digits);
  to.bytes(number);
  to.bytes(key);
  to.byte(0x3d);
  to.range(value, size);
  to.byte(0x0a);
}

/** Takes the records of an extended header that say how the next member differs. */
export function takeRecords(at: usize, size: usize, member: Member): void {
  const end = at + size;
  while (at < end) {
    let length: usize = 0;
    let start = at;
    for (; start < end && load<u8>(start) >= 0x30 && load<u8>(start) <= 0x39; start++) {
      length = length * 10 + load<u8>(start) - 0x30;
      if (length > size) return;
    }
    // Not even room for its own length: damaged.
    if (at + length > end || length < start - at + 3) return;
    const record = start + 1;
    let value = record;
    while (value < at + length && load<u8>(value) != 0x3d) value++;
    takeRecord(record, value + 1, at + length - 1, member);
    at += length;
  }
}

function takeRecord(key: usize, value: usize, end: usize, member: Member): void {
  if (value > end) return;
  const to = bytesStartWith(key, 'path=')
    ? member.name
    : bytesStartWith(key, 'linkpath=')
      ? member.link
      : null;
  if (to) {
    to.clear();
    to.range(value, end - value);
  } else if (bytesStartWith(key, 'size=')) {
    let size: i64 = 0;
    for (let at = value; at < end && load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++) {
      if (size < MOST_OCTAL * 8) size = size * 10 + load<u8>(at) - 0x30;
    }
    member.size = size;
  }
}
