// which: where a program is found. As in other systems.

import { argument, argumentCount } from '../lib/arguments';
import { findByte, duplicateBytes } from '../lib/bytes';
import { getEnvironment } from '../lib/environment';
import { access, Access } from '../lib/file';
import { literal } from '../lib/literal';
import { free, mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { joinPath } from '../lib/path';
import { FileType, Stat, stat } from '../lib/stat';
import { stdout } from '../lib/stream';

const HELP = `usage: which [-as] NAME...
Print the paths of programs, as PATH leads to them; 1 when one is not found.
  -a  all of them    -s  say nothing
`;

let all = false;
let silent = false;

export function main(): i32 {
  for (let option = nextOption('as', HELP); option != END; option = nextOption('as', HELP)) {
    if (option == BAD) return 2;
    if (option == 0x61) all = true;
    else silent = true;
  }
  if (!operandCount()) return 1;
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) if (!search(argument(i))) status = 1;
  return status;
}

function search(name: usize): bool {
  if (findByte(name, 0x2f)) return tell(name);
  const path = getEnvironment(literal('PATH'));
  let directory = mustAllocate(duplicateBytes(path ? path : literal('/bin')));
  let found = false;
  while (directory && (all || !found)) {
    const colon = findByte(directory, 0x3a);
    if (colon) store<u8>(colon, 0);
    const candidate = mustAllocate(joinPath(load<u8>(directory) ? directory : literal('.'), name));
    if (tell(candidate)) found = true;
    free(candidate);
    directory = colon ? colon + 1 : 0;
  }
  return found;
}

function tell(path: usize): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  if (stat(path, found) < 0 || (found.mode & FileType.mask) != FileType.regular) return false;
  if (access(path, Access.execute) < 0) return false;
  if (!silent) stdout.bytes(path).newline();
  return true;
}
