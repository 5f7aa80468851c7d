// Shell variables and parameters. Exported variables live in the environment (lib/environment.ts), the others here.
//
// Rules: values are copied in; what variable() returns is valid until that variable changes.
// Source: POSIX 2.5 (parameters and variables).

import { bytesEqual, duplicateBytes } from '../lib/bytes';
import { environmentVector, getEnvironment, setEnvironmentVariable } from '../lib/environment';
import { unsetEnvironmentVariable } from '../lib/environment';
import { free, make, mustAllocate } from '../lib/malloc';
import { stdout, Stream } from '../lib/stream';

@unmanaged
@final
class Variable {
  next: Variable | null;
  name: usize;
  value: usize;
}

let first: Variable | null = null;

/** The value, 0 when the variable is not set. */
export function variable(name: usize): usize {
  const own = find(name);
  return own ? own.value : getEnvironment(name);
}

/** Sets a variable; one that is exported stays so. 0 or negative errno. */
export function setVariable(name: usize, value: usize): i32 {
  if (getEnvironment(name)) return setEnvironmentVariable(name, value);
  const own = find(name);
  if (own) {
    const copy = mustAllocate(duplicateBytes(value));
    free(own.value);
    own.value = copy;
    return 0;
  }
  const made = make<Variable>();
  made.name = mustAllocate(duplicateBytes(name));
  made.value = mustAllocate(duplicateBytes(value));
  made.next = first;
  first = made;
  return 0;
}

/** Moves a variable into the environment; nothing happens when it is not set. 0 or negative errno. */
export function exportVariable(name: usize): i32 {
  const own = find(name);
  if (!own) return 0;
  const error = setEnvironmentVariable(name, own.value);
  if (error == 0) forget(name);
  return error;
}

export function unsetVariable(name: usize): void {
  forget(name);
  unsetEnvironmentVariable(name);
}

/** Prints every variable as an assignment that the shell could read again. */
export function printVariables(): void {
  for (let at = environmentVector(); load<usize>(at); at += 8) printAssignment(load<usize>(at));
  let own = first;
  while (own) {
    printQuoted(stdout.bytes(own.name).byte(0x3d), own.value);
    own = own.next;
  }
}

/** `export NAME='value'` for every exported variable. */
export function printExported(): void {
  for (let at = environmentVector(); load<usize>(at); at += 8) {
    stdout.text('export ');
    printAssignment(load<usize>(at));
  }
}

function printAssignment(entry: usize): void {
  while (load<u8>(entry) && load<u8>(entry) != 0x3d) stdout.byte(load<u8>(entry++));
  printQuoted(stdout.byte(0x3d), load<u8>(entry) ? entry + 1 : entry);
}

function printQuoted(out: Stream, value: usize): void {
  out.byte(0x27);
  for (; load<u8>(value); value++) {
    if (load<u8>(value) == 0x27) out.text("'\\''");
    else out.byte(load<u8>(value));
  }
  out.byte(0x27).newline();
}

function find(name: usize): Variable | null {
  let own = first;
  while (own && !bytesEqual(own.name, name)) own = own.next;
  return own;
}

function forget(name: usize): void {
  let previous: Variable | null = null;
  let own = first;
  while (own && !bytesEqual(own.name, name)) {
    previous = own;
    own = own.next;
  }
  if (!own) return;
  if (previous) previous.next = own.next;
  else first = own.next;
  free(own.name);
  free(own.value);
  free(changetype<usize>(own));
}
