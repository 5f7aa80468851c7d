// Aliases. Source: POSIX 2.3.1.

import { byteLength, bytesEqual } from '../lib/bytes';
import { List } from '../lib/list';
import { duplicateBytes, compareBytes } from '../lib/bytes';
import { free, make, mustAllocate } from '../lib/malloc';

@unmanaged
@final
export class Alias {
  name: usize;
  /** Ends with a blank, so that it can be told from what follows. */
  value: usize;
  length: usize;
  /** It is being read: it is not expanded in its own text. */
  inUse: u8;
}

const aliases = make<List>();

export function findAlias(name: usize): Alias | null {
  for (let i = 0; i < aliases.length; i++) {
    const each = changetype<Alias>(aliases.get(i));
    if (bytesEqual(each.name, name)) return each;
  }
  return null;
}

export function setAlias(name: usize, value: usize): void {
  const copy = mustAllocate(duplicateBytes(value));
  const known = findAlias(name);
  // The old text stays while it is being read.
  if (known && !known.inUse) free(known.value);
  const alias = known ? known : make<Alias>();
  alias.value = copy;
  alias.length = byteLength(copy);
  if (known) return;
  alias.name = mustAllocate(duplicateBytes(name));
  assert(aliases.append(changetype<usize>(alias)), 'out of memory');
  aliases.sort(compareAliases);
}

function compareAliases(a: usize, b: usize): i32 {
  return compareBytes(changetype<Alias>(a).name, changetype<Alias>(b).name);
}

export function removeAlias(name: usize): bool {
  for (let i = 0; i < aliases.length; i++) {
    if (!bytesEqual(changetype<Alias>(aliases.get(i)).name, name)) continue;
    aliases.removeAt(i);
    return true;
  }
  return false;
}

export function removeAliases(): void {
  aliases.length = 0;
}

export function aliasAt(index: i32): Alias | null {
  return index < aliases.length ? changetype<Alias>(aliases.get(index)) : null;
}
