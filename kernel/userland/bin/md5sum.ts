// md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum: message digests of files. As in other systems.

import { argument, argumentCount, programName } from '../lib/arguments';
import { byteLength, bytesStartWith } from '../lib/bytes';
import { closeInput, openInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import { md5 } from '../lib/md5';
import { BAD, END, nextOption, operandCount, operandIndex, permuteOperands } from '../lib/options';
import { printf } from '../lib/printf';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { message, reportError } from '../lib/report';
import { sha1, sha256, sha512 } from '../lib/sha';
import { stdout } from '../lib/stream';

const HELP = `usage: md5sum [-bctqs] [FILE...]
       sha1sum, sha224sum, sha256sum, sha384sum, sha512sum: the same with other digests
Print the digests of files, or check them.
  -c  read digests and names from the files, and compare    -q  only what differs    -s  only the exit status
  -b, -t  (no difference)
`;
const LONG = 'binary=b check=c text=t quiet=q status=s strict=x warn=w';

const digest = memory.data(64, 8);
let size: usize = 16;
let bits: i32 = 128;
let quiet = false;
let silent = false;
let binary = false;

export function main(): i32 {
  chooseAlgorithm(programName());
  permuteOperands();
  let checking = false;
  for (
    let option = nextOption('bcqstw', HELP, LONG);
    option != END;
    option = nextOption('bcqstw', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x63) checking = true;
    else if (option == 0x71) quiet = true;
    else if (option == 0x73) silent = true;
    else if (option == 0x62) binary = true;
  }
  let status = 0;
  for (let i = operandIndex(); i < max<i32>(argumentCount(), operandIndex() + 1); i++) {
    const path = operandCount() ? argument(i) : literal('-');
    status |= checking ? check(path) : show(path);
  }
  return status;
}

function chooseAlgorithm(name: usize): void {
  if (bytesStartWith(name, 'sha1')) bits = 160;
  else if (bytesStartWith(name, 'sha224')) bits = 224;
  else if (bytesStartWith(name, 'sha256')) bits = 256;
  else if (bytesStartWith(name, 'sha384')) bits = 384;
  else if (bytesStartWith(name, 'sha512')) bits = 512;
  size = <usize>bits / 8;
}

/** False after a message. */
function compute(path: usize): bool {
  const fd = openInput(path);
  if (fd < 0) return false;
  let error: i64;
  if (bits == 128) error = md5(fd, digest);
  else if (bits == 160) error = sha1(fd, digest);
  else if (bits <= 256) error = sha256(fd, digest, bits);
  else error = sha512(fd, digest, bits);
  closeInput(fd);
  if (error < 0) reportError(path, error);
  return error == 0;
}

function show(path: usize): i32 {
  if (!compute(path)) return 1;
  for (let i: usize = 0; i < size; i++) printf('%02x', load<u8>(digest + i));
  stdout
    .text(binary ? ' *' : '  ')
    .bytes(path)
    .newline();
  return 0;
}

function hexDigit(byte: u8): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Whether the digest stands at the beginning of `line`. */
function matches(line: usize): bool {
  for (let i: usize = 0; i < size; i++) {
    const value = hexDigit(load<u8>(line + i * 2)) * 16 + hexDigit(load<u8>(line + i * 2 + 1));
    if (value != load<u8>(digest + i)) return false;
  }
  return true;
}

/** Whether `line` begins with as many hexadecimal digits as a digest has, and a name behind them. */
function isEntry(line: usize): bool {
  const length = byteLength(line);
  if (length < size * 2 + 3) return false;
  for (let i: usize = 0; i < size * 2; i++) if (hexDigit(load<u8>(line + i)) < 0) return false;
  const mark = load<u8>(line + size * 2 + 1);
  return load<u8>(line + size * 2) == 0x20 && (mark == 0x20 || mark == 0x2a);
}

function check(list: usize): i32 {
  const fd = openInput(list);
  const reader = openReader(fd);
  if (fd < 0 || !reader) return 1;
  let wrong = 0;
  let unreadable = 0;
  let malformed = 0;
  let good = 0;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    if (load<u8>(line) == 0x23) continue;
    if (!isEntry(line)) {
      malformed++;
      continue;
    }
    const name = line + size * 2 + 2;
    const readable = compute(name);
    const same = readable && matches(line);
    if (same) good++;
    else if (readable) wrong++;
    else unreadable++;
    if (silent || (quiet && same)) continue;
    stdout.bytes(name).text(same ? ': OK\n' : readable ? ': FAILED\n' : ': FAILED open or read\n');
  }
  closeReader(reader);
  closeInput(fd);
  if (!good && !wrong && !unreadable) {
    message().bytes(list).text(': no properly formatted checksum lines found').newline();
    return 1;
  }
  if (!silent) {
    if (malformed)
      message()
        .text('WARNING: ')
        .unsigned(malformed)
        .text(malformed == 1 ? ' line is' : ' lines are')
        .text(' improperly formatted')
        .newline();
    if (unreadable)
      message()
        .text('WARNING: ')
        .unsigned(unreadable)
        .text(' listed file')
        .text(unreadable == 1 ? '' : 's')
        .text(' could not be read')
        .newline();
    if (wrong)
      message()
        .text('WARNING: ')
        .unsigned(wrong)
        .text(' computed checksum')
        .text(wrong == 1 ? '' : 's')
        .text(' did NOT match')
        .newline();
  }
  return wrong || unreadable ? 1 : 0;
}
