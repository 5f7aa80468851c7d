/** One keyboard for the unit test. */
import { kmalloc } from '../../mm/kmalloc';
import { KeyboardState, OUT_BYTES, keyboardDecode } from './keyboard-decoder';

let state: KeyboardState = changetype<KeyboardState>(<usize>0);

export function setUp(): void {
  state = changetype<KeyboardState>(kmalloc(offsetof<KeyboardState>()));
  state.out = kmalloc(OUT_BYTES);
}

/** Number of bytes typed; they are at typed(). */
export function press(byte: u8): u32 {
  keyboardDecode(state, byte);
  return state.count;
}

export function typed(): usize {
  return state.out;
}

export function locks(): u32 {
  return state.locks;
}

export function setApplicationCursor(on: bool): void {
  state.applicationCursor = on;
}

/** Whether Ctrl-Alt-Del was pressed since the last question. */
export function attention(): bool {
  const was = state.secureAttention;
  state.secureAttention = false;
  return was;
}

/** The system's meaning of the last key, and its number times 16. */
export function action(): u32 {
  return state.action | (state.actionNumber << 4);
}
