// free: how much memory there is. Reads /proc/meminfo, whose figures are KiB. As in other systems.

import { humanSize } from '../lib/human';
import { literal } from '../lib/literal';
import { parseDuration, parsed, parseDigits } from '../lib/number';
import { BAD, END, nextOption, operandCount, optionArgument } from '../lib/options';
import { printf, snprintf } from '../lib/printf';
import { figure, procError, readProcFile } from '../lib/proc-file';
import { free } from '../lib/malloc';
import { reportError, reportUsage, reportWord } from '../lib/report';
import { stdout } from '../lib/stream';
import { sleepNs } from '../lib/time';

const HELP = `usage: free [-bkmght] [-s SECONDS [-c COUNT]]
Print how much memory is in use and how much is free, in KiB.
  -b  in bytes    -k  in KiB    -m  in MiB    -g  in GiB    -h  with letters
  -t  the sum with swap    -s N  again every N seconds    -c N  that many times
`;
const LONG = 'bytes=b kibi=k kilo=k mebi=m mega=m gibi=g giga=g human=h total=t seconds=s: count=c: wide=w';

let unit: u64 = 1024;
let human = false;
let text: usize = 0;

export function main(): i32 {
  let total = false;
  let every: i64 = -1;
  let count: i64 = 1;
  let counted = false;
  for (
    let option = nextOption('bc:ghkms:tw', HELP, LONG);
    option != END;
    option = nextOption('bc:ghkms:tw', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x62) unit = 1;
    else if (option == 0x6b) unit = 1024;
    else if (option == 0x6d) unit = 1 << 20;
    else if (option == 0x67) unit = 1 << 30;
    else if (option == 0x68) human = true;
    else if (option == 0x74) total = true;
    else if (option == 0x73) {
      if (!parseDuration(optionArgument())) {
        reportWord('not a number', optionArgument());
        return 1;
      }
      every = parsed();
    } else if (option == 0x63) {
      if (!parseDigits(optionArgument(), 10) || !parsed()) {
        reportWord('not a number', optionArgument());
        return 1;
      }
      count = parsed();
      counted = true;
    }
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  if (every >= 0 && !counted) count = i64.MAX_VALUE;
  if (counted && every < 0) every = 1000000000;
  for (let i: i64 = 0; i < count; i++) {
    if (i) {
      stdout.newline();
      stdout.flush();
      if (stdout.failed() || sleepNs(every) < 0) return 1;
    }
    if (!show(total)) return 1;
  }
  return 0;
}

function kilobytes(name: string): u64 {
  return <u64>max<i64>(figure(text, literal(name), 0), 0);
}

function cell(value: u64): void {
  const room = memory.data(32);
  if (human) humanSize(value * 1024, 1024, room);
  else snprintf(room, 32, '%u', (value * 1024) / unit);
  printf('%12s', room);
}

function show(withTotal: bool): bool {
  const path = literal('/proc/meminfo');
  text = readProcFile(path);
  if (!text) {
    reportError(path, procError());
    return false;
  }
  const total = kilobytes('MemTotal');
  const unused = kilobytes('MemFree');
  const shared = kilobytes('Shmem');
  const cache = kilobytes('Buffers') + kilobytes('Cached') + kilobytes('SReclaimable');
  let available = figure(text, literal('MemAvailable'), 0);
  if (available < 0) available = <i64>min<u64>(unused + cache, total);
  const used = total - min<u64>(<u64>available, total);
  const swap = kilobytes('SwapTotal');
  const swapFree = kilobytes('SwapFree');
  free(text);
  stdout.text('               total        used        free      shared  buff/cache   available\nMem:    ');
  cell(total);
  cell(used);
  cell(unused);
  cell(shared);
  cell(cache);
  cell(<u64>available);
  stdout.text('\nSwap:   ');
  cell(swap);
  cell(swap - min<u64>(swapFree, swap));
  cell(swapFree);
  if (withTotal) {
    stdout.text('\nTotal:  ');
    cell(total + swap);
    cell(used + swap - min<u64>(swapFree, swap));
    cell(unused + swapFree);
  }
  stdout.newline();
  return true;
}
