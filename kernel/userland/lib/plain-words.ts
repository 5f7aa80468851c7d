// For programs whose words are no options: echo, expr, printf, test.

import { argument, argumentCount, argumentVector } from './arguments';
import { bytesAre } from './bytes';
import { List } from './list';
import { make } from './malloc';
import { stdout } from './stream';

/** Whether --help is the only word: then it has been obeyed. */
export function helpAlone(help: string): bool {
  if (argumentCount() != 2 || !bytesAre(argument(1), '--help')) return false;
  stdout.text(help);
  return true;
}

/** The words, the program's name first; the list is not to be changed. */
export function plainWords(): List {
  const words = make<List>();
  words.values = argumentVector(0);
  words.length = argumentCount();
  return words;
}
