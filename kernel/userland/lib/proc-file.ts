// Figures of /proc files with lines `Name: 123 kB` or `name 123 456`.
//
// Source: Linux proc(5): meminfo, vmstat, stat, uptime, loadavg.

import { byteLength, findByte } from './bytes';
import { close, open, Open, readFully } from './file';
import { malloc, mustAllocate } from './malloc';
import { parsed, scanDigits } from './number';

const ROOM: usize = 65536;

/** The whole file as a byte string that the caller frees; 0 when it cannot be read (procError() says why). */
export function readProcFile(path: usize): usize {
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  error = fd < 0 ? fd : 0;
  if (fd < 0) return 0;
  const text = mustAllocate(malloc(ROOM));
  const size = readFully(fd, text, ROOM - 1);
  close(fd);
  error = size < 0 ? <i32>size : 0;
  store<u8>(text + <usize>max<i64>(size, 0), 0);
  return text;
}

let error: i32 = 0;

export function procError(): i32 {
  return error;
}

/** The `index`-th number behind `name` at the beginning of a line of `text`; -1 when there is none. */
export function figure(text: usize, name: usize, index: i32): i64 {
  const length = byteLength(name);
  let line = text;
  while (load<u8>(line)) {
    const after = load<u8>(line + length);
    const matches = !memory.compare(line, name, length) && (after == 0x3a || after == 0x20 || after == 9);
    if (matches) return numberAt(line + length + (after == 0x3a ? 1 : 0), index);
    while (load<u8>(line) && load<u8>(line) != 0x0a) line++;
    if (load<u8>(line)) line++;
  }
  return -1;
}

/** The `index`-th number of a line; -1 when there are not as many. */
export function numberAt(at: usize, index: i32): i64 {
  for (let i = 0; i <= index; i++) {
    while (load<u8>(at) == 0x20 || load<u8>(at) == 9) at++;
    if (load<u8>(at) < 0x30 || load<u8>(at) > 0x39) return -1;
    at = scanDigits(at);
    if (load<u8>(at) == 0x2e) {
      const whole = parsed();
      at = scanDigits(at + 1);
      if (i == index) return whole;
    }
  }
  return parsed();
}

/** Field `number` of /proc/PID/stat, counted from 1; `close` is the end of field 2. */
export function statField(close: usize, number: i32): i64 {
  let at = close;
  for (let i = 2; i < number; i++) {
    const space = findByte(at + 1, 0x20);
    if (!space) return 0;
    at = space;
  }
  const negative = load<u8>(at, 1) == 0x2d;
  scanDigits(at + (negative ? 2 : 1));
  return negative ? -parsed() : parsed();
}
