// mknod, mkfifo: make device files and FIFOs. Source: POSIX mkfifo; mknod as elsewhere.

import { argument, argumentCount, programName } from '../lib/arguments';
import { At, mknodAt } from '../lib/at';
import { bytesAre } from '../lib/bytes';
import { makeDevice } from '../lib/file-kind';
import { applyMode, currentUmask, modeIsValid } from '../lib/mode';
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
import { message, reportUsage } from '../lib/report';
import { FileType } from '../lib/stat';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP_NODE = `usage: mknod [-m MODE] NAME b|c|u MAJOR MINOR
       mknod [-m MODE] NAME p
Make a device file (b: block, c or u: character) or a FIFO (p).
  -m MODE  permissions, octal or as chmod has them
`;
const HELP_FIFO = `usage: mkfifo [-m MODE] NAME...
Make FIFOs.
  -m MODE  permissions, octal or as chmod has them
`;

let modeText: usize = 0;

export function main(): i32 {
  const fifo = bytesAre(programName(), 'mkfifo');
  const help = fifo ? HELP_FIFO : HELP_NODE;
  permuteOperands();
  for (
    let option = nextOption('m:', help, 'mode=m:');
    option != END;
    option = nextOption('m:', help, 'mode=m:')
  ) {
    if (option == BAD) return 1;
    modeText = optionArgument();
  }
  if (modeText && !modeIsValid(modeText)) {
    message().text("invalid mode '").bytes(modeText).text("'").newline();
    return 1;
  }
  const first = operandIndex();
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  if (fifo) {
    let status = 0;
    for (let i = first; i < argumentCount(); i++)
      status |= make(argument(i), FileType.fifo, 0, 'cannot create fifo');
    return status;
  }
  const type = operandCount() > 1 && !load<u8>(argument(first + 1), 1) ? load<u8>(argument(first + 1)) : 0;
  if (type != 0x70 && type != 0x62 && type != 0x63 && type != 0x75) {
    reportUsage(operandCount() > 1 ? 'invalid device type' : 'missing operand');
    return 1;
  }
  if (operandCount() != (type == 0x70 ? 2 : 4)) {
    reportUsage(
      type == 0x70
        ? 'Fifos do not have major and minor device numbers.'
        : 'Special files require major and minor device numbers.',
    );
    return 1;
  }
  if (type == 0x70) return make(argument(first), FileType.fifo, 0, '');
  const major = number(argument(first + 2));
  const minor = number(argument(first + 3));
  if (major < 0 || minor < 0) return 1;
  return make(
    argument(first),
    type == 0x62 ? FileType.block : FileType.character,
    makeDevice(major, minor),
    '',
  );
}

function number(word: usize): i64 {
  const octal = load<u8>(word) == 0x30 && load<u8>(word, 1) != 0;
  if (parseDigits(word, octal ? 8 : 10) && parsed() <= 0xffffffff) return parsed();
  message().text("invalid device number '").bytes(word).text("'").newline();
  return -1;
}

function make(name: usize, type: u32, device: u64, what: string): i32 {
  // With -m the umask does not count.
  const mode = modeText ? applyMode(modeText, 0o666, false, currentUmask()) : 0o666;
  let error = mknodAt(At.workingDirectory, name, type | (mode & 0o777), device);
  if (!error && modeText) error = <i32>syscall(Sys.chmod, name, mode);
  if (!error) return 0;
  const out = message();
  if (what.length) out.text(what).text(" '").bytes(name).text("'");
  else out.bytes(name);
  out.text(': ').text(errorMessage(error)).newline();
  return 1;
}
