// Passwords: SHA-512 crypt, `$6$[rounds=N$]SALT$HASH`.
//
// Rules: results of cryptPassword() are malloc'ed byte strings. Source: U. Drepper, "Unix crypt using SHA-256 and SHA-512"
// (public domain), version 0.6.

import { byteLength, bytesEqual, bytesStartWith, findByte } from './bytes';
import { free, malloc, mustAllocate } from './malloc';
import { parsed, scanDigits } from './number';
import { snprintf } from './printf';
import { SHA512_BYTES, sha512Add, sha512Finish, sha512Start } from './sha';
import { Sys, syscall } from './syscall';

const DEFAULT_ROUNDS: i64 = 5000;
const LEAST_ROUNDS: i64 = 1000;
const MOST_ROUNDS: i64 = 999999999;
const LONGEST_SALT: usize = 16;
const LONGEST_PASSWORD: usize = 256;
const RESULT_BYTES: usize = 128;

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digestA = memory.data(64, 8);
const digestB = memory.data(64, 8);
const bytesP = memory.data(256, 8);
const bytesS = memory.data(64, 8);

function addRepeated(from: usize, size: usize): void {
  let rest = size;
  for (; rest > SHA512_BYTES; rest -= SHA512_BYTES) sha512Add(from, SHA512_BYTES);
  sha512Add(from, rest);
}

/** Fills `size` bytes with a digest, over and over. */
function spread(digest: usize, to: usize, size: usize): void {
  for (let i: usize = 0; i < size; i++) store<u8>(to + i, load<u8>(digest + (i & 63)));
}

function first(key: usize, keySize: usize, salt: usize, saltSize: usize): void {
  sha512Start();
  sha512Add(key, keySize);
  sha512Add(salt, saltSize);
  sha512Add(key, keySize);
  sha512Finish(digestB);
  sha512Start();
  sha512Add(key, keySize);
  sha512Add(salt, saltSize);
  addRepeated(digestB, keySize);
  for (let bits = keySize; bits > 0; bits >>= 1) {
    if (bits & 1) sha512Add(digestB, SHA512_BYTES);
    else sha512Add(key, keySize);
  }
  sha512Finish(digestA);
}

function rounds(keySize: usize, saltSize: usize, count: i64): void {
  for (let i: i64 = 0; i < count; i++) {
    sha512Start();
    if (i & 1) sha512Add(bytesP, keySize);
    else sha512Add(digestA, SHA512_BYTES);
    if (i % 3) sha512Add(bytesS, saltSize);
    if (i % 7) sha512Add(bytesP, keySize);
    if (i & 1) sha512Add(digestA, SHA512_BYTES);
    else sha512Add(bytesP, keySize);
    sha512Finish(digestA);
  }
}

function encode(to: usize, a: u32, b: u32, c: u32, count: i32): usize {
  let bits = (a << 16) | (b << 8) | c;
  for (let i = 0; i < count; i++) {
    store<u8>(to++, <u8>alphabet.charCodeAt(bits & 63));
    bits >>= 6;
  }
  return to;
}

function encodeAll(to: usize): usize {
  let x: usize = 0;
  let y: usize = 21;
  let z: usize = 42;
  for (let i = 0; i < 21; i++) {
    to = encode(to, load<u8>(digestA + x), load<u8>(digestA + y), load<u8>(digestA + z), 4);
    const next = y + 1;
    y = z + 1;
    z = x + 1;
    x = next;
  }
  return encode(to, 0, 0, load<u8>(digestA + 63), 2);
}

/** `password` by the settings of `setting`, a `$6$` hash or its beginning; 0 when it is none or the password is too long. */
export function cryptPassword(password: usize, setting: usize): usize {
  const keySize = byteLength(password);
  if (!bytesStartWith(setting, '$6$') || keySize > LONGEST_PASSWORD) return 0;
  let salt = setting + 3;
  let count = DEFAULT_ROUNDS;
  let custom = false;
  if (bytesStartWith(salt, 'rounds=')) {
    const end = scanDigits(salt + 7);
    if (load<u8>(end) != 0x24) return 0;
    count = min<i64>(max<i64>(parsed(), LEAST_ROUNDS), MOST_ROUNDS);
    custom = true;
    salt = end + 1;
  }
  const dollar = findByte(salt, 0x24);
  const saltSize = min<usize>(dollar ? dollar - salt : byteLength(salt), LONGEST_SALT);
  first(password, keySize, salt, saltSize);
  sha512Start();
  for (let i: usize = 0; i < keySize; i++) sha512Add(password, keySize);
  sha512Finish(digestB);
  spread(digestB, bytesP, keySize);
  sha512Start();
  const times = 16 + <usize>load<u8>(digestA);
  for (let i: usize = 0; i < times; i++) sha512Add(salt, saltSize);
  sha512Finish(digestB);
  spread(digestB, bytesS, saltSize);
  rounds(keySize, saltSize, count);
  const result = mustAllocate(malloc(RESULT_BYTES));
  let at = result + (custom ? <usize>snprintf(result, RESULT_BYTES, '$6$rounds=%d$', count) : 3);
  if (!custom) snprintf(result, RESULT_BYTES, '$6$');
  memory.copy(at, salt, saltSize);
  at += saltSize;
  store<u8>(at++, 0x24);
  store<u8>(encodeAll(at), 0);
  return result;
}

/** Whether `password` is the one that `stored` (a field of the password file) was made from. */
export function passwordMatches(password: usize, stored: usize): bool {
  const made = cryptPassword(password, stored);
  if (!made) return false;
  const same = bytesEqual(made, stored);
  free(made);
  return same;
}

/** A new hash with a random salt, malloc'ed. */
export function hashPassword(password: usize): usize {
  const setting = memory.data(32);
  const random = memory.data(16);
  syscall(Sys.getrandom, random, 16, 0);
  store<u32>(setting, 0x243624);
  for (let i: usize = 0; i < 16; i++) {
    store<u8>(setting + 3 + i, <u8>alphabet.charCodeAt(load<u8>(random + i) & 63));
  }
  store<u8>(setting, 0, 19);
  return cryptPassword(password, setting);
}
