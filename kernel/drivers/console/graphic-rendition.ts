/** SGR: colours and rendition (ECMA-48 8.3.117; 256 and direct colours of ISO 8613-6 as xterm takes them). */
import { COLOUR_DEFAULT, COLOUR_DIRECT, Screen, UNDERLINE, resetAttributes } from './screen';

const BRIGHT: u32 = 8;

/** By parameter: flags (screen.ts) that 1 to 9 set and 21 to 29 clear: bold, dim, italic, underline, blink, reverse … */
const sets = memory.data<u16>([0, 1, 2, 4, 8, 16, 16, 32, 64, 128]);
const clears = memory.data<u16>([0, 0, 3, 4, 8, 16, 0, 32, 64, 128]);

/** 38 and 48: `5;N` or `2;R;G;B`. Stores the colour; returns how many parameters it used. */
function extended(parameters: usize, count: u32, at: u32, out: usize): u32 {
  if (at + 2 < count && load<u32>(parameters + (at + 1) * 4) == 5) {
    store<u32>(out, load<u32>(parameters + (at + 2) * 4) & 255);
    return 2;
  }
  if (at + 4 < count && load<u32>(parameters + (at + 1) * 4) == 2) {
    const rgb = parameters + (at + 2) * 4;
    const red = (load<u32>(rgb) & 255) >> 3;
    const green = (load<u32>(rgb, 4) & 255) >> 3;
    const blue = (load<u32>(rgb, 8) & 255) >> 3;
    store<u32>(out, COLOUR_DIRECT | (red << 10) | (green << 5) | blue);
    return 4;
  }
  return count; // nothing that follows can be understood
}

export function selectGraphicRendition(s: Screen, parameters: usize, count: u32): void {
  if (count == 0) return resetAttributes(s);
  const screen = changetype<usize>(s);
  for (let i: u32 = 0; i < count; i++) {
    const p = load<u32>(parameters + i * 4);
    if (p == 0) resetAttributes(s);
    else if (p < 10) s.flags |= <u32>load<u16>(sets + p * 2);
    else if (p == 21) s.flags |= UNDERLINE;
    else if (p > 20 && p < 30) s.flags &= ~(<u32>load<u16>(clears + (p - 20) * 2));
    else if (p >= 30 && p <= 37) s.foreground = p - 30;
    else if (p == 38) i += extended(parameters, count, i, screen + offsetof<Screen>('foreground'));
    else if (p == 39) s.foreground = COLOUR_DEFAULT;
    else if (p >= 40 && p <= 47) s.background = p - 40;
    else if (p == 48) i += extended(parameters, count, i, screen + offsetof<Screen>('background'));
    else if (p == 49) s.background = COLOUR_DEFAULT;
    else if (p >= 90 && p <= 97) s.foreground = p - 90 + BRIGHT;
    else if (p >= 100 && p <= 107) s.background = p - 100 + BRIGHT;
  }
}
