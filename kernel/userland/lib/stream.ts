// Buffered output: to a file descriptor, or to memory (formatting into a buffer).
//
// Rules: every writer returns the stream, so that calls chain. A failed write is remembered (failed()) and later output
// is dropped; exit() turns it into a failing status. stdout is buffered by line on a terminal and by block elsewhere,
// stderr not at all beyond one call of a chain: it is flushed at each newline and by flush().

import { byteLength, findInMemory } from './bytes';
import { Errno } from './errno';
import { malloc } from './malloc';
import { Sys, syscall } from './syscall';
import { codePointAt, encodeCodePoint } from './utf8';

const enum Mode {
  /** Not known yet: decided by the first write. */
  undecided = 0,
  block = 1,
  line = 2,
  /** Into the buffer only; what does not fit is counted and dropped. */
  memory = 3,
}

@unmanaged
@final
export class Stream {
  fd: i32;
  mode: i32;
  /** The errno (positive) of the first write that failed. */
  error: i32;
  buffer: usize;
  capacity: usize;
  used: usize;
  /** Bytes that found no room, in memory mode. */
  dropped: usize;

  failed(): i32 {
    return this.error;
  }

  /** Writes what is buffered. Returns 0 or negative errno. */
  flush(): i32 {
    if (this.mode == Mode.memory) return 0;
    const error = this.error ? this.error : writeAll(this.fd, this.buffer, this.used);
    this.used = 0;
    this.error = error;
    return -error;
  }

  byte(byte: u8): Stream {
    if (this.used == this.capacity) {
      if (this.mode == Mode.memory) {
        this.dropped++;
        return this;
      }
      this.makeRoom();
    }
    store<u8>(this.buffer + this.used++, byte);
    if (byte == 0x0a && this.mode != Mode.block && this.mode != Mode.memory) this.endLine();
    return this;
  }

  newline(): Stream {
    return this.byte(0x0a);
  }

  /** `size` bytes from memory. */
  range(from: usize, size: usize): Stream {
    if (this.mode == Mode.undecided) this.decide();
    if (this.mode == Mode.memory) {
      const fits = min<usize>(size, this.capacity - this.used);
      memory.copy(this.buffer + this.used, from, fits);
      this.used += fits;
      this.dropped += size - fits;
      return this;
    }
    if (size > this.capacity - this.used) this.makeRoom();
    if (size > this.capacity - this.used) {
      this.flush();
      if (size >= this.capacity) {
        if (!this.error) this.error = writeAll(this.fd, from, size);
        return this;
      }
    }
    memory.copy(this.buffer + this.used, from, size);
    this.used += size;
    if (this.mode == Mode.line && findInMemory(from, 0x0a, size)) this.flush();
    return this;
  }

  /** A byte string. */
  bytes(from: usize): Stream {
    return this.range(from, byteLength(from));
  }

  /** A string literal, as UTF-8. */
  text(text: string): Stream {
    for (let i = 0, length = text.length; i < length; i++) {
      const code = codePointAt(text, i);
      if (code >= 0x10000) i++;
      this.codePoint(code);
    }
    return this;
  }

  /** One character, as UTF-8. */
  codePoint(code: u32): Stream {
    if (code < 0x80) return this.byte(<u8>code);
    const room = memory.data(4);
    return this.range(room, encodeCodePoint(code, room) - room);
  }

  unsigned(value: u64): Stream {
    if (value >= 10) this.unsigned(value / 10);
    return this.byte(<u8>(0x30 + (value % 10)));
  }

  signed(value: i64): Stream {
    if (value < 0) this.byte(0x2d);
    return this.unsigned(value < 0 ? <u64>-value : <u64>value);
  }

  /** `0x` and lower-case digits. */
  hex(value: u64): Stream {
    this.byte(0x30).byte(0x78);
    let shift: i32 = value ? 60 - ((<i32>clz<u64>(value)) & ~3) : 0;
    for (; shift >= 0; shift -= 4) {
      const digit = <u8>((value >> shift) & 15);
      this.byte(digit < 10 ? 0x30 + digit : 0x57 + digit);
    }
    return this;
  }

  /** `byte`, `count` times; nothing for a negative count. */
  fill(byte: u8, count: i64): Stream {
    for (; count > 0; count--) this.byte(byte);
    return this;
  }

  private endLine(): void {
    if (this.mode == Mode.undecided) this.decide();
    if (this.mode == Mode.line) this.flush();
  }

  private decide(): void {
    this.mode = isTerminal(this.fd) ? Mode.line : Mode.block;
  }

  /** Writes the full buffer; the standard output of a program that writes much gets a larger one instead. */
  private makeRoom(): void {
    if (this.mode == Mode.undecided) this.decide();
    if (this.mode == Mode.block && this.buffer == outBuffer) {
      const larger = malloc(LARGE_BUFFER);
      if (larger) {
        memory.copy(larger, this.buffer, this.used);
        this.buffer = larger;
        this.capacity = LARGE_BUFFER;
        return;
      }
    }
    this.flush();
  }
}

const TCGETS: u64 = 0x5401;
const STREAM_SIZE: usize = 64;
const LARGE_BUFFER: usize = 65536;
const outBuffer = memory.data(4096, 16);
const errorBuffer = memory.data(512, 16);
const streams = memory.data(128, 16);

export const stdout: Stream = onDescriptor(streams, 1, Mode.undecided, outBuffer, 4096);
export const stderr: Stream = onDescriptor(streams + STREAM_SIZE, 2, Mode.line, errorBuffer, 512);

/** Makes `stream` write to `capacity` bytes at `buffer`; `used` says how many it took. */
export function streamToMemory(stream: Stream, buffer: usize, capacity: usize): void {
  onDescriptor(changetype<usize>(stream), -1, Mode.memory, buffer, capacity);
}

/** Makes `stream` write to `fd` by blocks through `capacity` bytes at `buffer`. */
export function streamToDescriptor(stream: Stream, fd: i32, buffer: usize, capacity: usize): void {
  onDescriptor(changetype<usize>(stream), fd, Mode.block, buffer, capacity);
}

/** Whether `fd` is a terminal. */
export function isTerminal(fd: i32): bool {
  return syscall(Sys.ioctl, fd, TCGETS, memory.data(64, 8)) == 0;
}

function onDescriptor(at: usize, fd: i32, mode: i32, buffer: usize, capacity: usize): Stream {
  const stream = changetype<Stream>(at);
  stream.fd = fd;
  stream.mode = mode;
  stream.error = 0;
  stream.buffer = buffer;
  stream.capacity = capacity;
  stream.used = 0;
  stream.dropped = 0;
  return stream;
}

/** Writes everything, however short the writes are. Returns 0 or a positive errno. */
function writeAll(fd: i32, from: usize, size: usize): i32 {
  while (size) {
    const written = syscall(Sys.write, fd, from, size);
    if (written < 0) {
      if (written == -Errno.INTR) continue;
      return <i32>-written;
    }
    if (!written) return Errno.IO;
    from += <usize>written;
    size -= <usize>written;
  }
  return 0;
}
