// Option parsing, one call an option, and --help in every program.
//
//   for (let option = nextOption('al', HELP); option != END; option = nextOption('al', HELP)) { … }
//   for (let i = operandIndex(); i < argumentCount(); i++) …
//
// Rules: options end at the first operand, at `--`, and a lone `-` is an operand (POSIX utility syntax guidelines 3–10).
// A letter followed by `:` takes an argument. BAD means that a message has been printed: return the usage status.
// `--help` prints HELP on stdout and ends the program with 0.

import { argument, argumentCount } from './arguments';
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

/** The next option's letter, END or BAD. */
export function nextOption(letters: string, help: string): i32 {
  if (!inGroup || !load<u8>(inGroup)) {
    const word = argument(index);
    inGroup = 0;
    if (!word || load<u8>(word) != 0x2d || !load<u8>(word, 1)) return END;
    index++;
    if (load<u8>(word, 1) == 0x2d) return longOption(word, help);
    inGroup = word + 1;
  }
  const letter = load<u8>(inGroup++);
  const takesValue = kindOf(letters, letter);
  if (takesValue < 0) {
    message().text("invalid option -- '").byte(letter).text("'").newline();
    suggestHelp();
    return BAD;
  }
  if (takesValue) {
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

/** `--` ends the options; `--help` is answered; there is no other. */
function longOption(word: usize, help: string): i32 {
  if (!load<u8>(word, 2)) return END;
  if (bytesAre(word, '--help')) {
    stdout.text(help);
    exit(0);
  }
  message().text("unrecognized option '").bytes(word).text("'").newline();
  suggestHelp();
  return BAD;
}

/** 1: takes an argument, 0: does not, -1: unknown. */
function kindOf(letters: string, letter: u8): i32 {
  for (let i = 0, length = letters.length; i < length; i++) {
    const unit = letters.charCodeAt(i);
    if (unit == letter && letter != 0x3a) return i + 1 < length && letters.charCodeAt(i + 1) == 0x3a ? 1 : 0;
  }
  return -1;
}
