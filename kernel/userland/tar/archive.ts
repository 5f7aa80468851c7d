// An open archive as a stream of blocks, and the members in it with their extended headers applied.
//
// Rules: after nextMember() read exactly the member's content with readContent(), or skipContent(). Errors are reported
// here; archiveFailed() says that there were some.

import { Buffer } from '../lib/buffer';
import { Errno } from '../lib/errno';
import { readFully, writeFully } from '../lib/file';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { message, reportError } from '../lib/report';
import { isFiltered } from './compression';
import {
  addRecord,
  BLOCK,
  emitHeader,
  isEmptyBlock,
  makeMember,
  Member,
  MemberType,
  needsExtended,
  parseHeader,
  takeRecords,
} from './header';
import { snprintf } from '../lib/printf';

/** Archives are written in pieces of twenty blocks. */
const RECORD: i64 = 10240;
/** A larger extended header is damage. */
const MOST_EXTENDED: i64 = 1048576;

let fd: i32 = -1;
let name: usize = 0;
let failed = false;
let written: i64 = 0;
/** Bytes of the member's content that were not read yet, and of the rest of its last block. */
let left: i64 = 0;
let padding: i64 = 0;
const block = memory.data(512, 8);
const extended = make<Buffer>();

export function archiveFailed(): bool {
  return failed;
}

/** `path` is for messages. */
export function useArchive(descriptor: i32, path: usize): void {
  fd = descriptor;
  name = path;
}

function fail(what: string): bool {
  failed = true;
  message().bytes(name).text(': ').text(what).newline();
  return false;
}

function readBlock(): bool {
  const got = readFully(fd, block, BLOCK);
  if (got == <i64>BLOCK) return true;
  if (got < 0) {
    failed = true;
    reportError(name, got);
    return false;
  }
  return fail(got ? 'the archive was cut short' : 'unexpected end of the archive');
}

/** As much of the member's content as there is room for at `to`; 0 at its end, negative when it cannot be read. */
export function readContent(to: usize, size: usize): i64 {
  const wanted = min<i64>(left, <i64>size);
  if (wanted) {
    const got = readFully(fd, to, <usize>wanted);
    if (got != wanted) {
      if (got < 0) reportError(name, got);
      else fail('the archive was cut short');
      failed = true;
      left = padding = 0;
      return -1;
    }
    left -= wanted;
    if (left) return wanted;
  }
  if (padding) {
    const rest = padding;
    padding = 0;
    if (readFully(fd, block, <usize>rest) != rest) {
      fail('the archive was cut short');
      return -1;
    }
  }
  return wanted;
}

export function skipContent(): bool {
  const room = memory.data(4096);
  let got: i64 = 1;
  while (got > 0) got = readContent(room, 4096);
  return got == 0;
}

/** The content of an extended header, or of a long name. */
function readExtended(size: i64): bool {
  extended.clear();
  if (size > MOST_EXTENDED) return fail('an extended header is damaged');
  const room = memory.data(512);
  let got = readContent(room, 512);
  for (; got > 0; got = readContent(room, 512)) extended.range(room, <usize>got);
  return got == 0;
}

/** Replaces `text` by what was read, up to a 0. */
function takeLong(text: Buffer): void {
  text.clear();
  let length: usize = 0;
  while (length < extended.length && load<u8>(extended.at + length)) length++;
  text.range(extended.at, length);
}

const later = makeMember();

/** Reads the next member's header; false at the end, and after damage, which was reported. */
export function nextMember(member: Member): bool {
  let hasName = false;
  let hasLink = false;
  let hasSize = false;
  later.name.clear();
  later.link.clear();
  for (;;) {
    if (!readBlock()) return false;
    if (isEmptyBlock(block)) return false;
    if (!parseHeader(block, member))
      return fail('this is no archive, or it is damaged (a checksum is wrong)');
    const isLong = member.type == MemberType.gnuLongName || member.type == MemberType.gnuLongLink;
    const isExtended = member.type == MemberType.extended || member.type == MemberType.globalExtended;
    if (!isLong && !isExtended) break;
    startContent(member.size);
    if (!readExtended(member.size)) return false;
    if (member.type == MemberType.gnuLongName) takeLong(later.name);
    else if (member.type == MemberType.gnuLongLink) takeLong(later.link);
    else if (member.type == MemberType.extended) {
      later.size = -1;
      takeRecords(extended.at, extended.length, later);
      hasSize = later.size >= 0;
    }
    hasName = later.name.length > 0;
    hasLink = later.link.length > 0;
  }
  if (hasName) copyText(member.name, later.name);
  if (hasLink) copyText(member.link, later.link);
  if (hasSize) member.size = later.size;
  // Links and directories have no content, whatever their size says.
  const hasContent =
    member.type == MemberType.file || member.type == MemberType.contiguous || member.type > 0x37;
  startContent(hasContent ? member.size : 0);
  return true;
}

function copyText(to: Buffer, from: Buffer): void {
  to.clear();
  to.range(from.at, from.length);
}

function startContent(size: i64): void {
  left = size;
  padding = (<i64>BLOCK - (size % <i64>BLOCK)) % <i64>BLOCK;
}

/** False when it cannot be written, which was reported. */
export function writeBytes(at: usize, size: usize): bool {
  const error = writeFully(fd, at, size);
  if (error < 0) {
    if (!failed && !(error == -Errno.PIPE && isFiltered())) reportError(name, error);
    failed = true;
    return false;
  }
  written += <i64>size;
  return true;
}

/** Fills the last block. */
export function padContent(): bool {
  const rest = (<i64>BLOCK - (written % <i64>BLOCK)) % <i64>BLOCK;
  memory.fill(block, 0, BLOCK);
  return rest == 0 || writeBytes(block, <usize>rest);
}

const number = memory.data(24);
const extension = makeMember();

/** The header, with an extended one before it where something does not fit. */
export function writeMember(member: Member): bool {
  if (needsExtended(member)) {
    extended.clear();
    addRecord(extended, literal('path'), member.name.at, member.name.length);
    if (member.link.length) addRecord(extended, literal('linkpath'), member.link.at, member.link.length);
    const digits = snprintf(number, 24, '%d', member.size);
    addRecord(extended, literal('size'), number, <usize>digits);
    extension.name.clear();
    extension.name.bytes(literal('PaxHeaders/member'));
    extension.type = MemberType.extended;
    extension.mode = 0o644;
    extension.size = <i64>extended.length;
    extension.seconds = member.seconds;
    emitHeader(block, extension);
    if (!writeBytes(block, BLOCK) || !writeBytes(extended.at, extended.length) || !padContent()) return false;
  }
  emitHeader(block, member);
  return writeBytes(block, BLOCK);
}

/** Two empty blocks, and as many as fill a record. */
export function endArchive(): bool {
  memory.fill(block, 0, BLOCK);
  if (!writeBytes(block, BLOCK) || !writeBytes(block, BLOCK)) return false;
  while (written % RECORD) if (!writeBytes(block, BLOCK)) return false;
  return true;
}
