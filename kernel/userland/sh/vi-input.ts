// What vi's commands are read from: the terminal, or keys that are played again by . and @.

import { Buffer } from '../lib/buffer';
import { make } from '../lib/malloc';
import { Key } from '../lib/keys';
import { readByte } from './keys';

/** Keys that come before those of the terminal, from `played` on. */
const queue = make<Buffer>();
let played: usize = 0;
/** The keys of the command that is being obeyed. */
const recorded = make<Buffer>();

/** The next byte, or Key.hangUp. */
export function nextKey(): i32 {
  if (played < queue.length) return load<u8>(queue.at + played++);
  const key = readByte();
  if (key < 0x100) recorded.byte(<u8>key);
  return key;
}

export function isPlaying(): bool {
  return played < queue.length;
}

/** These keys come next, before what is left of others. */
export function play(keys: usize, size: usize): void {
  queue.remove(0, played);
  played = 0;
  for (let i: usize = 0; i < size; i++) queue.insert(i, load<u8>(keys + i));
}

/** Nothing is played any longer. */
export function stopPlaying(): void {
  queue.clear();
  played = 0;
}

/** A command begins: this key and what is read from now on are its keys. */
export function startRecording(key: i32): void {
  recorded.clear();
  if (key < 0x100) recorded.byte(<u8>key);
}

/** Puts the keys since startRecording() into `to`. */
export function takeRecording(to: Buffer): void {
  to.clear();
  to.range(recorded.at, recorded.length);
}

/** Reads a character of one byte or several (UTF-8) as a byte string into `to`, 8 bytes; false for ESC and the like. */
export function readCharacter(to: usize): bool {
  let key = nextKey();
  if (key == 0x16)
    key = nextKey(); // ^V
  else if (key < 0x20) return false;
  if (key == Key.hangUp) return false;
  let size: usize = 0;
  let more = key >= 0xf0 ? 3 : key >= 0xe0 ? 2 : key >= 0xc0 ? 1 : 0;
  store<u8>(to + size++, <u8>key);
  for (; more; more--) {
    key = nextKey();
    if (key == Key.hangUp) return false;
    store<u8>(to + size++, <u8>key);
  }
  store<u8>(to + size, 0);
  return true;
}
