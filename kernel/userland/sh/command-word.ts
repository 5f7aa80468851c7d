// Where a command's first word may stand: reserved words and aliases. Source: POSIX 2.3.1 (alias substitution), 2.4.

import { Alias, findAlias } from './alias';
import { forgetToken, peekToken, tokenWord } from './lexer';
import { Reserved, reservedWord } from './reserved';
import { pushAlias } from './source';
import { Token } from './token';

/** The alias whose text ended with a blank: the word behind it is looked up as well. */
export let trailing: Alias | null = null;

export function setTrailing(alias: Alias | null): void {
  trailing = alias;
}

/** The reserved word that stands next, after aliases have been expanded. */
export function nextReserved(): i32 {
  while (peekToken() == Token.word) {
    const reserved = reservedWord(tokenWord);
    if (reserved != Reserved.none) return reserved;
    if (!expandAlias()) return Reserved.none;
  }
  return Reserved.none;
}

/** Puts the text of an alias in place of the word that stands next. */
function expandAlias(): bool {
  if (!tokenWord.plain) return false;
  const alias = findAlias(tokenWord.plain);
  if (!alias || alias.inUse) return false;
  alias.inUse = 1;
  forgetToken();
  pushAlias(alias.value, alias.length, changetype<usize>(alias) + offsetof<Alias>('inUse'));
  const last: u8 = alias.length ? load<u8>(alias.value + alias.length - 1) : 0;
  trailing = last == 0x20 || last == 0x09 ? alias : null;
  return true;
}

/** The word behind an alias that ended with a blank may be an alias as well. */
export function expandTrailing(): void {
  while (peekToken() == Token.word) {
    const alias = trailing;
    if (!alias || alias.inUse) return;
    trailing = null;
    if (!expandAlias()) return;
  }
}

/** After assignments or redirections the command's name is still to come: an alias perhaps. */
export function nextReservedAlias(): void {
  while (peekToken() == Token.word && reservedWord(tokenWord) == Reserved.none && expandAlias()) continue;
}
