// du: how much room files take. Source: POSIX du; -h, -c, -d, -S, --apparent-size as elsewhere.

import { argument, argumentCount } from '../lib/arguments';
import { humanSize } from '../lib/human';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { calloc, free, make, mustAllocate } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { snprintf } from '../lib/printf';
import { message } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { FileType, Stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Phase, Visit, walk, WalkFlag } from '../lib/walk';

const HELP = `usage: du [-a|-s] [-bchklmSx] [-H|-L|-P] [-B SIZE] [-d N] [FILE...]
How much room files take, and directories with what is in them (the working directory without a FILE).
  -a  each file    -s  the sum of each operand alone    -d N  down to N levels    -c  the sum of all
  -k  in units of 1 KiB (the default)    -m  1 MiB    -B SIZE  of SIZE    -h  with K, M, G
  -b  bytes of content, as --apparent-size -B 1    -l  files with several names as often as they appear
  -S  without the directories below    -x  stay on the file system    -H, -L, -P  follow operands, all links, none
`;
const LONG =
  'all=a apparent-size=A block-size=B: bytes=b total=c max-depth=d: human-readable=h count-links=l dereference=L no-dereference=P separate-dirs=S summarize=s one-file-system=x si=\x01';

let unit: u64 = 1024;
let human: u64 = 0;
let apparent = false;
let everything = false;
let depth: i32 = i32.MAX_VALUE;
let countLinks = false;
let separate = false;
let status: i32 = 0;
let grandTotal: u64 = 0;
/** Sums by level: with and without what is below. */
const sums = make<List>();
const scratch = memory.data(64);

/** Files with several names that have been counted: pairs of device and inode, in open addressing. */
let seen: usize = 0;
let seenCapacity: usize = 0;
let seenUsed: usize = 0;

export function main(): i32 {
  permuteOperands();
  let flags: u32 = 0;
  let total = false;
  const letters = 'aB:bcd:HhklLmPSsx';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    switch (option) {
      case 0x61:
        everything = true;
        break;
      case 0x41:
        apparent = true;
        break;
      case 0x62:
        apparent = true;
        unit = 1;
        human = 0;
        break;
      case 0x42: {
        const word = optionArgument();
        snprintf(scratch, 32, load<u8>(word) > 0x39 ? '1%s' : '%s', word);
        if (!parseSize(scratch) || !sizeValue()) {
          message().text("invalid block size '").bytes(word).text("'").newline();
          return 1;
        }
        unit = <u64>sizeValue();
        break;
      }
      case 0x63:
        total = true;
        break;
      case 0x64:
        if (!parseDigits(optionArgument(), 10)) {
          message().text("invalid maximum depth '").bytes(optionArgument()).text("'").newline();
          return 1;
        }
        depth = <i32>min<i64>(parsed(), i32.MAX_VALUE);
        break;
      case 0x48:
        flags = (flags & ~WalkFlag.followAll) | WalkFlag.followOperand;
        break;
      case 0x4c:
        flags |= WalkFlag.followAll;
        break;
      case 0x50:
        flags &= ~(WalkFlag.followAll | WalkFlag.followOperand);
        break;
      case 0x68:
        human = 1024;
        break;
      case 0x01:
        human = 1000;
        break;
      case 0x6b:
        unit = 1024;
        break;
      case 0x6d:
        unit = 1 << 20;
        break;
      case 0x6c:
        countLinks = true;
        break;
      case 0x53:
        separate = true;
        break;
      case 0x73:
        depth = 0;
        break;
      default:
        flags |= WalkFlag.oneFileSystem;
    }
  }
  if (!operandCount()) walk(literal('.'), flags, visit);
  for (let i = operandIndex(); i < argumentCount(); i++) walk(argument(i), flags, visit);
  if (total) print(grandTotal, literal('total'));
  return status;
}

function visit(at: Visit): i32 {
  switch (at.phase) {
    case Phase.missing:
      return complain("cannot access '", at);
    case Phase.unreadable:
      return complain("cannot read directory '", at);
    case Phase.cycle:
      return 0;
    case Phase.before:
      if (isCounted(at.stat)) return 1;
      while (sums.length < (at.level + 1) * 2) sums.append(0);
      sums.set(at.level * 2, 0);
      sums.set(at.level * 2 + 1, 0);
      return 0;
    case Phase.after: {
      const own = sizeOf(at.stat) + sums.get(at.level * 2 + 1);
      const all = own + sums.get(at.level * 2);
      if (at.level) sums.set(at.level * 2 - 2, sums.get(at.level * 2 - 2) + all);
      else grandTotal += all;
      if (at.level <= depth) print(separate ? own : all, at.path);
      return 0;
    }
    default: {
      if (isCounted(at.stat)) return 0;
      const size = sizeOf(at.stat);
      if (at.level) sums.set(at.level * 2 - 1, sums.get(at.level * 2 - 1) + size);
      else grandTotal += size;
      if ((everything && at.level <= depth) || !at.level) print(size, at.path);
      return 0;
    }
  }
}

function complain(what: string, at: Visit): i32 {
  message().text(what).bytes(at.path).text("': ").text(errorMessage(at.error)).newline();
  status = 1;
  return 0;
}

function sizeOf(found: Stat): u64 {
  if (!apparent) return <u64>found.blocks * 512;
  const type = found.mode & FileType.mask;
  return type == FileType.regular || type == FileType.link || type == FileType.directory
    ? <u64>found.size
    : 0;
}

/** Remembers files that may come again under another name; true for one that has come. */
function isCounted(found: Stat): bool {
  const directory = (found.mode & FileType.mask) == FileType.directory;
  if (countLinks || (!directory && found.links < 2)) return false;
  if (seenUsed * 2 >= seenCapacity) growSeen();
  return !insert(found.device, found.inode);
}

function insert(device: u64, inode: u64): bool {
  let index = (<usize>((inode * 0x9e3779b97f4a7c15) ^ device)) & (seenCapacity - 1);
  while (load<u64>(seen + (index << 4), 8)) {
    if (load<u64>(seen + (index << 4)) == device && load<u64>(seen + (index << 4), 8) == inode) return false;
    index = (index + 1) & (seenCapacity - 1);
  }
  store<u64>(seen + (index << 4), device);
  store<u64>(seen + (index << 4), inode, 8);
  seenUsed++;
  return true;
}

function growSeen(): void {
  const old = seen;
  const oldCapacity = seenCapacity;
  seenCapacity = oldCapacity ? oldCapacity * 2 : 256;
  seen = mustAllocate(calloc(seenCapacity, 16));
  seenUsed = 0;
  for (let i: usize = 0; i < oldCapacity; i++) {
    if (load<u64>(old + (i << 4), 8)) insert(load<u64>(old + (i << 4)), load<u64>(old + (i << 4), 8));
  }
  free(old);
}

function print(size: u64, path: usize): void {
  if (human) humanSize(size, human, scratch);
  else snprintf(scratch, 64, '%u', (size + unit - 1) / unit);
  stdout.bytes(scratch).byte(9).bytes(path).newline();
}
