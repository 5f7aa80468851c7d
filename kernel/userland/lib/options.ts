// Option parsing, one call an option, and --help in every program.
//
//   permuteOperands();                      // only for programs whose options may stand behind operands
//   for (let option = nextOption('al', HELP); option != END; option = nextOption('al', HELP)) { … }
//   for (let i = operandIndex(); i < argumentCount(); i++) …
//
// Rules: options end at the first operand, at `--`, and a lone `-` is an operand (POSIX utility syntax guidelines 3–10).
// A letter followed by `:` takes an argument, one followed by `?` may have one in the same word (optionArgument() is 0
// without). BAD means that a message has been printed: return the usage status.
// `--help` prints HELP on stdout and ends the program with 0.
// `long` names long options, separated by spaces: `all=a` is another name of -a, `bytes=c:` takes an argument
// (`--bytes=3`, `--bytes 3`), `color=C?` an optional one (`--color=never`; optionArgument() is 0 without). What stands
// behind `=` is the result of nextOption(), whether or not it is among `letters`. Unambiguous beginnings will do.

import { argument, argumentCount, setArgument } from './arguments';
import { bytesAre } from './bytes';
import { exit } from './exit';
import { message, suggestHelp } from './report';
import { stdout } from './stream';

export const END: i32 = -1;
export const BAD: i32 = 0x3f;

let index: i32 = 1;
/** Within a group of letters such as -la; 0 between arguments. */
let inGroup: usize = 0;
let optionValue: usize = 0;
let permute = false;
/** Operands that options were found behind; they are kept in the arguments 1 to `operands`, which are done with. */
let operands: i32 = 0;
let ended = false;

/** Lets options stand behind operands, as users of the GNU utilities expect: `ls /bin -l`. */
export function permuteOperands(): void {
  permute = true;
}

/** The next option's letter, END or BAD. */
export function nextOption(letters: string, help: string, long: string = ''): i32 {
  while (!inGroup || !load<u8>(inGroup)) {
    const word = argument(index);
    inGroup = 0;
    if (!word || ended) return finish();
    if (load<u8>(word) != 0x2d || !load<u8>(word, 1)) {
      if (!permute) return finish();
      setArgument(++operands, word);
      index++;
      continue;
    }
    index++;
    if (load<u8>(word, 1) != 0x2d) inGroup = word + 1;
    else if (load<u8>(word, 2)) return longOption(word, help, long);
    else return finish();
  }
  const letter = load<u8>(inGroup++);
  const takesValue = kindOf(letters, letter);
  if (takesValue < 0) {
    message().text("invalid option -- '").byte(letter).text("'").newline();
    suggestHelp();
    return BAD;
  }
  if (takesValue == 2) {
    optionValue = load<u8>(inGroup) ? inGroup : 0;
    inGroup = 0;
  } else if (takesValue) {
    optionValue = load<u8>(inGroup) ? inGroup : argument(index++);
    inGroup = 0;
    if (!optionValue) {
      message().text("option requires an argument -- '").byte(letter).text("'").newline();
      suggestHelp();
      return BAD;
    }
  }
  return letter;
}

/** The argument of the option returned last. */
export function optionArgument(): usize {
  return optionValue;
}

/** The index of the first operand, once nextOption() has returned END. */
export function operandIndex(): i32 {
  return index;
}

/** How many operands there are, once nextOption() has returned END. */
export function operandCount(): i32 {
  return max<i32>(argumentCount() - index, 0);
}

/** For a program without options: END, or BAD when a message has been printed. */
export function onlyOperands(help: string): i32 {
  return nextOption('', help);
}

/** Puts the operands that were passed over before those that are left. */
function finish(): i32 {
  ended = true;
  for (; operands; operands--) setArgument(--index, argument(operands));
  return END;
}

/** `--help`, and what `long` lists. */
function longOption(word: usize, help: string, long: string): i32 {
  if (bytesAre(word, '--help')) {
    stdout.text(help);
    exit(0);
  }
  const name = word + 2;
  let size: usize = 0;
  while (load<u8>(name + size) && load<u8>(name + size) != 0x3d) size++;
  let found: i32 = -1;
  let candidates = 0;
  for (let i = 0, length = long.length; i < length; i++) {
    let matched: usize = 0;
    while (matched < size && i < length && <u16>load<u8>(name + matched) == <u16>long.charCodeAt(i)) {
      matched++;
      i++;
    }
    const whole = matched == size && i < length && long.charCodeAt(i) == 0x3d;
    while (i < length && long.charCodeAt(i) != 0x3d) i++;
    if (matched == size) {
      if (whole || !candidates || long.charCodeAt(i + 1) != long.charCodeAt(found)) candidates++;
      found = i + 1;
      if (whole) {
        candidates = 1;
        break;
      }
    }
    while (i < length && long.charCodeAt(i) != 0x20) i++;
  }
  if (candidates != 1) {
    message()
      .text(candidates ? "ambiguous option '" : "unrecognized option '")
      .bytes(word)
      .text("'")
      .newline();
    suggestHelp();
    return BAD;
  }
  const kind = found + 1 < long.length ? long.charCodeAt(found + 1) : 0;
  const value = load<u8>(name + size) ? name + size + 1 : 0;
  if (value && kind != 0x3a && kind != 0x3f) return complain(name, size, ' allows no argument');
  optionValue = value;
  if (kind == 0x3a && !value) {
    optionValue = argument(index++);
    if (!optionValue) return complain(name, size, ' requires an argument');
  }
  return long.charCodeAt(found);
}

function complain(name: usize, size: usize, what: string): i32 {
  message().text("option '--").range(name, size).text("'").text(what).newline();
  suggestHelp();
  return BAD;
}

/** 2: may take an argument, 1: takes one, 0: does not, -1: unknown. */
function kindOf(letters: string, letter: u8): i32 {
  if (letter == 0x3a || letter == 0x3f) return -1;
  for (let i = 0, length = letters.length; i < length; i++) {
    if (<u8>letters.charCodeAt(i) != letter) continue;
    const mark = i + 1 < length ? letters.charCodeAt(i + 1) : 0;
    return mark == 0x3a ? 1 : mark == 0x3f ? 2 : 0;
  }
  return -1;
}
