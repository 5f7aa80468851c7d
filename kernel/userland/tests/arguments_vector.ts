// The initial stack: argc, argv, envp, the auxiliary vector, and the alignment of the stack pointer.

import { argument, argumentCount, argumentVector, Auxiliary, auxiliaryValue } from '../lib/arguments';
import { environmentVector } from '../lib/environment';
import { check, checkEqual, finish } from '../lib/test';

export function main(): i32 {
  check(argumentCount() >= 1, 'there is no argument 0');
  check(argument(0) != 0 && load<u8>(argument(0)) != 0, 'argument 0 is empty');
  checkEqual(load<usize>(argumentVector(argumentCount())), 0, 'argv ends with a null pointer');
  // argc lies just below argv, where the stack pointer was at the start.
  checkEqual((argumentVector(0) - 8) & 15, 0, 'alignment of the initial stack pointer');
  checkEqual(load<u64>(argumentVector(0) - 8), argumentCount(), 'argc');
  check(environmentVector() > argumentVector(0), 'envp lies above argv');
  checkEqual(auxiliaryValue(Auxiliary.pageSize), 4096, 'AT_PAGESZ');
  check(auxiliaryValue(Auxiliary.entry) >= 0x1000_0000, 'AT_ENTRY');
  check(auxiliaryValue(Auxiliary.entry) < 0x1010_0000, 'AT_ENTRY is not in the text');
  check(auxiliaryValue(Auxiliary.programHeaders) >= 0x1000_0000, 'AT_PHDR');
  check(auxiliaryValue(Auxiliary.random) != 0, 'AT_RANDOM');
  return finish('arguments_vector', 'System V AMD64 supplement 3.4.1: initial stack');
}
