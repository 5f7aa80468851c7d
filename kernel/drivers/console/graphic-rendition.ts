/** SGR: colours and weight (ECMA-48 8.3.117, and xterm's 256 and direct colours brought down to sixteen). */
import { Screen, resetAttributes, setDefaultBackground, setDefaultForeground } from './screen';

/** The order of red and blue differs between ANSI's numbers and VGA's: these are ANSI's, as paint.ts has its palette. */
const BRIGHT: u32 = 8;

/** The nearest of the sixteen to a colour of 0 to 255 each. */
function nearest(red: u32, green: u32, blue: u32): u32 {
  const strongest = max(red, max(green, blue));
  if (strongest < 64) return 0;
  const half = strongest / 2;
  const hue: u32 = (red > half ? 1 : 0) | (green > half ? 2 : 0) | (blue > half ? 4 : 0);
  return strongest > 192 ? hue | BRIGHT : hue;
}

/** A number of xterm's palette: sixteen basic colours, a cube of six steps, 24 greys. */
function fromPalette(index: u32): u32 {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return grey > 200 ? 15 : grey > 120 ? 7 : grey > 50 ? 8 : 0;
  }
  const cube = index - 16;
  return nearest(((cube / 36) % 6) * 51, ((cube / 6) % 6) * 51, (cube % 6) * 51);
}

/** 38 and 48: `;5;N` or `;2;R;G;B`. Stores the colour; returns how many parameters it used. */
function extended(parameters: usize, count: u32, at: u32, out: usize): u32 {
  if (at + 2 < count && load<u32>(parameters + (at + 1) * 4) == 5) {
    store<u32>(out, fromPalette(load<u32>(parameters + (at + 2) * 4) & 255));
    return 2;
  }
  if (at + 4 < count && load<u32>(parameters + (at + 1) * 4) == 2) {
    const rgb = parameters + (at + 2) * 4;
    store<u32>(out, nearest(load<u32>(rgb) & 255, load<u32>(rgb, 4) & 255, load<u32>(rgb, 8) & 255));
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
    else if (p == 1) s.bold = true;
    else if (p == 22) s.bold = false;
    else if (p == 7) s.inverse = true;
    else if (p == 27) s.inverse = false;
    else if (p >= 30 && p <= 37) s.foreground = p - 30;
    else if (p == 38) i += extended(parameters, count, i, screen + offsetof<Screen>('foreground'));
    else if (p == 39) setDefaultForeground(s);
    else if (p >= 40 && p <= 47) s.background = p - 40;
    else if (p == 48) i += extended(parameters, count, i, screen + offsetof<Screen>('background'));
    else if (p == 49) setDefaultBackground(s);
    else if (p >= 90 && p <= 97) s.foreground = p - 90 + BRIGHT;
    else if (p >= 100 && p <= 107) s.background = p - 100 + BRIGHT;
  }
}
