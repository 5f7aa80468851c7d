/**
 * The monitor's identity (EDID 1.3, 128 bytes) that the display adapter offers: 1024x768 preferred.
 * Source: VESA Enhanced EDID Standard, release A revision 1 (2000), chapter 3.
 */

const EDID_BYTES = 128;
const MANUFACTURER = 'BNX';
const PREFERRED = {
  pixelClock10Khz: 6500,
  width: 1024,
  horizontalBlank: 320,
  horizontalFront: 24,
  horizontalSync: 136,
  height: 768,
  verticalBlank: 38,
  verticalFront: 3,
  verticalSync: 6,
  widthMm: 271,
  heightMm: 203,
} as const;

export function buildEdid(): Uint8Array {
  const e = new Uint8Array(EDID_BYTES);
  e.set([0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]);
  const letters = Array.from(MANUFACTURER, (c) => c.charCodeAt(0) - 64);
  const id = ((letters[0] ?? 0) << 10) | ((letters[1] ?? 0) << 5) | (letters[2] ?? 0);
  // Product 1, serial 1, week 1 of 2024, EDID 1.3.
  e.set([id >> 8, id & 0xff, 1, 0, 1, 0, 0, 0, 1, 34, 1, 3], 8);
  // Digital input, 27 x 20 cm, gamma 2.2, RGB, preferred timing first.
  e.set([0x80, 27, 20, 120, 0x0a], 20);
  // sRGB chromaticity.
  e.set([0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54], 25);
  // 640x480 and 800x600 and 1024x768, all at 60 Hz.
  e.set([0x21, 0x08, 0x00], 35);
  e.fill(0x01, 38, 54);
  e.set(detailedTiming(), 54);
  e.set(textDescriptor(0xfc, 'Breenix'), 72);
  e.set([0, 0, 0, 0xfd, 0, 50, 75, 30, 160, 20, 0, 0x0a, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20], 90);
  e.set(textDescriptor(0xff, '1'), 108);
  const sum = e.reduce((a, b) => a + b, 0);
  e[127] = -sum & 0xff;
  return e;
}

function detailedTiming(): number[] {
  const t = PREFERRED;
  const high = (a: number, b: number): number => ((a >> 8) << 4) | (b >> 8);
  return [
    t.pixelClock10Khz & 0xff,
    t.pixelClock10Khz >> 8,
    t.width & 0xff,
    t.horizontalBlank & 0xff,
    high(t.width, t.horizontalBlank),
    t.height & 0xff,
    t.verticalBlank & 0xff,
    high(t.height, t.verticalBlank),
    t.horizontalFront & 0xff,
    t.horizontalSync & 0xff,
    (t.verticalFront << 4) | t.verticalSync,
    0,
    t.widthMm & 0xff,
    t.heightMm & 0xff,
    high(t.widthMm, t.heightMm),
    0,
    0,
    0x18,
  ];
}

function textDescriptor(tag: number, text: string): number[] {
  const bytes = Array.from(text, (c) => c.charCodeAt(0));
  const padded = [...bytes, 0x0a].concat(new Array<number>(13).fill(0x20)).slice(0, 13);
  return [0, 0, 0, tag, 0, ...padded];
}
