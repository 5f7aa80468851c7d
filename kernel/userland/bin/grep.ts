// grep: lines that match a pattern. Source: POSIX grep; the options beyond it are as in GNU's and the BSDs'.

import { failed, searchOperands } from '../grep/files';
import { quiet, readOptions } from '../grep/options';
import { found } from '../grep/search';
import { stdout } from '../lib/stream';

export function main(): i32 {
  readOptions();
  if (!searchOperands()) return 2;
  stdout.flush();
  return failed && !(quiet && found) ? 2 : found ? 0 : 1;
}
