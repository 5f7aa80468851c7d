// cal: a calendar. Source: POSIX cal; the days that Great Britain left out in September 1752 are as POSIX wants them.

import { argument } from '../lib/arguments';
import { formatTime } from '../lib/format-time';
import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { parseDigits, parsed } from '../lib/number';
import { printf } from '../lib/printf';
import { message, reportUsage } from '../lib/report';
import { stdout, Stream, streamToMemory } from '../lib/stream';
import { CalendarTime, Clock, clockTime } from '../lib/time';
import { make } from '../lib/malloc';
import { localTime } from '../lib/zone';

const HELP = `usage: cal [-m] [[MONTH] YEAR]
Print a calendar: of this month, of a year (1 to 9999), or of a month (1 to 12) of a year.
  -m  weeks begin on Monday    -s  on Sunday (the default)
`;

/** Columns of a month of a year's calendar, and between two of them. */
const MONTH_WIDTH: i32 = 20;
const GAP: i32 = 2;
const ROWS: i32 = 6;
const MONTHS_A_ROW: i32 = 3;
/** 1 January of year 1 was a Saturday in the calendar of Julius Caesar. */
const FIRST_WEEKDAY: i32 = 6;
const REFORM_YEAR: i32 = 1752;
const REFORM_MONTH: i32 = 9;
/** 2 September was followed by the 14th. */
const LAST_OLD_DAY: i32 = 2;
const LEFT_OUT: i32 = 11;

let firstWeekday: i32 = 0;

export function main(): i32 {
  for (let option = nextOption('ms', HELP); option != END; option = nextOption('ms', HELP)) {
    if (option == BAD) return 1;
    firstWeekday = option == 0x6d ? 1 : 0;
  }
  if (operandCount() > 2) {
    reportUsage('extra operand');
    return 1;
  }
  if (!operandCount()) {
    const now = make<CalendarTime>();
    localTime(clockTime(Clock.realtime) / 1000000000, now);
    printMonth(<i32>now.year, now.month);
    return 0;
  }
  const year = parseOperand(operandCount() - 1, 9999, 'year');
  if (!year) return 1;
  if (operandCount() == 1) {
    printYear(year);
    return 0;
  }
  const month = parseOperand(0, 12, 'month');
  if (!month) return 1;
  printMonth(year, month);
  return 0;
}

/** The operand, from 1 to `most`; 0 after a report. */
function parseOperand(index: i32, most: i64, what: string): i32 {
  const word = argument(operandIndex() + index);
  if (parseDigits(word, 10) && parsed() >= 1 && parsed() <= most) return <i32>parsed();
  message()
    .text(what)
    .text(" '")
    .bytes(word)
    .text("' is not between 1 and ")
    .unsigned(<u64>most)
    .newline();
  return 0;
}

function isLeap(year: i32): bool {
  if (year % 4) return false;
  return year <= REFORM_YEAR || year % 100 != 0 || year % 400 == 0;
}

function lastDay(year: i32, month: i32): i32 {
  if (month == 2) return isLeap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Weekday of the first of a month, 0 for Sunday. */
function weekdayOfFirst(year: i32, month: i32): i32 {
  let days = FIRST_WEEKDAY;
  for (let y = 1; y < year; y++) days += isLeap(y) ? 2 : 1;
  for (let m = 1; m < month; m++) days += lastDay(year, m);
  if (year > REFORM_YEAR || (year == REFORM_YEAR && month > REFORM_MONTH)) days -= LEFT_OUT;
  // The years from 1 to 9999 go far above what is taken away.
  return days % 7;
}

/** Writes a week of a month, without blanks at its end when `last`; a week that it has not is blank. */
function printWeek(year: i32, month: i32, week: i32, last: bool): void {
  const reform = year == REFORM_YEAR && month == REFORM_MONTH;
  const days = lastDay(year, month) - (reform ? LEFT_OUT : 0);
  const before = (weekdayOfFirst(year, month) - firstWeekday + 7) % 7;
  let used = 0;
  for (let column = 0; column < 7; column++) {
    const nth = week * 7 + column - before + 1;
    if (nth < 1 || nth > days) continue;
    const day = reform && nth > LAST_OLD_DAY ? nth + LEFT_OUT : nth;
    const at = column * 3;
    stdout.fill(0x20, at - used);
    printf('%2d', day);
    used = at + 2;
  }
  if (!last) stdout.fill(0x20, MONTH_WIDTH - used);
}

function weekdays(): void {
  stdout.text(firstWeekday ? 'Mo Tu We Th Fr Sa Su' : 'Su Mo Tu We Th Fr Sa');
}

const title = make<Stream>();
const titleText = memory.data(64);
const monthOfTitle = make<CalendarTime>();

/** The month's name, and the year unless it is 0, in the middle of a month's columns. */
function centred(month: i32, year: i32, last: bool): void {
  streamToMemory(title, titleText, 64);
  monthOfTitle.month = month;
  monthOfTitle.year = year;
  formatTime(title, literal(year ? '%B ' : '%B'), monthOfTitle, 0, 0);
  if (year) title.unsigned(year);
  const used = <i32>title.used;
  const left = (MONTH_WIDTH - used) / 2;
  stdout.fill(0x20, left);
  stdout.range(titleText, used);
  if (!last) stdout.fill(0x20, MONTH_WIDTH - left - used);
}

function digits(year: i32): i32 {
  return year < 10 ? 1 : year < 100 ? 2 : year < 1000 ? 3 : 4;
}

function printMonth(year: i32, month: i32): void {
  centred(month, year, true);
  stdout.newline();
  weekdays();
  stdout.newline();
  for (let week = 0; week < ROWS; week++) {
    printWeek(year, month, week, true);
    stdout.newline();
  }
}

function printYear(year: i32): void {
  const width = MONTHS_A_ROW * MONTH_WIDTH + (MONTHS_A_ROW - 1) * GAP;
  stdout.fill(0x20, (width - digits(year)) / 2);
  printf('%d\n\n', year);
  for (let first = 1; first <= 12; first += MONTHS_A_ROW) {
    for (let i = 0; i < MONTHS_A_ROW; i++) {
      const last = i == MONTHS_A_ROW - 1;
      centred(first + i, 0, last);
      endColumn(last);
    }
    for (let i = 0; i < MONTHS_A_ROW; i++) {
      weekdays();
      endColumn(i == MONTHS_A_ROW - 1);
    }
    for (let week = 0; week < ROWS; week++) {
      for (let i = 0; i < MONTHS_A_ROW; i++) {
        const last = i == MONTHS_A_ROW - 1;
        printWeek(year, first + i, week, last);
        endColumn(last);
      }
    }
  }
}

function endColumn(last: bool): void {
  if (last) stdout.newline();
  else stdout.fill(0x20, GAP);
}
