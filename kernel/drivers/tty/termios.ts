/**
 * Terminal settings as Linux lays them out on x86-64 (struct ktermios of asm-generic/termbits.h: what TCGETS
 * copies, 36 bytes) and the names POSIX gives them (XBD 11, General Terminal Interface).
 */
@unmanaged
export class Termios {
  iflag: u32;
  oflag: u32;
  cflag: u32;
  lflag: u32;
  line: u8;
  cc0: u8; // cc[0] of NCCS; reach them through controlChar()
}

export const TERMIOS_SIZE: usize = 36;
export const NCCS: u32 = 19;

export const enum Iflag {
  IGNBRK = 0x001,
  BRKINT = 0x002,
  IGNPAR = 0x004,
  ISTRIP = 0x020,
  INLCR = 0x040,
  IGNCR = 0x080,
  ICRNL = 0x100,
  IXON = 0x400,
  IXANY = 0x800,
  IMAXBEL = 0x2000,
  IUTF8 = 0x4000,
}

export const enum Oflag {
  OPOST = 0x01,
  ONLCR = 0x04,
  OCRNL = 0x08,
  ONOCR = 0x10,
  ONLRET = 0x20,
  XTABS = 0x1800,
}

export const enum Cflag {
  B38400 = 0x0f,
  B115200 = 0x1002,
  CS8 = 0x30,
  CREAD = 0x80,
  HUPCL = 0x400,
  CLOCAL = 0x800,
}

export const enum Lflag {
  ISIG = 0x0001,
  ICANON = 0x0002,
  ECHO = 0x0008,
  ECHOE = 0x0010,
  ECHOK = 0x0020,
  ECHONL = 0x0040,
  NOFLSH = 0x0080,
  TOSTOP = 0x0100,
  ECHOCTL = 0x0200,
  ECHOKE = 0x0800,
  IEXTEN = 0x8000,
}

/** Indices into the control characters. */
export const enum Cc {
  VINTR = 0,
  VQUIT = 1,
  VERASE = 2,
  VKILL = 3,
  VEOF = 4,
  VTIME = 5,
  VMIN = 6,
  VSTART = 8,
  VSTOP = 9,
  VSUSP = 10,
  VEOL = 11,
  VREPRINT = 12,
  VWERASE = 14,
  VLNEXT = 15,
  VEOL2 = 16,
}

/** A control character with this value is off. */
export const CC_DISABLED: u8 = 0;

export function controlChar(t: Termios, index: i32): u8 {
  return load<u8>(changetype<usize>(t) + offsetof<Termios>('cc0') + index);
}

export function setControlChar(t: Termios, index: i32, value: u8): void {
  store<u8>(changetype<usize>(t) + offsetof<Termios>('cc0') + index, value);
}

/** What a terminal starts with: Linux's own defaults, with UTF-8 editing. */
export function termiosDefaults(t: Termios, baud: u32): void {
  memory.fill(changetype<usize>(t), 0, TERMIOS_SIZE);
  t.iflag = Iflag.ICRNL | Iflag.IXON | Iflag.IUTF8 | Iflag.IMAXBEL;
  t.oflag = Oflag.OPOST | Oflag.ONLCR;
  t.cflag = baud | Cflag.CS8 | Cflag.CREAD | Cflag.HUPCL | Cflag.CLOCAL;
  t.lflag =
    Lflag.ISIG |
    Lflag.ICANON |
    Lflag.ECHO |
    Lflag.ECHOE |
    Lflag.ECHOK |
    Lflag.ECHOCTL |
    Lflag.ECHOKE |
    Lflag.IEXTEN;
  setControlChar(t, Cc.VINTR, 0x03);
  setControlChar(t, Cc.VQUIT, 0x1c);
  setControlChar(t, Cc.VERASE, 0x7f);
  setControlChar(t, Cc.VKILL, 0x15);
  setControlChar(t, Cc.VEOF, 0x04);
  setControlChar(t, Cc.VMIN, 1);
  setControlChar(t, Cc.VSTART, 0x11);
  setControlChar(t, Cc.VSTOP, 0x13);
  setControlChar(t, Cc.VSUSP, 0x1a);
  setControlChar(t, Cc.VREPRINT, 0x12);
  setControlChar(t, Cc.VWERASE, 0x17);
  setControlChar(t, Cc.VLNEXT, 0x16);
}
