/**
 * Terminal settings as Linux lays them out on x86-64 (struct ktermios of asm-generic/termbits.h: what TCGETS
 * copies, 36 bytes; TCGETS2 copies the two speeds after it, 44 bytes) and the names POSIX gives them (XBD 11, General
 * Terminal Interface). Settings that a PC's terminals do not have (delays, OFILL, PENDIN, FLUSHO, EXTPROC) are kept as
 * they were set and have no effect, as on Linux.
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
/** struct termios2: the settings, then c_ispeed and c_ospeed in baud. */
export const TERMIOS2_SIZE: usize = 44;
export const INPUT_SPEED_OFFSET: usize = 36;
export const OUTPUT_SPEED_OFFSET: usize = 40;
export const NCCS: u32 = 19;

export const enum Iflag {
  IGNBRK = 0x001,
  BRKINT = 0x002,
  IGNPAR = 0x004,
  PARMRK = 0x008,
  INPCK = 0x010,
  ISTRIP = 0x020,
  INLCR = 0x040,
  IGNCR = 0x080,
  ICRNL = 0x100,
  IUCLC = 0x200,
  IXON = 0x400,
  IXANY = 0x800,
  IXOFF = 0x1000,
  IMAXBEL = 0x2000,
  IUTF8 = 0x4000,
}

export const enum Oflag {
  OPOST = 0x01,
  OLCUC = 0x02,
  ONLCR = 0x04,
  OCRNL = 0x08,
  ONOCR = 0x10,
  ONLRET = 0x20,
  XTABS = 0x1800,
}

export const enum Cflag {
  /** The four low bits of the speed, and CBAUDEX. */
  CBAUD = 0x100f,
  B0 = 0,
  B38400 = 0x0f,
  B115200 = 0x1002,
  /** The speed is the number in c_ospeed (termios2). */
  BOTHER = 0x1000,
  CSIZE = 0x30,
  CS7 = 0x20,
  CS8 = 0x30,
  CSTOPB = 0x40,
  CREAD = 0x80,
  PARENB = 0x100,
  PARODD = 0x200,
  HUPCL = 0x400,
  CLOCAL = 0x800,
  /** Input speed, shifted left; 0: as the output. */
  CIBAUD = 0x100f0000,
  CMSPAR = 0x40000000,
  CRTSCTS = 0x80000000,
}

export const enum Lflag {
  ISIG = 0x0001,
  ICANON = 0x0002,
  XCASE = 0x0004,
  ECHO = 0x0008,
  ECHOE = 0x0010,
  ECHOK = 0x0020,
  ECHONL = 0x0040,
  NOFLSH = 0x0080,
  TOSTOP = 0x0100,
  ECHOCTL = 0x0200,
  ECHOPRT = 0x0400,
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

/** Baud by the number in CBAUD: B0 to B38400, then B57600 (0x1001) to B4000000 (0x100f). */
const speeds = memory.data<u32>([
  0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 0, 57600, 115200,
  230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000,
  4000000,
]);
const SPEEDS: u32 = 32;
/** Where the codes with CBAUDEX begin in the table. */
const EXTENDED: u32 = 16;

export function controlChar(t: Termios, index: i32): u8 {
  return load<u8>(changetype<usize>(t) + offsetof<Termios>('cc0') + index);
}

export function setControlChar(t: Termios, index: i32, value: u8): void {
  store<u8>(changetype<usize>(t) + offsetof<Termios>('cc0') + index, value);
}

/** Baud; 0 asks for a hang-up. The memory behind `t` is TERMIOS2_SIZE. */
export function termiosSpeed(t: Termios): u32 {
  const code = t.cflag & Cflag.CBAUD;
  if (code == Cflag.BOTHER) return load<u32>(changetype<usize>(t) + OUTPUT_SPEED_OFFSET);
  const index: u32 = (code & Cflag.BOTHER) != 0 ? EXTENDED + (code & 15) : code;
  return load<u32>(speeds + index * 4);
}

/** The CBAUD code of a speed, BOTHER when it has none. */
export function speedCode(baud: u32): u32 {
  for (let i: u32 = 0; i < SPEEDS; i++) {
    if (i != EXTENDED && load<u32>(speeds + i * 4) == baud)
      return i < EXTENDED ? i : Cflag.BOTHER | (i - EXTENDED);
  }
  return Cflag.BOTHER;
}

/** Writes the speeds of the flags into the fields of termios2, which TCSETS leaves alone. */
export function termiosNoteSpeeds(t: Termios): void {
  const baud = termiosSpeed(t);
  store<u32>(changetype<usize>(t) + OUTPUT_SPEED_OFFSET, baud);
  store<u32>(changetype<usize>(t) + INPUT_SPEED_OFFSET, baud);
}

/** What a terminal starts with: Linux's own defaults, with UTF-8 editing. `t` has TERMIOS2_SIZE bytes. */
export function termiosDefaults(t: Termios, baud: u32): void {
  memory.fill(changetype<usize>(t), 0, TERMIOS2_SIZE);
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
  termiosNoteSpeeds(t);
}
