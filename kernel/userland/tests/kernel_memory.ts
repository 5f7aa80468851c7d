// Ring 3 reads, writes and executes nothing of the kernel: neither its image, nor the direct map, nor its stacks; and
// addresses that are not canonical are refused as well.

import { call } from '../lib/machine';
import { Signal } from '../lib/signal';
import { checkKilled, finish } from '../lib/test';

let address: usize = 0;

function read(): i32 {
  return (<i32>atomic.load<u32>(address)) & 1;
}

function write(): i32 {
  atomic.store<u32>(address, 0);
  return 0;
}

function execute(): i32 {
  call(address);
  return 0;
}

function tryAll(at: usize): void {
  address = at;
  checkKilled(read, Signal.SEGV, 'reading kernel memory');
  checkKilled(write, Signal.SEGV, 'writing kernel memory');
  checkKilled(execute, Signal.SEGV, 'executing kernel memory');
}

export function main(): i32 {
  tryAll(0xffff_ffff_8000_0000);
  tryAll(0xffff_ffff_8010_0000);
  tryAll(0xffff_ffff_8040_0000);
  tryAll(0xffff_8000_0000_0000);
  tryAll(0xffff_8000_0010_0000);
  tryAll(0xffff_c900_0000_1000);
  tryAll(0xffff_c980_0000_1000);
  tryAll(0xffff_ffff_ffff_f000);
  // Not canonical: #GP instead of a page fault, the same signal.
  tryAll(0x0000_8000_0000_0000);
  tryAll(0x8000_0000_0000_0000);
  return finish('kernel_memory', 'kernel pages are not user-accessible; #GP from ring 3 is SIGSEGV');
}
