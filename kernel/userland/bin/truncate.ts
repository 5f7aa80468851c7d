// truncate: set the size of files. As in other systems.

import { argument, argumentCount } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { close, lseek, open, Open, Seek } from '../lib/file';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { message, reportUsage } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { fstat, Stat, stat } from '../lib/stat';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: truncate [-c] [-o] -s SIZE | -r FILE FILE...
Make files as large as SIZE: cut, or extended with a hole.
  -s SIZE  with suffixes K M G; +SIZE and -SIZE change it by that much, <SIZE and >SIZE are limits,
           /SIZE and %SIZE round it down and up
  -r FILE  the size of FILE    -c  make no files    -o  SIZE counts blocks
`;
const LONG = 'no-create=c io-blocks=o reference=r: size=s:';

export function main(): i32 {
  permuteOperands();
  const found = changetype<Stat>(memory.data(144, 8));
  let create = true;
  let inBlocks = false;
  let size: i64 = -1;
  let relation: u8 = 0;
  for (
    let option = nextOption('cor:s:', HELP, LONG);
    option != END;
    option = nextOption('cor:s:', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x63) create = false;
    else if (option == 0x6f) inBlocks = true;
    else if (option == 0x72) {
      const error = stat(optionArgument(), found);
      if (error < 0) {
        message()
          .text("cannot stat '")
          .bytes(optionArgument())
          .text("': ")
          .text(errorMessage(error))
          .newline();
        return 1;
      }
      if (size < 0) size = found.size;
    } else {
      let word = optionArgument();
      const sign = load<u8>(word);
      relation =
        sign == 0x2b || sign == 0x2d || sign == 0x3c || sign == 0x3e || sign == 0x2f || sign == 0x25
          ? sign
          : 0;
      if (relation) word++;
      if (!parseSize(word) || (!sizeValue() && (relation == 0x2f || relation == 0x25))) {
        message().text("Invalid number: '").bytes(optionArgument()).text("'").newline();
        return 1;
      }
      size = sizeValue();
    }
  }
  if (size < 0) {
    reportUsage("you must specify either '--size' or '--reference'");
    return 1;
  }
  if (!operandCount()) {
    reportUsage('missing file operand');
    return 1;
  }
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const path = argument(i);
    const fd = open(path, Open.writeOnly | Open.nonBlocking | (create ? Open.create : 0));
    if (fd == -Errno.NOENT && !create) continue;
    if (fd < 0) {
      message().text("cannot open '").bytes(path).text("' for writing: ").text(errorMessage(fd)).newline();
      status = 1;
      continue;
    }
    fstat(fd, found);
    const old = max<i64>(lseek(fd, 0, Seek.end), 0);
    const target = resized(old, inBlocks ? size * found.blockSize : size, relation);
    const error = syscall(Sys.ftruncate, fd, max<i64>(target, 0));
    if (error < 0) {
      message()
        .text("failed to truncate '")
        .bytes(path)
        .text("' at ")
        .signed(target)
        .text(' bytes: ')
        .text(errorMessage(error))
        .newline();
      status = 1;
    }
    close(fd);
  }
  return status;
}

function resized(old: i64, size: i64, relation: u8): i64 {
  switch (relation) {
    case 0x2b:
      return old + size;
    case 0x2d:
      return max<i64>(old - size, 0);
    case 0x3c:
      return min<i64>(old, size);
    case 0x3e:
      return max<i64>(old, size);
    case 0x2f:
      return old - (old % size);
    case 0x25:
      return ((old + size - 1) / size) * size;
    default:
      return size;
  }
}
