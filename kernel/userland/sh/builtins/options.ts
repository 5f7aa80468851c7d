// Builtins on options, parameters and traps: set, getopts, trap. Source: POSIX 2.14 set, trap; getopts.

import { byteLength, bytesAre, duplicateBytes } from '../../lib/bytes';
import { freeListDeep, List } from '../../lib/list';
import { literal } from '../../lib/literal';
import { free, make, mustAllocate } from '../../lib/malloc';
import { parseInteger, parsed } from '../../lib/number';
import { snprintf } from '../../lib/printf';
import { parseSignal, SIGNAL_COUNT, signalName } from '../../lib/signal';
import { stderr, stdout } from '../../lib/stream';
import { fatal, shellMessage } from '../error';
import { startJobControl, stopJobControl } from '../jobs';
import {
  Option,
  OPTION_COUNT,
  OPTION_LETTERS,
  option,
  optionName,
  parameters,
  setOption,
  shellName,
  swapParameters,
} from '../state';
import { stackCopy } from '../stack';
import { setTrap, trapAction } from '../traps';
import {
  isName,
  named,
  printVariables,
  setVariable,
  unsetVariable,
  valueOf,
  variableNamed,
  watchVariable,
  writeQuoted,
} from '../variables';

/** Sets an option by its letter; false when there is none. */
export function setLetter(letter: u8, on: bool): bool {
  for (let i = 0; i < OPTION_COUNT; i++) {
    if (letter == 0x20 || <u8>OPTION_LETTERS.charCodeAt(i) != letter) continue;
    changeOption(i, on);
    return true;
  }
  return false;
}

function changeOption(number: i32, on: bool): void {
  if (number == Option.monitor && on != option(Option.monitor)) {
    if (!on) stopJobControl();
    else if (!startJobControl()) setOption(Option.monitor, true);
    return;
  }
  if (number == Option.vi && on) setOption(Option.emacs, false);
  if (number == Option.emacs && on) setOption(Option.vi, false);
  setOption(number, on);
}

/** Sets an option by its name; false when there is none. */
export function setNamed(word: usize, on: bool): bool {
  const name = memory.data(32);
  for (let i = 0; i < OPTION_COUNT; i++) {
    optionName(i, name);
    if (!sameName(word, name)) continue;
    changeOption(i, on);
    return true;
  }
  return false;
}

function sameName(a: usize, b: usize): bool {
  while (load<u8>(a) && load<u8>(a) == load<u8>(b)) {
    a++;
    b++;
  }
  return load<u8>(a) == load<u8>(b);
}

function printOptions(asCommands: bool): void {
  const name = memory.data(32);
  if (!asCommands) stdout.text('Current option settings\n');
  for (let i = 0; i < OPTION_COUNT; i++) {
    optionName(i, name);
    const on = option(i);
    if (asCommands)
      stdout
        .text(on ? 'set -o ' : 'set +o ')
        .bytes(name)
        .newline();
    else
      stdout
        .bytes(name)
        .fill(0x20, 16 - <i64>byteLength(name))
        .text(on ? 'on' : 'off')
        .newline();
  }
}

/** Makes copies of values[from…] the positional parameters. */
export function setParameters(values: List, from: i32): void {
  const fresh = make<List>();
  for (let i = from; i < values.length; i++) {
    assert(fresh.append(mustAllocate(duplicateBytes(values.get(i)))), 'out of memory');
  }
  // A list without capacity is a view of a function's words: not ours to free.
  if (!parameters.capacity) {
    if (!fresh.capacity) fresh.capacity = 0;
    parameters.values = fresh.values;
    parameters.length = fresh.length;
    parameters.capacity = fresh.capacity;
    free(changetype<usize>(fresh));
    return;
  }
  const before = swapParameters(fresh);
  const keep = changetype<usize>(before);
  freeListDeep(before);
  before.values = fresh.values;
  before.length = fresh.length;
  before.capacity = fresh.capacity;
  swapParameters(changetype<List>(keep));
  free(changetype<usize>(fresh));
}

export function set(words: List): i32 {
  if (words.length == 1) {
    printVariables(0, '');
    return 0;
  }
  let i = 1;
  let gives = false;
  for (; i < words.length; i++) {
    const word = words.get(i);
    const sign = load<u8>(word);
    if ((sign != 0x2d && sign != 0x2b) || !load<u8>(word, 1)) {
      // A lone - or + : - ends the options and turns x and v off (historical).
      if (sign == 0x2d) {
        setOption(Option.xtrace, false);
        setOption(Option.verbose, false);
        i++;
        gives = i < words.length;
      }
      break;
    }
    if (bytesAre(word, '--')) {
      i++;
      gives = true;
      break;
    }
    const on = sign == 0x2d;
    for (let at = word + 1; load<u8>(at); at++) {
      if (load<u8>(at) == 0x6f) {
        if (i + 1 >= words.length) {
          printOptions(!on);
          return 0;
        }
        if (!setNamed(words.get(++i), on)) {
          shellMessage().text('Illegal option ').byte(sign).text('o ').bytes(words.get(i)).newline();
          fatal(2);
          return 2;
        }
      } else if (!setLetter(load<u8>(at), on)) {
        shellMessage().text('Illegal option ').byte(sign).byte(load<u8>(at)).newline();
        fatal(2);
        return 2;
      }
    }
  }
  if (gives || i < words.length) setParameters(words, i);
  return 0;
}

// getopts.

/** Within a group of letters such as -la: which one is next; 0 at the begin of a word. */
let inWord: usize = 0;
let setting = false;

function optionIndexChanged(): void {
  if (!setting) inWord = 0;
}

/** Called once. */
export function startGetopts(): void {
  setVariable(named('OPTIND'), literal('1'));
  watchVariable(named('OPTIND'), optionIndexChanged);
}

function setText(name: string, value: usize): void {
  setting = true;
  setVariable(named(name), value);
  setting = false;
}

function setIndex(index: i32): void {
  const text = memory.data(16);
  snprintf(text, 16, '%d', index);
  setText('OPTIND', text);
}

function letterText(letter: u8): usize {
  const text = stackCopy(literal('?'), 1);
  store<u8>(text, letter);
  return text;
}

export function getopts(words: List): i32 {
  if (words.length < 3) {
    shellMessage().text('usage: getopts optstring var [arg...]').newline();
    return 2;
  }
  const letters = words.get(1);
  const name = words.get(2);
  if (!isName(name)) {
    shellMessage().bytes(name).text(': bad variable name').newline();
    return 2;
  }
  const result = variableNamed(name);
  const silent = load<u8>(letters) == 0x3a;
  const own = words.length > 3;
  const count = own ? words.length - 3 : parameters.length;
  const value = valueOf(named('OPTIND'));
  let index = value && parseInteger(value) && parsed() > 0 ? <i32>parsed() : 1;
  let word: usize = index <= count ? (own ? words.get(index + 2) : parameters.get(index - 1)) : 0;
  if (!inWord) {
    if (!word || load<u8>(word) != 0x2d || !load<u8>(word, 1)) return endOptions(index, result.name);
    if (bytesAre(word, '--')) return endOptions(index + 1, result.name);
    inWord = 1;
  }
  if (!word) return endOptions(index, result.name);
  const letter = load<u8>(word + inWord++);
  const more = load<u8>(word + inWord) != 0;
  const kind = optionKind(letters, letter);
  if (kind < 0) {
    advance(more, index);
    if (silent) setText('OPTARG', letterText(letter));
    else {
      unsetVariable(named('OPTARG'));
      complain('Illegal option -', letter);
    }
    setVariable(result, literal('?'));
    return 0;
  }
  if (!kind) {
    advance(more, index);
    unsetVariable(named('OPTARG'));
    setVariable(result, letterText(letter));
    return 0;
  }
  let argument: usize = 0;
  if (more) argument = word + inWord;
  else {
    index++;
    argument = index <= count ? (own ? words.get(index + 2) : parameters.get(index - 1)) : 0;
  }
  inWord = 0;
  setIndex(index + 1);
  if (!argument) {
    if (silent) {
      setText('OPTARG', letterText(letter));
      setVariable(result, literal(':'));
    } else {
      unsetVariable(named('OPTARG'));
      complain('No arg for -', letter);
      setVariable(result, literal('?'));
    }
    return 0;
  }
  setText('OPTARG', argument);
  setVariable(result, letterText(letter));
  return 0;
}

function complain(what: string, letter: u8): void {
  stdout.flush();
  stderr.bytes(shellName).text(': ').text(what).byte(letter).text(' option').newline();
}

function advance(more: bool, index: i32): void {
  if (more) {
    setIndex(index);
    return;
  }
  inWord = 0;
  setIndex(index + 1);
}

function endOptions(index: i32, name: usize): i32 {
  inWord = 0;
  setIndex(index);
  unsetVariable(named('OPTARG'));
  setVariable(variableNamed(name), literal('?'));
  return 1;
}

/** 1: takes an argument, 0: does not, -1: unknown. */
function optionKind(letters: usize, letter: u8): i32 {
  if (letter == 0x3a) return -1;
  for (let at = letters; load<u8>(at); at++) {
    if (load<u8>(at) == letter) return load<u8>(at, 1) == 0x3a ? 1 : 0;
  }
  return -1;
}

// trap.

export function trap(words: List): i32 {
  let first = words.length > 1 && bytesAre(words.get(1), '--') ? 2 : 1;
  if (words.length > first && bytesAre(words.get(first), '-l')) {
    for (let signal = 1; signal < SIGNAL_COUNT; signal++) stdout.text(signalName(signal)).newline();
    return 0;
  }
  if (words.length > first && bytesAre(words.get(first), '-p')) first++;
  if (words.length <= first) {
    for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
      const action = trapAction(signal);
      if (!action) continue;
      stdout.text('trap -- ');
      writeQuoted(stdout, action);
      stdout.byte(0x20);
      if (signal) stdout.text(signalName(signal));
      else stdout.text('EXIT');
      stdout.newline();
    }
    return 0;
  }
  let action: usize = words.get(first);
  let i = first + 1;
  // A number first, or one operand: all of them are signals that get their default again.
  if (words.length == first + 1 || isUnsigned(action)) {
    action = 0;
    i = first;
  } else if (bytesAre(action, '-')) action = 0;
  let status = 0;
  for (; i < words.length; i++) {
    const signal = parseSignal(words.get(i));
    if (signal < 0) {
      shellMessage().bytes(words.get(i)).text(': bad trap').newline();
      status = 1;
    } else setTrap(signal, action);
  }
  return status;
}

function isUnsigned(word: usize): bool {
  if (!load<u8>(word)) return false;
  for (; load<u8>(word); word++) if (load<u8>(word) < 0x30 || load<u8>(word) > 0x39) return false;
  return true;
}
