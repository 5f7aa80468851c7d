// free: how much memory there is. Reads /proc/meminfo, whose figures are KiB.

import { bytesStartWith, findByte } from '../lib/bytes';
import { close, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { parsed, scanDigits } from '../lib/number';
import { BAD, END, nextOption } from '../lib/options';
import { printf } from '../lib/printf';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { reportError } from '../lib/report';

const HELP = `usage: free [-bkm]
Print how much memory is in use and how much is free, in KiB.
  -b  in bytes
  -k  in KiB
  -m  in MiB
`;

let numerator: i64 = 1;
let denominator: i64 = 1;
let total: i64 = 0;
let unused: i64 = 0;
let available: i64 = -1;
let cached: i64 = 0;

export function main(): i32 {
  for (let option = nextOption('bkm', HELP); option != END; option = nextOption('bkm', HELP)) {
    if (option == BAD) return 1;
    numerator = option == 0x62 ? 1024 : 1;
    denominator = option == 0x6d ? 1024 : 1;
  }
  if (!readFigures()) return 1;
  if (available < 0) available = unused + cached;
  printf(
    '%16s%12s%12s%12s%12s\n',
    literal('total'),
    literal('used'),
    literal('free'),
    literal('cached'),
    literal('available'),
  );
  printf(
    'Mem:%12d%12d%12d%12d%12d\n',
    scale(total),
    scale(total - available),
    scale(unused),
    scale(cached),
    scale(available),
  );
  return 0;
}

function scale(kilobytes: i64): i64 {
  return (kilobytes * numerator) / denominator;
}

function readFigures(): bool {
  const path = literal('/proc/meminfo');
  const fd = open(path, Open.readOnly);
  const reader = openReader(fd);
  if (fd < 0 || !reader) {
    reportError(path, fd);
    return false;
  }
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    const colon = findByte(line, 0x3a);
    if (!colon) continue;
    let at = colon + 1;
    while (load<u8>(at) == 0x20) at++;
    scanDigits(at);
    if (bytesStartWith(line, 'MemTotal:')) total = parsed();
    else if (bytesStartWith(line, 'MemFree:')) unused = parsed();
    else if (bytesStartWith(line, 'MemAvailable:')) available = parsed();
    else if (bytesStartWith(line, 'Cached:') || bytesStartWith(line, 'Buffers:')) cached += parsed();
  }
  const failed = reader.error;
  closeReader(reader);
  close(fd);
  if (failed < 0) reportError(path, failed);
  return failed == 0;
}
