// sync, fsync: bring what was written onto the disk. As in other systems; the calls are those of POSIX.

import { argument, argumentCount, programName } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { close, open, Open } from '../lib/file';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { message, reportUsage } from '../lib/report';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP_SYNC = `usage: sync [-d|-f] [FILE...]
Bring everything that was written onto the disks, or FILEs.
  -d  data and what is needed to read it    -f  the file systems that they are on
`;
const HELP_FSYNC = `usage: fsync [-d] FILE...
Bring what was written to files onto the disk.
  -d  data and what is needed to read it
`;

export function main(): i32 {
  const files = bytesAre(programName(), 'fsync');
  const help = files ? HELP_FSYNC : HELP_SYNC;
  const letters = files ? 'd' : 'df';
  let call: u64 = Sys.fsync;
  const long = 'data=d file-system=f';
  for (
    let option = nextOption(letters, help, long);
    option != END;
    option = nextOption(letters, help, long)
  ) {
    if (option == BAD) return 1;
    call = option == 0x64 ? Sys.fdatasync : Sys.syncfs;
  }
  if (!operandCount()) {
    if (files || call != Sys.fsync) {
      reportUsage('missing operand');
      return 1;
    }
    syscall(Sys.sync);
    return 0;
  }
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const path = argument(i);
    let fd = open(path, Open.readOnly | Open.nonBlocking);
    if (fd < 0) fd = open(path, Open.writeOnly | Open.nonBlocking);
    const error = fd < 0 ? fd : <i32>syscall(call, fd);
    if (fd >= 0) close(fd);
    if (!error) continue;
    message()
      .text(fd < 0 ? "error opening '" : "error syncing '")
      .bytes(path)
      .text("': ")
      .text(errorMessage(error))
      .newline();
    status = 1;
  }
  return status;
}
