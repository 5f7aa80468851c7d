// Shell variables. Source: POSIX 2.5.3, export, readonly, unset.
//
// Rules: a Variable is made when its name is first seen and stays for ever, so that trees can point at it; it is set
// when `value` is not 0. Values are copied in; what is read is valid until the variable changes. setVariable() reports
// a read-only variable itself.

import { byteLength, compareBytes, findByte } from '../lib/bytes';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, malloc, mustAllocate, usableSize } from '../lib/malloc';
import { stdout, Stream } from '../lib/stream';
import { lineNumber, Option, option } from './state';
import { shellError } from './error';

export const enum Flag {
  exported = 1,
  readOnly = 2,
  /** Its value is made when it is read: LINENO. */
  computed = 4,
  /** Something depends on it: onChange. */
  watched = 8,
}

@unmanaged
@final
export class Variable {
  next: Variable | null;
  /** Byte string, never freed. */
  name: usize;
  /** Byte string, 0 when not set. */
  value: usize;
  flags: u32;
  hash: u32;
  /** Called after a change (Flag.watched). */
  onChange: u32;
}

const BUCKETS: u32 = 256;
const buckets = memory.data(2048, 8);
let environment: usize = 0;
let environmentFor: i32 = -1;
/** Counts changes of exported variables. */
let generation: i32 = 0;
const lineText = memory.data(16);

/** The variable whose name is `length` bytes at `name`; made when there is none. */
export function findVariable(name: usize, length: usize): Variable {
  let hash: u32 = 0;
  for (let i: usize = 0; i < length; i++) hash = hash * 31 + load<u8>(name + i);
  const bucket = buckets + <usize>(hash & (BUCKETS - 1)) * 8;
  let each = load<Variable | null>(bucket);
  while (each) {
    if (each.hash == hash && memory.compare(each.name, name, length) == 0 && !load<u8>(each.name + length))
      return each;
    each = each.next;
  }
  const fresh = make<Variable>();
  fresh.name = mustAllocate(malloc(length + 1));
  memory.copy(fresh.name, name, length);
  store<u8>(fresh.name + length, 0);
  fresh.hash = hash;
  fresh.next = load<Variable | null>(bucket);
  store<Variable>(bucket, fresh);
  return fresh;
}

export function variableNamed(name: usize): Variable {
  return findVariable(name, byteLength(name));
}

/** For the shell's own use: variable('PATH'). */
export function named(name: string): Variable {
  const at = literal(name);
  return findVariable(at, byteLength(at));
}

/** The value, 0 when the variable is not set. */
export function valueOf(variable: Variable): usize {
  if (!(variable.flags & Flag.computed)) return variable.value;
  let at = lineText + 15;
  let rest = lineNumber;
  do {
    store<u8>(--at, <u8>(0x30 + (rest % 10)));
    rest /= 10;
  } while (rest);
  return at;
}

/** Sets the variable to a copy of `length` bytes. False after a message. */
export function setVariableRange(variable: Variable, from: usize, length: usize): bool {
  if (variable.flags & (Flag.readOnly | Flag.computed)) {
    if (variable.flags & Flag.readOnly) {
      shellError(variable.name, 'is read only');
      return false;
    }
    variable.flags &= ~Flag.computed;
  }
  let value = variable.value;
  if (!value || usableSize(value) <= length) {
    const fresh = mustAllocate(malloc(length + 1));
    memory.copy(fresh, from, length);
    free(value);
    value = fresh;
    variable.value = fresh;
  } else memory.copy(value, from, length);
  store<u8>(value + length, 0);
  if (option(Option.allexport)) variable.flags |= Flag.exported;
  if (variable.flags & (Flag.exported | Flag.watched)) changed(variable);
  return true;
}

function changed(variable: Variable): void {
  generation++;
  if (variable.flags & Flag.watched) call_indirect<void>(variable.onChange);
}

export function setVariable(variable: Variable, value: usize): bool {
  return setVariableRange(variable, value, byteLength(value));
}

/** False after a message. */
export function unsetVariable(variable: Variable): bool {
  if (variable.flags & Flag.readOnly) {
    shellError(variable.name, 'is read only');
    return false;
  }
  free(variable.value);
  variable.value = 0;
  variable.flags &= Flag.watched;
  changed(variable);
  return true;
}

export function exportVariable(variable: Variable): void {
  variable.flags |= Flag.exported;
  generation++;
}

/** `change` is called whenever the variable changes. */
export function watchVariable(variable: Variable, change: () => void): void {
  variable.flags |= Flag.watched;
  variable.onChange = <u32>change.index;
}

/** A variable's value and flags, to be put back: for `local` and for assignments before a builtin. */
@unmanaged
@final
export class SavedVariable {
  next: SavedVariable | null;
  variable: Variable;
  value: usize;
  flags: u32;
}

/** Takes the value out of the variable, which is then not set but keeps a copy of the value when `copies`. */
export function saveVariable(variable: Variable, to: SavedVariable, copies: bool): void {
  to.variable = variable;
  to.value = variable.value;
  to.flags = variable.flags;
  variable.value = 0;
  if (!copies || !to.value) return;
  const length = byteLength(to.value);
  variable.value = mustAllocate(malloc(length + 1));
  memory.copy(variable.value, to.value, length + 1);
}

export function restoreVariable(from: SavedVariable): void {
  const variable = from.variable;
  free(variable.value);
  variable.value = from.value;
  variable.flags = from.flags;
  changed(variable);
}

/** Takes NAME=VALUE strings of the environment over; other strings are dropped. */
export function importEnvironment(vector: usize): void {
  for (let at = vector; load<usize>(at); at += 8) {
    const text = load<usize>(at);
    const equals = findByte(text, 0x3d);
    if (!equals || !isNameRange(text, equals)) continue;
    const variable = findVariable(text, equals - text);
    setVariable(variable, equals + 1);
    variable.flags |= Flag.exported;
  }
}

function isNameRange(from: usize, to: usize): bool {
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    const lower = byte | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39;
    if (byte != 0x5f && !(lower >= 0x61 && lower <= 0x7a) && !(digit && at > from)) return false;
  }
  return to > from;
}

/** The exported variables as NAME=VALUE strings for exec; valid until one changes. */
export function environmentVector(): usize {
  if (environmentFor == generation) return environment;
  if (environment) {
    for (let at = environment; load<usize>(at); at += 8) free(load<usize>(at));
    free(environment);
  }
  let count: usize = 0;
  for (let i: usize = 0; i < BUCKETS; i++) {
    let each = load<Variable | null>(buckets + (i << 3));
    for (; each; each = changetype<Variable>(each).next)
      if (each.value && each.flags & Flag.exported) count++;
  }
  environment = mustAllocate(malloc((count + 1) << 3));
  let at = environment;
  for (let i: usize = 0; i < BUCKETS; i++) {
    let each = load<Variable | null>(buckets + (i << 3));
    for (; each; each = changetype<Variable>(each).next) {
      if (!each.value || !(each.flags & Flag.exported)) continue;
      const nameLength = byteLength(each.name);
      const valueLength = byteLength(each.value);
      const text = mustAllocate(malloc(nameLength + valueLength + 2));
      memory.copy(text, each.name, nameLength);
      store<u8>(text + nameLength, 0x3d);
      memory.copy(text + nameLength + 1, each.value, valueLength + 1);
      store<usize>(at, text);
      at += 8;
    }
  }
  store<usize>(at, 0);
  environmentFor = generation;
  return environment;
}

function compareVariables(a: usize, b: usize): i32 {
  return compareBytes(changetype<Variable>(a).name, changetype<Variable>(b).name);
}

/** All variables that are set or have one of the flags, sorted; the list is the caller's. */
export function listVariables(flags: u32): List {
  const list = make<List>();
  for (let i: usize = 0; i < BUCKETS; i++) {
    let each = load<Variable | null>(buckets + (i << 3));
    for (; each; each = changetype<Variable>(each).next) {
      const wanted = flags ? (each.flags & flags) != 0 : each.value != 0;
      if (wanted) assert(list.append(changetype<usize>(each)), 'out of memory');
    }
  }
  list.sort(compareVariables);
  return list;
}

/** The value in a form that the shell reads back. */
export function writeQuoted(out: Stream, value: usize): void {
  out.byte(0x27);
  for (; load<u8>(value); value++) {
    if (load<u8>(value) == 0x27) out.text("'\\''");
    else out.byte(load<u8>(value));
  }
  out.byte(0x27);
}

/** For `set`, `export -p`, `readonly -p`: each variable after `prefix`. */
export function printVariables(flags: u32, prefix: string): void {
  const list = listVariables(flags);
  for (let i = 0; i < list.length; i++) {
    const variable = changetype<Variable>(list.get(i));
    stdout.text(prefix).bytes(variable.name);
    const value = valueOf(variable);
    if (value) {
      stdout.byte(0x3d);
      writeQuoted(stdout, value);
    }
    stdout.newline();
  }
  free(list.values);
  free(changetype<usize>(list));
}

/** Whether a byte string is the name of a variable. */
export function isName(at: usize): bool {
  return isNameRange(at, at + byteLength(at));
}
