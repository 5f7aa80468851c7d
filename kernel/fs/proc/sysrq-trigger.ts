/**
 * /proc/sysrq-trigger: the first byte written says what to do at once (Linux Documentation/admin-guide/sysrq): b restarts,
 * c panics, o turns off, s writes the disks' caches back.
 */
import { EINVAL, EIO } from '../../lib/errno';
import { panic } from '../../lib/panic';
import { machinePowerOff, machineRestart } from '../../lib/power';
import { cacheSync } from '../../block/write-back';
import { File, FileOps, FileTransfer } from '../file';

const ops = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function write(_file: File, buffer: usize, count: usize, _offset: u64): i64 {
  if (count == 0) return 0;
  switch (load<u8>(buffer)) {
    case 0x62: // b
      machineRestart();
      return <i64>count;
    case 0x63: // c
      panic('sysrq triggered crash');
      return <i64>count;
    case 0x6f: // o
      machinePowerOff();
      return <i64>count;
    case 0x73: // s
      return cacheSync() == 0 ? <i64>count : -EIO;
    default:
      return -EINVAL;
  }
}

export function sysrqOps(): FileOps {
  const writeFunction: FileTransfer = write;
  ops.write = writeFunction.index;
  return ops;
}
