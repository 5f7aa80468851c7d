// ls: list directories. Source: POSIX ls.

import { listOperands } from '../ls/list';
import { readOptions } from '../ls/options';

export function main(): i32 {
  return readOptions() ? listOperands() : 2;
}
