/**
 * What a terminal asks of the device behind it. Every entry is a function index; 0 where the device has no such thing.
 * `argument` is the Tty's own. All but `configure`, `lastClose` and `ioctl` are called with the terminal's lock held and
 * must not sleep.
 */
@unmanaged
export class TtyDriver {
  /** (argument: usize, bytes: usize, count: u32) => void: sends; there is room, except for echo. */
  send: u32;
  /** (argument: usize) => u32: bytes that `send` takes now. */
  room: u32;
  /** (argument: usize) => u32: bytes taken that have not gone out yet. 0: everything goes out at once. */
  pending: u32;
  /** (argument: usize) => void: forgets what has not gone out. */
  flushOutput: u32;
  /** (argument: usize) => void: ttyInput() may be called again. Without the lock. */
  drained: u32;
  /** (argument: usize, termios: usize) => void: speed or line settings have changed. */
  configure: u32;
  /** (argument: usize) => u32: modem lines, TIOCM bits. */
  modemGet: u32;
  /** (argument: usize, bits: u32) => void: sets DTR, RTS, OUT1, OUT2, LOOP. */
  modemSet: u32;
  /** (argument: usize, on: u32) => void: begins or ends a break. */
  breakControl: u32;
  /** (argument: usize) => void: nobody has the terminal open any more. */
  lastClose: u32;
  /** (argument: usize, request: u32, value: u64) => i64: requests of its own, -ENOTTY for others. */
  ioctl: u32;
  /** (argument: usize, event: u32) => void: TTY_EVENT_… happened, for a pty's packet mode. */
  event: u32;
}

/** As TIOCPKT's status byte has them (ioctl_tty(2)). */
export const TTY_EVENT_FLUSH_READ: u32 = 1;
export const TTY_EVENT_FLUSH_WRITE: u32 = 2;
export const TTY_EVENT_STOP: u32 = 4;
export const TTY_EVENT_START: u32 = 8;
export const TTY_EVENT_NO_STOP: u32 = 16;
export const TTY_EVENT_DO_STOP: u32 = 32;
