/**
 * Printable ASCII on a US keyboard: which physical key, by the names of browsers (KeyboardEvent.code, W3C UI
 * Events) and of QEMU (QKeyCode), and whether Shift is held.
 */
export interface KeyStroke {
  readonly code: string;
  readonly qcode: string;
  readonly shift: boolean;
}

/** Rows of: plain character, shifted character, KeyboardEvent.code, QKeyCode. */
const punctuation: readonly (readonly [string, string, string, string])[] = [
  ['`', '~', 'Backquote', 'grave_accent'],
  ['-', '_', 'Minus', 'minus'],
  ['=', '+', 'Equal', 'equal'],
  ['[', '{', 'BracketLeft', 'bracket_left'],
  [']', '}', 'BracketRight', 'bracket_right'],
  ['\\', '|', 'Backslash', 'backslash'],
  [';', ':', 'Semicolon', 'semicolon'],
  ["'", '"', 'Quote', 'apostrophe'],
  [',', '<', 'Comma', 'comma'],
  ['.', '>', 'Period', 'dot'],
  ['/', '?', 'Slash', 'slash'],
];
const shiftedDigits = ')!@#$%^&*(';

function buildTable(): ReadonlyMap<string, KeyStroke> {
  const table = new Map<string, KeyStroke>([
    [' ', { code: 'Space', qcode: 'spc', shift: false }],
    ['\n', { code: 'Enter', qcode: 'ret', shift: false }],
  ]);
  const add = (plain: string, shifted: string, code: string, qcode: string): void => {
    table.set(plain, { code, qcode, shift: false });
    table.set(shifted, { code, qcode, shift: true });
  };
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') {
    add(letter, letter.toUpperCase(), `Key${letter.toUpperCase()}`, letter);
  }
  for (const [digit, shifted] of Array.from(shiftedDigits).entries()) {
    add(String(digit), shifted, `Digit${digit}`, String(digit));
  }
  for (const row of punctuation) add(...row);
  return table;
}

const table = buildTable();

/** @throws {RangeError} for a character that no key of the layout types. */
export function keyStroke(character: string): KeyStroke {
  const stroke = table.get(character);
  if (stroke === undefined) throw new RangeError(`no key types ${JSON.stringify(character)}`);
  return stroke;
}
