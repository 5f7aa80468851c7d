/**
 * Crashes on purpose, for the tests of panic, backtrace and emergency stack: `selftest=NAME` on the command line.
 */
import { cmdlineValue } from '../lib/command-line';
import { panic } from '../lib/panic';
import { lockIrqSave } from '../lib/spinlock';

const NAME_MAX: usize = 32;
const name = memory.data(32, 8);
const lock = memory.data(4, 4);

/** Does not return when the command line asks for a crash. */
export function crashIfAsked(): void {
  if (!cmdlineValue('selftest', name, NAME_MAX)) return;
  if (isNamed('panic')) panic('asked for');
  if (isNamed('null')) store<u8>(<usize>offset(), 1);
  if (isNamed('write_code')) store<u8>(<usize>(0xffff_ffff_8010_1000 + offset()), 1);
  if (isNamed('divide')) store<u64>(name, 1 / offset());
  if (isNamed('stack_overflow')) store<u64>(name, recurse(1));
  if (isNamed('deadlock')) {
    lockIrqSave(lock);
    lockIrqSave(lock);
  }
}

/** 0, but the compiler cannot know. */
function offset(): u64 {
  return load<u8>(name + NAME_MAX - 1);
}

/** The result is used after the call, so that no compiler turns this into a loop. */
function recurse(depth: u64): u64 {
  return depth == offset() ? 0 : (recurse(depth + 1) ^ depth) * recurse(depth + 2);
}

function isNamed(wanted: string): bool {
  for (let i = 0; i < wanted.length; i++) {
    if (load<u8>(name + <usize>i) != <u8>wanted.charCodeAt(i)) return false;
  }
  return load<u8>(name + <usize>wanted.length) == 0;
}
