// df: how full the file systems are. Source: POSIX df; -h, -T, -i, -a, -t, -x as elsewhere.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength, bytesEqual } from '../lib/bytes';
import { humanSize } from '../lib/human';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { currentMounts, Mount, mountsError } from '../lib/mounts';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { realPath, Missing } from '../lib/real-path';
import { message, reportError } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { FileType, Stat, stat } from '../lib/stat';
import { FileSystemStat, statfs } from '../lib/statfs';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { printf, snprintf } from '../lib/printf';

const HELP = `usage: df [-ahHiklmPT] [-B SIZE] [-t TYPE] [-x TYPE] [--total] [FILE...]
How full the file systems are that the files are on; all of them without a FILE.
  -k  in units of 1 KiB (the default)    -m  1 MiB    -B SIZE  of SIZE    -h  with K, M, G    -H  powers of 1000
  -P  the portable form, in units of 512 bytes unless -k    -T  types, too    -i  inodes instead of blocks
  -a  those without blocks, too    -l  local ones    -t, -x TYPE  only, without those of TYPE
`;
const LONG =
  'all=a block-size=B: human-readable=h si=H inodes=i local=l portability=P print-type=T type=t: exclude-type=x: total=\x01';

const COLUMNS = 7;

let unit: u64 = 1024;
let human: u64 = 0;
let portable = false;
let types = false;
let inodes = false;
let everything = false;
let wantedType: usize = 0;
let unwantedType: usize = 0;
/** Rows of COLUMNS strings. */
const rows = make<List>();
const totals = memory.data(24, 8);
const found = make<FileSystemStat>();

export function main(): i32 {
  permuteOperands();
  let total = false;
  let unitSet = false;
  const letters = 'aB:hHiklmPTt:x:';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x61) everything = true;
    else if (option == 0x42) {
      const word = optionArgument();
      const letterAlone = load<u8>(word) > 0x39;
      snprintf(scratch, 32, letterAlone ? '1%s' : '%s', word);
      if (!parseSize(scratch) || !sizeValue()) {
        message().text("invalid block size '").bytes(word).text("'").newline();
        return 1;
      }
      unit = <u64>sizeValue();
      unitSet = true;
    } else if (option == 0x68) human = 1024;
    else if (option == 0x48) human = 1000;
    else if (option == 0x69) inodes = true;
    else if (option == 0x6b || option == 0x6d) {
      unit = option == 0x6b ? 1024 : 1 << 20;
      unitSet = true;
    } else if (option == 0x50) portable = true;
    else if (option == 0x54) types = true;
    else if (option == 0x74) wantedType = optionArgument();
    else if (option == 0x78) unwantedType = optionArgument();
    else if (option == 0x01) total = true;
  }
  if (portable && !unitSet && !human) unit = 512;
  heading();
  const mounts = currentMounts();
  let status = 0;
  if (!mounts.length) {
    reportError(literal('cannot read the table of mounted file systems'), mountsError());
    if (!operandCount()) return 1;
  }
  if (!operandCount()) {
    for (let i = 0; i < mounts.length; i++)
      if (!isHidden(mounts, i)) addRow(changetype<Mount>(mounts.get(i)), false);
  }
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const mount = mountOf(mounts, argument(i));
    if (mount) addRow(mount, true);
    else status = 1;
  }
  if (rows.length == COLUMNS) {
    if (!status) message().text('no file systems processed').newline();
    return 1;
  }
  if (total)
    addNumbers(
      literal('total'),
      literal('-'),
      literal('-'),
      load<u64>(totals),
      load<u64>(totals, 8),
      load<u64>(totals, 16),
    );
  print();
  return status;
}

const scratch = memory.data(64);

function cell(at: usize): void {
  const copy = mustAllocate(malloc(byteLength(at) + 1));
  memory.copy(copy, at, byteLength(at) + 1);
  rows.append(copy);
}

function heading(): void {
  cell(literal('Filesystem'));
  cell(literal('Type'));
  if (inodes) {
    cell(literal('Inodes'));
    cell(literal('IUsed'));
    cell(literal('IFree'));
    cell(literal('IUse%'));
  } else {
    if (human) cell(literal('Size'));
    else if (portable) {
      snprintf(scratch, 64, '%u-blocks', unit);
      cell(scratch);
    } else if (unit == 1 << 20) cell(literal('1M-blocks'));
    else if (unit == 1024) cell(literal('1K-blocks'));
    else {
      snprintf(scratch, 64, '%uB-blocks', unit);
      cell(scratch);
    }
    cell(literal('Used'));
    cell(literal(human ? 'Avail' : 'Available'));
    cell(literal(portable ? 'Capacity' : 'Use%'));
  }
  cell(literal('Mounted on'));
}

/** What something else has been mounted over, or the same device at a longer path. */
function isHidden(mounts: List, index: i32): bool {
  const mount = changetype<Mount>(mounts.get(index));
  if (everything) return false;
  for (let i = 0; i < mounts.length; i++) {
    const other = changetype<Mount>(mounts.get(i));
    if (i > index && bytesEqual(other.directory, mount.directory)) return true;
  }
  return false;
}

/** The file system that `path` is on; of a device that is mounted, the one on it. Null after a message. */
function mountOf(mounts: List, path: usize): Mount | null {
  const status = make<Stat>();
  const error = stat(path, status);
  if (error < 0) {
    message().bytes(path).text(': ').text(errorMessage(error)).newline();
    return null;
  }
  const real = realPath(path, Missing.none, true);
  const block = (status.mode & FileType.mask) == FileType.block;
  let best: Mount | null = null;
  let bestLength: usize = 0;
  for (let i = 0; i < mounts.length; i++) {
    const mount = changetype<Mount>(mounts.get(i));
    if (block && real && bytesEqual(mount.device, real)) return mount;
    const length = byteLength(mount.directory);
    const root = length == 1;
    if (!real || length < bestLength) continue;
    if (
      !root &&
      (memory.compare(real, mount.directory, length) ||
        (load<u8>(real + length) && load<u8>(real + length) != 0x2f))
    )
      continue;
    best = mount;
    bestLength = length;
  }
  if (!best) message().bytes(path).text(': cannot find its mount point').newline();
  return best;
}

function addRow(mount: Mount, asked: bool): void {
  const error = statfs(mount.directory, found);
  if (error < 0) {
    if (asked) reportError(mount.directory, error);
    return;
  }
  if (wantedType && !bytesEqual(mount.type, wantedType)) return;
  if (unwantedType && bytesEqual(mount.type, unwantedType)) return;
  if (!found.blocks && !asked && !everything) return;
  const size = found.fragmentSize ? found.fragmentSize : found.blockSize;
  if (inodes)
    addNumbers(
      mount.device,
      mount.type,
      mount.directory,
      found.files,
      found.files - found.freeFiles,
      found.freeFiles,
    );
  else {
    const used = found.blocks - found.free;
    addNumbers(
      mount.device,
      mount.type,
      mount.directory,
      found.blocks * size,
      used * size,
      found.available * size,
    );
  }
}

function addNumbers(
  device: usize,
  type: usize,
  directory: usize,
  total: u64,
  used: u64,
  available: u64,
): void {
  cell(device);
  cell(type);
  store<u64>(totals, load<u64>(totals) + total);
  store<u64>(totals, load<u64>(totals, 8) + used, 8);
  store<u64>(totals, load<u64>(totals, 16) + available, 16);
  amount(total);
  amount(used);
  amount(available);
  // Rounded up, of what others than root can use (POSIX df, STDOUT).
  const usable = used + available;
  if (!usable) cell(literal('-'));
  else {
    snprintf(scratch, 64, '%u%%', (used * 100 + usable - 1) / usable);
    cell(scratch);
  }
  cell(directory);
}

function amount(bytes: u64): void {
  if (human) humanSize(bytes, human, scratch);
  else if (inodes) snprintf(scratch, 64, '%u', bytes);
  else snprintf(scratch, 64, '%u', (bytes + unit - 1) / unit);
  cell(scratch);
}

function print(): void {
  const widths = memory.data(56, 8);
  memory.fill(widths, 0, 56);
  store<u64>(widths, 14);
  for (let i = 2; i < 5; i++) store<u64>(widths + ((<usize>i) << 3), 5);
  for (let i = 0; i < rows.length; i++) {
    const at = widths + ((<usize>(i % COLUMNS)) << 3);
    store<u64>(at, max<u64>(load<u64>(at), byteLength(rows.get(i))));
  }
  for (let i = 0; i < rows.length; i++) {
    const column = i % COLUMNS;
    if (column == 1 && !types) continue;
    const width = load<u64>(widths + ((<usize>column) << 3));
    if (column == COLUMNS - 1) stdout.bytes(rows.get(i)).newline();
    else printf(column < 2 ? '%-*s ' : '%*s ', width, rows.get(i));
  }
}
