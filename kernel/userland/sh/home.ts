// Home directories, for ~ and cd. Source: POSIX 2.6.1.

import { findUser } from '../lib/passwd';
import { stackCopy } from './stack';
import { named, valueOf } from './variables';

/** The home directory of the user whose name is `length` bytes, or for none that of HOME; 0 when unknown. */
export function homeOf(name: usize, length: usize): usize {
  if (!length) return valueOf(named('HOME'));
  const user = findUser(stackCopy(name, length));
  return user ? user.home : 0;
}
