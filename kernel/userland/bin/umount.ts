// umount: unmount file systems. As in other systems; the flags are those of umount2(2).

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre, bytesEqual } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { currentMounts, Mount } from '../lib/mounts';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { Missing, realPath } from '../lib/real-path';
import { message, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: umount [-flrv] DIRECTORY|DEVICE...
       umount -a [-flrv] [-t TYPE]
Unmount file systems; with -a all but the root, /dev and /proc.
  -f  even when it does not answer    -l  now, what is open when it is closed    -r  else make it read-only    -v  say so
`;
const LONG = 'all=a force=f lazy=l read-only=r types=t: verbose=v';

const FORCE: u64 = 1;
const DETACH: u64 = 2;
/** MS_REMOUNT | MS_RDONLY */
const READ_ONLY: u64 = 33;

let flags: u64 = 0;
let readOnly = false;
let verbose = false;

export function main(): i32 {
  permuteOperands();
  let all = false;
  let type: usize = 0;
  for (
    let option = nextOption('aflrt:v', HELP, LONG);
    option != END;
    option = nextOption('aflrt:v', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x61) all = true;
    else if (option == 0x66) flags |= FORCE;
    else if (option == 0x6c) flags |= DETACH;
    else if (option == 0x72) readOnly = true;
    else if (option == 0x76) verbose = true;
    else type = optionArgument();
  }
  const mounts = currentMounts();
  let status = 0;
  if (all) {
    // The last mounted first: it may stand on one of the others.
    for (let i = mounts.length - 1; i >= 0; i--) {
      const mount = changetype<Mount>(mounts.get(i));
      if (type && !bytesEqual(type, mount.type)) continue;
      if (
        !type &&
        (bytesAre(mount.directory, '/') ||
          bytesAre(mount.directory, '/dev') ||
          bytesAre(mount.directory, '/proc'))
      )
        continue;
      status |= unmount(mount.directory, mount.directory);
    }
    return status;
  }
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const name = argument(i);
    const real = realPath(name, Missing.none, true);
    let directory = real ? real : name;
    for (let j = mounts.length - 1; j >= 0; j--) {
      const mount = changetype<Mount>(mounts.get(j));
      if (!bytesEqual(mount.device, name) && !bytesEqual(mount.device, directory)) continue;
      directory = mount.directory;
      break;
    }
    status |= unmount(directory, name);
  }
  return status;
}

function unmount(directory: usize, name: usize): i32 {
  let error = syscall(Sys.umount2, directory, flags);
  if (error == -Errno.BUSY && readOnly) error = syscall(Sys.mount, 0, directory, 0, READ_ONLY, 0);
  if (error < 0) {
    const out = message().bytes(name).text(': ');
    out.text(error == -Errno.INVAL ? 'not mounted' : errorMessage(error)).newline();
    return 32;
  }
  if (verbose) stdout.bytes(directory).text(' unmounted').newline();
  return 0;
}
