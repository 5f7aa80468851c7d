/** The modes of a terminal: SM and RM, DEC's private ones, and what DECRQM says of them. Source: ECMA-48, 7; xterm's control sequences. */
import {
  Screen,
  enterAlternate,
  eraseRows,
  leaveAlternate,
  markAllDirty,
  moveTo,
  screenRestore,
  screenSave,
} from './screen';
import { position } from './cursor-moves';
import { Terminal, QUESTION } from './terminal';

/** 47, 1047 and 1049: the alternate screen; 1049 with the cursor saved and the screen cleared. */
function setAlternate(s: Screen, mode: u32, on: bool): void {
  if (on) {
    if (mode == 1049) screenSave(s);
    enterAlternate(s);
    if (mode == 1049) eraseRows(s, 0, s.rows);
    return;
  }
  if (mode == 1047 && s.onAlternate) eraseRows(s, 0, s.rows);
  leaveAlternate(s);
  if (mode == 1049) screenRestore(s);
}

function setPrivateMode(t: Terminal, mode: u32, on: bool): void {
  const s = t.screen;
  switch (mode) {
    case 1:
      s.applicationCursor = on;
      return;
    case 5: {
      s.reverseScreen = on;
      markAllDirty(s);
      return;
    }
    case 6: {
      s.originMode = on;
      position(s, 1, 1);
      return;
    }
    case 7:
      s.autoWrap = on;
      return;
    case 12:
      t.blink = on;
      return;
    case 25: {
      s.cursorVisible = on;
      moveTo(s, s.row, s.column);
      return;
    }
    case 47:
    case 1047:
    case 1049:
      return setAlternate(s, mode, on);
    case 1048: {
      if (on) screenSave(s);
      else screenRestore(s);
      return;
    }
    case 2004:
      s.bracketedPaste = on;
      return;
    default: // mouse and focus reports: a console has neither
      return;
  }
}

export function setMode(t: Terminal, on: bool): void {
  const s = t.screen;
  for (let i: u32 = 0; i < t.count; i++) {
    const mode = load<u32>(t.parameters + i * 4);
    if (t.marker == QUESTION) setPrivateMode(t, mode, on);
    else if (mode == 4) s.insertMode = on;
    else if (mode == 20) s.newLineMode = on;
  }
}

/** DECRQM's answer: 1 set, 2 reset, 0 not known. */
export function modeState(t: Terminal, mode: u32): u32 {
  const s = t.screen;
  switch (mode) {
    case 1:
      return s.applicationCursor ? 1 : 2;
    case 5:
      return s.reverseScreen ? 1 : 2;
    case 6:
      return s.originMode ? 1 : 2;
    case 7:
      return s.autoWrap ? 1 : 2;
    case 12:
      return t.blink ? 1 : 2;
    case 25:
      return s.cursorVisible ? 1 : 2;
    case 47:
    case 1047:
    case 1049:
      return s.onAlternate ? 1 : 2;
    case 2004:
      return s.bracketedPaste ? 1 : 2;
    default:
      return 0;
  }
}
