// cksum, sum: checksums of files. Source: POSIX cksum (the CRC of ISO 8802-3); sum as of BSD, and -s as of System V.

import { programName } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { read } from '../lib/file';
import { eachInput } from '../lib/inputs';
import { malloc, mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, permuteOperands } from '../lib/options';
import { printf } from '../lib/printf';
import { reportError } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP_CKSUM = `usage: cksum [FILE...]
Print the CRC and the size of files.
`;
const HELP_SUM = `usage: sum [-rs] [FILE...]
Print 16-bit checksums and the number of blocks of files.
  -r  as BSD does, blocks of 1 KiB (the default)    -s  as System V does, blocks of 512 bytes
`;

const CHUNK: usize = 65536;
const POLYNOMIAL: u32 = 0x04c11db7;

let method: u8 = 0x63;
let buffer: usize = 0;
/** Eight tables of 256, so that eight bytes are done at once. */
let table: usize = 0;

export function main(): i32 {
  const sum = bytesAre(programName(), 'sum');
  if (sum) method = 0x72;
  permuteOperands();
  const help = sum ? HELP_SUM : HELP_CKSUM;
  const letters = sum ? 'rs' : '';
  for (let option = nextOption(letters, help, ''); option != END; option = nextOption(letters, help, '')) {
    if (option == BAD) return 1;
    method = <u8>option;
  }
  buffer = mustAllocate(malloc(CHUNK));
  makeTable();
  return eachInput(show);
}

function makeTable(): void {
  table = mustAllocate(malloc(8192));
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    store<u32>(table + ((<usize>i) << 2), crc);
  }
  for (let k: usize = 1; k < 8; k++) {
    for (let i: usize = 0; i < 256; i++) {
      const before = load<u32>(table + ((k - 1) << 10) + (i << 2));
      store<u32>(
        table + (k << 10) + (i << 2),
        (before << 8) ^ load<u32>(table + (((<usize>before) >> 24) << 2)),
      );
    }
  }
}

function entry(k: usize, index: u32): u32 {
  return load<u32>(table + (k << 10) + ((<usize>(index & 255)) << 2));
}

function crcStep(crc: u32, byte: u32): u32 {
  return (crc << 8) ^ entry(0, (crc >> 24) ^ byte);
}

function show(fd: i32, name: usize): i32 {
  let crc: u32 = 0;
  let total: u64 = 0;
  let got: i64;
  do {
    got = read(fd, buffer, CHUNK);
    if (got <= 0) continue;
    const end = buffer + <usize>got;
    total += <u64>got;
    let at = buffer;
    if (method == 0x63) {
      for (; at + 8 <= end; at += 8) {
        const first = bswap<u32>(load<u32>(at)) ^ crc;
        const second = bswap<u32>(load<u32>(at, 4));
        crc = entry(7, first >> 24) ^ entry(6, first >> 16) ^ entry(5, first >> 8) ^ entry(4, first);
        crc ^= entry(3, second >> 24) ^ entry(2, second >> 16) ^ entry(1, second >> 8) ^ entry(0, second);
      }
      for (; at < end; at++) crc = crcStep(crc, load<u8>(at));
    } else if (method == 0x73) {
      for (; at < end; at++) crc += load<u8>(at);
    } else {
      for (; at < end; at++) crc = ((crc >> 1) + ((crc & 1) << 15) + load<u8>(at)) & 0xffff;
    }
  } while (got > 0 || got == -Errno.INTR);
  if (got < 0) {
    reportError(name, got);
    return 1;
  }
  if (method == 0x63) {
    for (let length = total; length; length >>= 8) crc = crcStep(crc, <u32>(length & 255));
    printf('%u %u', ~crc & 0xffffffff, total);
  } else if (method == 0x73) {
    const once: u32 = (crc & 0xffff) + (crc >> 16);
    printf('%u %u', (once & 0xffff) + (once >> 16), (total + 511) / 512);
  } else printf('%05u %5u', crc, (total + 1023) / 1024);
  if (operandCount()) stdout.byte(0x20).bytes(name);
  stdout.newline();
  return 0;
}
