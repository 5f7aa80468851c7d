/** Stands in for fs/paged-file.ts in unit tests: reads through the pages of page-cache's double; nothing is written this way. */
import { physToVirt } from '../mm/layout';
import { pageGet } from '../mm/page-cache';
import { File } from './file';

const PAGE: u64 = 4096;

function pagedRead(file: File, buffer: usize, count: usize, offset: u64): i64 {
  const inode = file.inode;
  let done: usize = 0;
  while (done < count && offset + done < inode.size) {
    const at = offset + done;
    const within = <usize>(at & (PAGE - 1));
    const n = min(min(<usize>PAGE - within, count - done), <usize>(inode.size - at));
    const page = pageGet(inode, at / PAGE, 32);
    if (page < 0) return done != 0 ? <i64>done : page;
    memory.copy(buffer + done, physToVirt(<u64>page) + within, n);
    done += n;
  }
  return <i64>done;
}

export function pagedReadIndex(): u32 {
  const read: (file: File, buffer: usize, count: usize, offset: u64) => i64 = pagedRead;
  return read.index;
}

export function pagedWriteIndex(): u32 {
  return 0;
}
