// mprotect: reading, writing and executing are allowed page by page, and refused otherwise.

import { Errno } from '../lib/errno';
import { mapPages } from '../lib/heap';
import { call } from '../lib/machine';
import { mprotect, munmap, Protection } from '../lib/memory-map';
import { Signal } from '../lib/signal';
import { checkEqual, checkError, checkKilled, checkSucceeds, finish } from '../lib/test';

let page: usize = 0;

function read(): i32 {
  return <i32>atomic.load<u8>(page) == 0xc3 ? 0 : 1;
}

function write(): i32 {
  atomic.store<u8>(page + 1, 1);
  return 0;
}

/** The page holds a RET. */
function execute(): i32 {
  call(page);
  return 0;
}

export function main(): i32 {
  page = mapPages(3 * 4096) + 4096;
  store<u8>(page, 0xc3);
  checkSucceeds(read, 'reading a fresh page');
  checkSucceeds(write, 'writing a fresh page');
  checkKilled(execute, Signal.SEGV, 'executing a fresh page');
  checkEqual(mprotect(page, 4096, Protection.read), 0, 'read only');
  checkSucceeds(read, 'reading a read-only page');
  checkKilled(write, Signal.SEGV, 'writing a read-only page');
  checkKilled(execute, Signal.SEGV, 'executing a read-only page');
  checkEqual(mprotect(page, 4096, Protection.read | Protection.execute), 0, 'read and execute');
  checkSucceeds(execute, 'executing an executable page');
  checkKilled(write, Signal.SEGV, 'writing an executable page');
  checkEqual(mprotect(page, 4096, Protection.none), 0, 'no access');
  checkKilled(read, Signal.SEGV, 'reading an inaccessible page');
  checkEqual(mprotect(page, 4096, Protection.read | Protection.write), 0, 'everything again');
  checkSucceeds(read, 'the contents are still there');
  checkSucceeds(write, 'writing again');
  // The neighbours kept their own protection.
  store<u8>(page - 4096, 1);
  store<u8>(page + 4096, 1);
  checkError(mprotect(page + 1, 4096, Protection.read), Errno.INVAL, 'an unaligned address');
  checkEqual(munmap(page, 4096), 0, 'munmap');
  checkError(mprotect(page - 4096, 3 * 4096, Protection.read), Errno.NOMEM, 'a range with a hole');
  checkError(mprotect(0xffff_8000_0000_0000, 4096, Protection.read), Errno.NOMEM, 'kernel memory');
  return finish('mprotect', 'NX and write bits of every page follow its mapping; TLB entries are flushed');
}
