// What a command name means: a function, a builtin, a program along PATH. Source: POSIX 2.9.1.1, hash.
//
// Rules: a Command is made when its name is first seen and stays. commandPath() searches PATH and remembers.

import { Buffer } from '../lib/buffer';
import { byteLength, duplicateBytes, findByte } from '../lib/bytes';
import { arenaRelease } from '../lib/arena';
import { access, Access } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { isDirectory, isRegular } from '../lib/stat';
import { stdout } from '../lib/stream';
import { Node } from './ast';
import { named, valueOf, watchVariable } from './variables';

@unmanaged
@final
export class Command {
  next: Command | null;
  name: usize;
  hash: u32;
  /** Number of the builtin, -1 when it is none. */
  builtin: i32;
  /** The definition of the function of this name. */
  definition: Node | null;
  /** Where the program is, 0 when it has not been looked for. */
  path: usize;
  uses: i32;
}

const BUCKETS: u32 = 256;
const buckets = memory.data(2048, 8);
const candidate = make<Buffer>();

export function findCommand(name: usize): Command {
  let hash: u32 = 0;
  for (let at = name; load<u8>(at); at++) hash = hash * 31 + load<u8>(at);
  const bucket = buckets + <usize>(hash & (BUCKETS - 1)) * 8;
  const length = byteLength(name) + 1;
  let each = load<Command | null>(bucket);
  while (each) {
    if (each.hash == hash && memory.compare(each.name, name, length) == 0) return each;
    each = each.next;
  }
  const fresh = make<Command>();
  fresh.name = mustAllocate(duplicateBytes(name));
  fresh.hash = hash;
  fresh.builtin = -1;
  fresh.next = load<Command | null>(bucket);
  store<Command>(bucket, fresh);
  return fresh;
}

/** All commands known so far, for hash and completion; the list is the caller's. */
export function knownCommands(): List {
  const list = make<List>();
  for (let i: usize = 0; i < BUCKETS; i++) {
    let each = load<Command | null>(buckets + (i << 3));
    for (; each; each = changetype<Command>(each).next)
      assert(list.append(changetype<usize>(each)), 'out of memory');
  }
  return list;
}

/** Called once. */
export function startCommands(): void {
  watchVariable(named('PATH'), forgetPaths);
}

/** `hash -r`, and when PATH changes. */
export function forgetPaths(): void {
  for (let i: usize = 0; i < BUCKETS; i++) {
    let each = load<Command | null>(buckets + (i << 3));
    for (; each; each = changetype<Command>(each).next) {
      free(each.path);
      each.path = 0;
      each.uses = 0;
    }
  }
}

/** `hash` without operands. */
export function printPaths(): void {
  for (let i: usize = 0; i < BUCKETS; i++) {
    let each = load<Command | null>(buckets + (i << 3));
    for (; each; each = changetype<Command>(each).next) if (each.path) stdout.bytes(each.path).newline();
  }
}

/** Makes the node the function of this name. */
export function defineFunction(name: usize, node: Node): void {
  const command = findCommand(name);
  node.arena.references++;
  removeFunction(command);
  command.definition = node;
}

export function removeFunction(command: Command): void {
  const node = command.definition;
  command.definition = null;
  if (node) arenaRelease(node.arena);
}

/** The path that the name would run, 0 when there is none; it stays the command's own. */
export function commandPath(command: Command): usize {
  command.uses++;
  if (command.path) return command.path;
  command.path = searchPath(command.name, pathList());
  return command.path;
}

/** Searches the directories of `path` for a program, or failing that for a file; the caller frees the result. */
export function searchPath(name: usize, path: usize): usize {
  if (findByte(name, 0x2f)) return duplicateBytes(name);
  let unusable: usize = 0;
  for (let at = path; at; at = nextInPath(at)) {
    candidate.clear();
    appendDirectory(at, candidate);
    candidate.bytes(name);
    if (access(candidate.at, Access.execute) == 0 && !isDirectory(candidate.at)) {
      free(unusable);
      return duplicateBytes(candidate.at);
    }
    if (!unusable && isRegular(candidate.at)) unusable = mustAllocate(duplicateBytes(candidate.at));
  }
  return unusable;
}

/** The first directory of PATH, for nextInPath() and appendDirectory(). */
export function pathList(): usize {
  const path = valueOf(named('PATH'));
  return path ? path : literal('/bin');
}

/** The directory after this one, 0 at the end. */
export function nextInPath(at: usize): usize {
  while (load<u8>(at) && load<u8>(at) != 0x3a) at++;
  return load<u8>(at) ? at + 1 : 0;
}

/** The directory with a slash behind it; an empty one is the working directory. */
export function appendDirectory(at: usize, to: Buffer): void {
  const start = to.length;
  for (; load<u8>(at) && load<u8>(at) != 0x3a; at++) to.byte(load<u8>(at));
  if (to.length == start) to.byte(0x2e);
  if (load<u8>(to.at + to.length - 1) != 0x2f) to.byte(0x2f);
}
