/**
 * From scan codes of set 1 to the bytes that a terminal sends: modifiers, locks, and xterm's escape sequences for keys
 * without a character. Pure: a state and a byte in, bytes out.
 *
 * Source: scan code set 1 with its E0 and E1 prefixes, IBM PS/2 Hardware Interface Technical Reference; xterm control
 * sequences, "PC-Style Function Keys".
 */
import { keymapCharacter } from './keymap-us';

const enum Modifier {
  Shift = 1,
  Alt = 2,
  Control = 4,
}

/** As the keyboard wants them with its LED command. */
const enum Lock {
  Scroll = 1,
  Num = 2,
  Caps = 4,
}

@unmanaged
export class KeyboardState {
  /** Which of the six modifier keys are down: left ones in the low byte, right ones in the next. */
  held: u32;
  locks: u32;
  /** Lock keys that are down, so that their repetition does not toggle. */
  lockKeys: u32;
  /** The byte before was E0. */
  extended: bool;
  /** Bytes of an E1 sequence that are still to be swallowed. */
  swallow: u32;
  /** Cursor keys send SS3 instead of CSI. */
  applicationCursor: bool;
  /** Control, Alt and Delete were pressed together. */
  secureAttention: bool;
  /** What the key means to the system instead of typing: an Action, and its number. */
  action: u32;
  actionNumber: u32;
  /** OUT_BYTES. */
  out: usize;
  count: u32;
}

export const OUT_BYTES: u32 = 16;

/** Keys that are the system's (the Linux console's): they type nothing. */
export const enum Action {
  None = 0,
  /** Alt-F1 …: shows console `actionNumber`. */
  ShowConsole = 1,
  /** Alt-Left, Alt-Right. */
  PreviousConsole = 2,
  NextConsole = 3,
  /** Shift-PageUp, Shift-PageDown. */
  LookBack = 4,
  LookForward = 5,
}

const PREFIX_EXTENDED: u8 = 0xe0;
const PREFIX_PAUSE: u8 = 0xe1;
const RELEASED: u8 = 0x80;
const ESCAPE: u8 = 0x1b;
const BRACKET: u8 = 0x5b;

const enum Key {
  Tab = 0x0f,
  Enter = 0x1c,
  Control = 0x1d,
  LeftShift = 0x2a,
  Slash = 0x35,
  RightShift = 0x36,
  Alt = 0x38,
  CapsLock = 0x3a,
  F1 = 0x3b,
  F10 = 0x44,
  NumLock = 0x45,
  ScrollLock = 0x46,
  Home = 0x47,
  PageUp = 0x49,
  Left = 0x4b,
  Right = 0x4d,
  PageDown = 0x51,
  KeypadMinus = 0x4a,
  KeypadPlus = 0x4e,
  Delete = 0x53,
  F11 = 0x57,
  F12 = 0x58,
}

/** Codes 0x47 to 0x53: the keypad's characters with Num Lock. */
const keypadDigits = memory.data<u8>([
  0x37, 0x38, 0x39, 0x2d, 0x34, 0x35, 0x36, 0x2b, 0x31, 0x32, 0x33, 0x30, 0x2e,
]);
/** The same keys without it, and the grey ones: the final letter of CSI, or the number before `~`. */
const cursorLetters = memory.data<u8>([0x48, 0x41, 0, 0, 0x44, 0x45, 0x43, 0, 0x46, 0x42, 0, 0, 0]);
const cursorNumbers = memory.data<u8>([0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 2, 3]);
/** F1 to F4 are SS3 P to S; these are the numbers of F5 to F12. */
const functionNumbers = memory.data<u8>([15, 17, 18, 19, 20, 21, 23, 24]);

function put(s: KeyboardState, byte: u8): void {
  if (s.count < OUT_BYTES) store<u8>(s.out + s.count++, byte);
}

function putNumber(s: KeyboardState, value: u32): void {
  if (value >= 10) putNumber(s, value / 10);
  put(s, <u8>(0x30 + (value % 10)));
}

function modifiers(s: KeyboardState): u32 {
  return (s.held | (s.held >> 8)) & 7;
}

/** CSI letter, CSI 1;M letter with modifiers, or SS3 letter. */
function putLetterKey(s: KeyboardState, letter: u8, ss3: bool): void {
  const m = modifiers(s);
  put(s, ESCAPE);
  if (m != 0) {
    put(s, BRACKET);
    put(s, 0x31);
    put(s, 0x3b);
    putNumber(s, m + 1);
  } else put(s, ss3 ? 0x4f : BRACKET);
  put(s, letter);
}

/** CSI N ~, with modifiers CSI N;M ~. */
function putNumberKey(s: KeyboardState, number: u32): void {
  const m = modifiers(s);
  put(s, ESCAPE);
  put(s, BRACKET);
  putNumber(s, number);
  if (m != 0) {
    put(s, 0x3b);
    putNumber(s, m + 1);
  }
  put(s, 0x7e);
}

function act(s: KeyboardState, action: u32, number: u32): void {
  s.action = action;
  s.actionNumber = number;
}

/** Whether a cursor key with these modifiers is the system's. */
function systemKey(s: KeyboardState, code: i32): bool {
  const m = modifiers(s);
  if (m == Modifier.Alt && code == Key.Left) act(s, Action.PreviousConsole, 0);
  else if (m == Modifier.Alt && code == Key.Right) act(s, Action.NextConsole, 0);
  else if (m == Modifier.Shift && code == Key.PageUp) act(s, Action.LookBack, 0);
  else if (m == Modifier.Shift && code == Key.PageDown) act(s, Action.LookForward, 0);
  else return false;
  return true;
}

function cursorKey(s: KeyboardState, code: i32): void {
  if (systemKey(s, code)) return;
  const index = code - Key.Home;
  const letter = load<u8>(cursorLetters + index);
  if (letter != 0) putLetterKey(s, letter, s.applicationCursor);
  else if (load<u8>(cursorNumbers + index) != 0) putNumberKey(s, load<u8>(cursorNumbers + index));
}

function functionKey(s: KeyboardState, number: u32): void {
  if ((modifiers(s) & Modifier.Alt) != 0) return act(s, Action.ShowConsole, number + 1);
  if (number < 4) putLetterKey(s, <u8>(0x50 + number), true);
  else putNumberKey(s, load<u8>(functionNumbers + (number - 4)));
}

/** The character that Control makes of another; the same one where it makes none. */
function controlCharacter(character: u8): u8 {
  if (character >= 0x61 && character <= 0x7a) return character & 0x1f;
  if (character >= 0x40 && character <= 0x5f) return character & 0x1f;
  switch (character) {
    case 0x20: // space
    case 0x32: // 2
    case 0x60: // `
      return 0;
    case 0x33: // 3 to 7: ESC FS GS RS US
    case 0x34:
    case 0x35:
    case 0x36:
    case 0x37:
      return character - 0x33 + ESCAPE;
    case 0x2f: // /
      return 0x1f;
    case 0x38: // 8
    case 0x3f: // ?
      return 0x7f;
    case 0x7f: // backspace
      return 0x08;
    default:
      return character;
  }
}

function isLetter(character: u8): bool {
  return (character | 0x20) >= 0x61 && (character | 0x20) <= 0x7a;
}

function characterKey(s: KeyboardState, code: i32): void {
  const m = modifiers(s);
  const shift = (m & Modifier.Shift) != 0;
  if (code == Key.Tab && shift) {
    put(s, ESCAPE);
    put(s, BRACKET);
    put(s, 0x5a);
    return;
  }
  let character = keymapCharacter(code, shift);
  if (character == 0) return;
  if (isLetter(character) && (s.locks & Lock.Caps) != 0) character ^= 0x20;
  if (m & Modifier.Control) character = controlCharacter(character);
  if (m & Modifier.Alt) put(s, ESCAPE);
  put(s, character);
}

/** The bit of a modifier key in `held`, or 0. */
function modifierBit(code: i32, extended: bool): u32 {
  if (code == Key.Control) return Modifier.Control << (extended ? 8 : 0);
  if (code == Key.Alt) return Modifier.Alt << (extended ? 8 : 0);
  if (extended) return 0; // E0 2A and E0 36 are fake shifts around the grey keys
  if (code == Key.LeftShift) return Modifier.Shift;
  return code == Key.RightShift ? Modifier.Shift << 8 : 0;
}

function lockBit(code: i32, extended: bool): u32 {
  if (extended) return 0;
  if (code == Key.CapsLock) return Lock.Caps;
  if (code == Key.NumLock) return Lock.Num;
  return code == Key.ScrollLock ? Lock.Scroll : 0;
}

/** Shift turns the keypad's digits into cursor keys and back. */
function keypadKey(s: KeyboardState, code: i32): void {
  const sign = code == Key.KeypadMinus || code == Key.KeypadPlus;
  const digits = ((s.locks & Lock.Num) != 0) != ((modifiers(s) & Modifier.Shift) != 0);
  if (digits || sign) put(s, load<u8>(keypadDigits + (code - Key.Home)));
  else cursorKey(s, code);
}

function pressed(s: KeyboardState, code: i32, extended: bool): void {
  const attention = Modifier.Control | Modifier.Alt;
  if (code == Key.Delete && (modifiers(s) & attention) == attention) {
    s.secureAttention = true;
    return;
  }
  if (code >= Key.Home && code <= Key.Delete) {
    if (extended) cursorKey(s, code);
    else keypadKey(s, code);
    return;
  }
  if (extended) {
    // The keypad's slash and Enter; menu and multimedia keys type nothing.
    if (code == Key.Slash) put(s, 0x2f);
    else if (code == Key.Enter) characterKey(s, code);
    return;
  }
  if (code >= Key.F1 && code <= Key.F10) functionKey(s, code - Key.F1);
  else if (code == Key.F11 || code == Key.F12) functionKey(s, code - Key.F11 + 10);
  else characterKey(s, code);
}

function key(s: KeyboardState, code: i32, extended: bool, release: bool): void {
  const modifier = modifierBit(code, extended);
  const lock = lockBit(code, extended);
  if (modifier != 0) {
    if (release) s.held &= ~modifier;
    else s.held |= modifier;
  } else if (lock != 0) {
    if (!release && (s.lockKeys & lock) == 0) s.locks ^= lock;
    if (release) s.lockKeys &= ~lock;
    else s.lockKeys |= lock;
  } else if (!release) pressed(s, code, extended);
}

/** One byte from the keyboard. What is to be typed is in `out`, `count` bytes, until the next call. */
export function keyboardDecode(s: KeyboardState, byte: u8): void {
  s.count = 0;
  s.action = Action.None;
  if (s.swallow != 0) {
    s.swallow--;
    return;
  }
  if (byte == PREFIX_EXTENDED) {
    s.extended = true;
    return;
  }
  if (byte == PREFIX_PAUSE) {
    // Pause is E1 1D 45 E1 9D C5, all at once: nothing to hold, nothing to release.
    s.swallow = 2;
    s.extended = false;
    return;
  }
  const extended = s.extended;
  s.extended = false;
  key(s, byte & ~RELEASED, extended, (byte & RELEASED) != 0);
}
