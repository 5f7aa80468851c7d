/**
 * The wall clock of the PC: the MC146818 real-time clock in the CMOS (Motorola data sheet; IBM PC AT Technical Reference).
 * It is taken to run in UTC.
 */
import { inb, outb } from '../arch/x86_64/ports';
import { unixSeconds } from '../lib/calendar';

const INDEX: u16 = 0x70;
const DATA: u16 = 0x71;
/** Bit 7 of the index port masks the NMI: it stays clear. */
const enum Reg {
  Seconds = 0x00,
  Minutes = 0x02,
  Hours = 0x04,
  Day = 0x07,
  Month = 0x08,
  Year = 0x09,
  StatusA = 0x0a,
  StatusB = 0x0b,
  /** By convention of PC firmware; 0 or nonsense where it is missing. */
  Century = 0x32,
}

const UPDATE_IN_PROGRESS: u8 = 0x80;
const MODE_24_HOURS: u32 = 0x02;
const MODE_BINARY: u32 = 0x04;
const AFTERNOON: u32 = 0x80;
/** An update takes 2 ms at most; a clock that never ends one is broken, and its time is taken as it is. */
const UPDATE_POLLS: u32 = 20000;
/** Readings until two agree. */
const TRIES: u32 = 5;

/** A reading, decoded. */
@unmanaged
export class RtcTime {
  year: u32;
  month: u32;
  day: u32;
  hours: u32;
  minutes: u32;
  seconds: u32;
}

function read(reg: i32): u32 {
  outb(INDEX, <u8>reg);
  return inb(DATA);
}

function fromBcd(value: u32): u32 {
  return (value >> 4) * 10 + (value & 15);
}

/** Hours of a register in 12- or 24-hour mode, BCD or binary. */
function decodeHours(value: u32, statusB: u32): u32 {
  const digits = statusB & MODE_24_HOURS ? value : value & ~AFTERNOON;
  const hours = statusB & MODE_BINARY ? digits : fromBcd(digits);
  if (statusB & MODE_24_HOURS) return hours;
  return (hours % 12) + (value & AFTERNOON ? 12 : 0);
}

function decodeYear(year: u32, century: u32): u32 {
  if (century >= 19 && century <= 25) return century * 100 + year;
  return year < 70 ? 2000 + year : 1900 + year;
}

function readOnce(t: RtcTime): void {
  let polls: u32 = 0;
  while ((read(Reg.StatusA) & UPDATE_IN_PROGRESS) != 0 && polls < UPDATE_POLLS) polls++;
  const statusB = read(Reg.StatusB);
  const binary = (statusB & MODE_BINARY) != 0;
  const seconds = read(Reg.Seconds);
  const minutes = read(Reg.Minutes);
  const hours = read(Reg.Hours);
  const day = read(Reg.Day);
  const month = read(Reg.Month);
  const year = read(Reg.Year);
  const century = read(Reg.Century);
  t.seconds = binary ? seconds : fromBcd(seconds);
  t.minutes = binary ? minutes : fromBcd(minutes);
  t.hours = decodeHours(hours, statusB);
  t.day = binary ? day : fromBcd(day);
  t.month = binary ? month : fromBcd(month);
  t.year = decodeYear(binary ? year : fromBcd(year), binary ? century : fromBcd(century));
}

function isPlausible(t: RtcTime): bool {
  return (
    t.month >= 1 &&
    t.month <= 12 &&
    t.day >= 1 &&
    t.day <= 31 &&
    t.hours < 24 &&
    t.minutes < 60 &&
    t.seconds < 61
  );
}

/** Seconds since 1970, or 0 when the clock says nothing sensible. An update between two registers is noticed. */
export function rtcReadSeconds(): u64 {
  const t = changetype<RtcTime>(memory.data(offsetof<RtcTime>(), 8));
  let last: u64 = 0;
  for (let i: u32 = 0; i < TRIES; i++) {
    readOnce(t);
    const now = isPlausible(t) ? unixSeconds(t.year, t.month, t.day, t.hours, t.minutes, t.seconds) : 0;
    if (i > 0 && now == last) break;
    last = now;
  }
  return last;
}
