// factor: the prime factors of numbers. As in other systems, to 2^64 - 1.

import { argument, argumentCount } from '../lib/arguments';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { message } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: factor [NUMBER...]
Print the prime factors of numbers; without one, of those on the standard input.
`;

let value: u64 = 0;

export function main(): i32 {
  for (let option = nextOption('', HELP); option != END; option = nextOption('', HELP))
    if (option == BAD) return 1;
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) status |= show(argument(i));
  if (operandCount()) return status;
  const reader = openReader(0);
  if (!reader) return 1;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    let at = line;
    while (load<u8>(at)) {
      while (load<u8>(at) == 0x20 || load<u8>(at) == 9) at++;
      const start = at;
      while (load<u8>(at) && load<u8>(at) != 0x20 && load<u8>(at) != 9) at++;
      const last = !load<u8>(at);
      store<u8>(at, 0);
      if (at > start) status |= show(start);
      if (!last) at++;
    }
  }
  closeReader(reader);
  return status;
}

function parse(at: usize): bool {
  if (load<u8>(at) == 0x2b) at++;
  if (!load<u8>(at)) return false;
  value = 0;
  for (; load<u8>(at); at++) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (digit > 9 || value > (u64.MAX_VALUE - digit) / 10) return false;
    value = value * 10 + digit;
  }
  return true;
}

function show(word: usize): i32 {
  if (!parse(word)) {
    message().text("'").bytes(word).text("' is not a valid positive integer").newline();
    return 1;
  }
  let rest = value;
  stdout.unsigned(rest).byte(0x3a);
  if (rest > 1) {
    rest = divideOut(rest, 2);
    rest = divideOut(rest, 3);
    // 5, 7, 11, 13 ...: numbers that 2 and 3 do not divide.
    for (let p: u64 = 5; p <= 4294967291 && p * p <= rest; p += 6) {
      rest = divideOut(rest, p);
      rest = divideOut(rest, p + 2);
      // What is left of a large number may well be prime: trial division would take minutes to find that out.
      if (p % 98304 == 5 && isPrime(rest)) break;
    }
    if (rest > 1) stdout.byte(0x20).unsigned(rest);
  }
  stdout.newline();
  return 0;
}

function divideOut(number: u64, p: u64): u64 {
  while (number % p == 0) {
    stdout.byte(0x20).unsigned(p);
    number /= p;
  }
  return number;
}

/** (a * b) % m without overflow, by doubling. */
function multiply(a: u64, b: u64, m: u64): u64 {
  let result: u64 = 0;
  a %= m;
  for (; b; b >>= 1) {
    if (b & 1) result = result >= m - a ? result - (m - a) : result + a;
    a = a >= m - a ? a - (m - a) : a + a;
  }
  return result;
}

function power(base: u64, exponent: u64, m: u64): u64 {
  let result: u64 = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) result = multiply(result, base, m);
    base = multiply(base, base, m);
  }
  return result;
}

/** Miller and Rabin with the first twelve primes: exact below 2^64 (J. Sorenson, J. Webster, 2015). */
function isPrime(n: u64): bool {
  if (n < 2) return false;
  const bases = '\x02\x03\x05\x07\x0b\x0d\x11\x13\x17\x1d\x1f\x25';
  const twos = ctz<u64>(n - 1);
  for (let i = 0; i < bases.length; i++) {
    const base = <u64>bases.charCodeAt(i);
    if (n % base == 0) return n == base;
    let x = power(base, (n - 1) >> twos, n);
    if (x == 1 || x == n - 1) continue;
    let witness = true;
    for (let j: u64 = 1; j < twos && witness; j++) {
      x = multiply(x, x, n);
      if (x == n - 1) witness = false;
    }
    if (witness) return false;
  }
  return true;
}
