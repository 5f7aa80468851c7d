// SHA-1, SHA-224, SHA-256, SHA-384, SHA-512. Source: FIPS 180-4.
//
// The constants of SHA-2 are the first bits of the fractional parts of cube roots and square roots of primes; they are
// worked out here (4.2.2, 4.2.3, 5.3) by integer roots instead of being listed.

import { digestFile, finishDigest } from './hash';

const state = memory.data(64, 8);
const schedule = memory.data(640, 8);
const constants = memory.data(640, 8);
let ready = false;

export function sha1(fd: i32, to: usize): i64 {
  store<u32>(state, 0x67452301);
  store<u32>(state, 0xefcdab89, 4);
  store<u32>(state, 0x98badcfe, 8);
  store<u32>(state, 0x10325476, 12);
  store<u32>(state, 0xc3d2e1f0, 16);
  const error = digestFile(fd, 64, true, block1);
  for (let i: usize = 0; i < 20; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(state + i)));
  return error;
}

/** `bits` is 224 or 256. */
export function sha256(fd: i32, to: usize, bits: i32): i64 {
  prepare();
  for (let i = 0; i < 8; i++) {
    // 5.3.2: of SHA-224 the second 32 bits of the roots of the ninth to sixteenth primes.
    const root = squareRootFraction(primeAt(bits == 224 ? i + 8 : i));
    store<u32>(state + ((<usize>i) << 2), <u32>(bits == 224 ? root : root >> 32));
  }
  const error = digestFile(fd, 64, true, block256);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(state + i)));
  return error;
}

/** `bits` is 384 or 512. */
export function sha512(fd: i32, to: usize, bits: i32): i64 {
  prepare();
  for (let i = 0; i < 8; i++) {
    store<u64>(state + ((<usize>i) << 3), squareRootFraction(primeAt(bits == 384 ? i + 8 : i)));
  }
  const error = digestFile(fd, 128, true, block512);
  storeState512(to);
  return error;
}

function storeState512(to: usize): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(to + i, bswap<u64>(load<u64>(state + i)));
}

export const SHA512_BYTES: usize = 64;
const SHA512_BLOCK: usize = 128;
/** Of what sha512Add() got: a block that is not full, with room for the padding, and the count of all bytes. */
const partial = memory.data(256, 8);
let kept: usize = 0;
let total: u64 = 0;
/** The state before the first block. */
const initial512 = memory.data(64, 8);

/** SHA-512 of bytes in memory: this, any number of sha512Add(), sha512Finish(). There is one such digest at a time. */
export function sha512Start(): void {
  if (!load<u64>(initial512)) {
    prepare();
    for (let i = 0; i < 8; i++) store<u64>(initial512 + ((<usize>i) << 3), squareRootFraction(primeAt(i)));
  }
  memory.copy(state, initial512, 64);
  kept = 0;
  total = 0;
}

export function sha512Add(from: usize, size: usize): void {
  total += size;
  while (size) {
    const n = min<usize>(size, SHA512_BLOCK - kept);
    memory.copy(partial + kept, from, n);
    kept += n;
    from += n;
    size -= n;
    if (kept < SHA512_BLOCK) return;
    block512(partial);
    kept = 0;
  }
}

/** Stores SHA512_BYTES at `to`. */
export function sha512Finish(to: usize): void {
  finishDigest(partial, kept, SHA512_BLOCK, true, total, block512);
  storeState512(to);
}

function primeAt(index: i32): u64 {
  let n: u64 = 1;
  for (let found = -1; found < index;) {
    n++;
    let divides = false;
    for (let d: u64 = 2; d * d <= n; d++) if (n % d == 0) divides = true;
    if (!divides) found++;
  }
  return n;
}

function prepare(): void {
  if (ready) return;
  ready = true;
  for (let i = 0; i < 80; i++) store<u64>(constants + ((<usize>i) << 3), cubeRootFraction(primeAt(i)));
}

/** Numbers of 256 bits in four words, the lowest first. */
const left = memory.data(32, 8);
const product = memory.data(32, 8);

function highProduct(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const other = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (other >> 32);
}

/** product = left * factor, modulo 2^256. */
function multiplyBy(low: u64, high: u64): void {
  memory.fill(product, 0, 32);
  for (let i = 0; i < 4; i++) addProduct(i, load<u64>(left + ((<usize>i) << 3)), low);
  for (let i = 0; i < 3; i++) addProduct(i + 1, load<u64>(left + ((<usize>i) << 3)), high);
}

function addProduct(place: i32, a: u64, b: u64): void {
  add(place, a * b);
  add(place + 1, highProduct(a, b));
}

function add(place: i32, value: u64): void {
  for (; place < 4 && value; place++) {
    const at = product + ((<usize>place) << 3);
    const sum = load<u64>(at) + value;
    store<u64>(at, sum);
    value = sum < value ? 1 : 0;
  }
}

/** Whether (whole.fraction)^power <= n, the fraction of 64 bits. */
function isBelow(whole: u64, fraction: u64, power: i32, n: u64): bool {
  store<u64>(left, fraction);
  store<u64>(left, whole, 8);
  store<u64>(left, 0, 16);
  store<u64>(left, 0, 24);
  for (let i = 1; i < power; i++) {
    multiplyBy(fraction, whole);
    memory.copy(left, product, 32);
  }
  const integer = load<u64>(left + ((<usize>power) << 3));
  return integer < n;
}

function rootFraction(n: u64, power: i32): u64 {
  let whole: u64 = 1;
  while ((whole + 1) * (whole + 1) * (power == 3 ? whole + 1 : 1) <= n) whole++;
  let fraction: u64 = 0;
  for (let bit: u64 = 1 << 63; bit; bit >>= 1) if (isBelow(whole, fraction | bit, power, n)) fraction |= bit;
  return fraction;
}

function squareRootFraction(n: u64): u64 {
  return rootFraction(n, 2);
}

function cubeRootFraction(n: u64): u64 {
  return rootFraction(n, 3);
}

function block1(at: usize): void {
  for (let i: usize = 0; i < 16; i++) store<u32>(schedule + (i << 2), bswap<u32>(load<u32>(at + (i << 2))));
  for (let i: usize = 16; i < 80; i++) {
    const w = schedule + (i << 2);
    store<u32>(
      w,
      rotl<u32>(load<u32>(w - 12) ^ load<u32>(w - 32) ^ load<u32>(w - 56) ^ load<u32>(w - 64), 1),
    );
  }
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  for (let i: usize = 0; i < 80; i++) {
    let f: u32 = b ^ c ^ d;
    let k: u32 = 0x6ed9eba1;
    if (i < 20) {
      f = (b & c) | (~b & d);
      k = 0x5a827999;
    } else if (i >= 40 && i < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8f1bbcdc;
    } else if (i >= 60) k = 0xca62c1d6;
    const sum: u32 = rotl<u32>(a, 5) + f + e + k + load<u32>(schedule + (i << 2));
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = sum;
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
}

function block256(at: usize): void {
  compress<u32>(at);
}

function block512(at: usize): void {
  compress<u64>(at);
}

/** `narrow` for words of 32 bits, `wide` for words of 64: settled when it is compiled. */
function either<T>(narrow: T, wide: T): T {
  return sizeof<T>() == 4 ? narrow : wide;
}

/** 6.2.2 and 6.4.2: one block into the state; the two differ in the width of words and in the rotations. */
function compress<T>(at: usize): void {
  const size: usize = sizeof<T>();
  const rounds: usize = size == 4 ? 64 : 80;
  for (let i: usize = 0; i < 16; i++) store<T>(schedule + i * size, bswap<T>(load<T>(at + i * size)));
  for (let i: usize = 16; i < rounds; i++) {
    const w = schedule + i * size;
    const x = load<T>(w - 15 * size);
    const y = load<T>(w - 2 * size);
    const s0: T = rotr<T>(x, either<T>(7, 1)) ^ rotr<T>(x, either<T>(18, 8)) ^ (x >> either<T>(3, 7));
    const s1: T = rotr<T>(y, either<T>(17, 19)) ^ rotr<T>(y, either<T>(19, 61)) ^ (y >> either<T>(10, 6));
    store<T>(w, load<T>(w - 16 * size) + s0 + load<T>(w - 7 * size) + s1);
  }
  let a = load<T>(state);
  let b = load<T>(state + size);
  let c = load<T>(state + 2 * size);
  let d = load<T>(state + 3 * size);
  let e = load<T>(state + 4 * size);
  let f = load<T>(state + 5 * size);
  let g = load<T>(state + 6 * size);
  let h = load<T>(state + 7 * size);
  for (let i: usize = 0; i < rounds; i++) {
    const s1: T =
      rotr<T>(e, either<T>(6, 14)) ^ rotr<T>(e, either<T>(11, 18)) ^ rotr<T>(e, either<T>(25, 41));
    // Of SHA-256 the constants are the upper halves.
    const k = <T>(load<u64>(constants + (i << 3)) >> (64 - 8 * size));
    const t1: T = h + s1 + ((e & f) ^ (~e & g)) + k + load<T>(schedule + i * size);
    const s0: T =
      rotr<T>(a, either<T>(2, 28)) ^ rotr<T>(a, either<T>(13, 34)) ^ rotr<T>(a, either<T>(22, 39));
    const t2: T = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  accumulate<T>(state, a);
  accumulate<T>(state + size, b);
  accumulate<T>(state + 2 * size, c);
  accumulate<T>(state + 3 * size, d);
  accumulate<T>(state + 4 * size, e);
  accumulate<T>(state + 5 * size, f);
  accumulate<T>(state + 6 * size, g);
  accumulate<T>(state + 7 * size, h);
}

function accumulate<T>(at: usize, value: T): void {
  store<T>(at, load<T>(at) + value);
}
