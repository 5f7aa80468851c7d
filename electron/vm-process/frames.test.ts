/** The way of a frame: mirror, row set, stream, window. */
import { expect, test } from 'vitest';
import type { Frame } from '../../emulator/machine/types.ts';
import { RowSet } from '../services/row-set.ts';
import { ScreenMirror } from '../services/screen-mirror.ts';
import { FrameStream } from './frame-stream.ts';
import { SendWindow } from './send-window.ts';

const WIDTH = 4;

function band(y: number, height: number, value: number): Frame & { kind: 'pixels' } {
  const rgba = new Uint8Array(WIDTH * height * 4).fill(value);
  return { kind: 'pixels', width: WIDTH, height: 20, bands: [{ y, height, rgba }] };
}

test('rows are read back as runs, small gaps bridged', () => {
  const rows = new RowSet(30);
  rows.add({ y: 2, height: 3 });
  rows.add({ y: 7, height: 1 });
  rows.add({ y: 20, height: 100 });
  rows.add({ y: -5, height: 2 });
  expect(rows.runs(0)).toEqual([
    { y: 2, height: 3 },
    { y: 7, height: 1 },
    { y: 20, height: 10 },
  ]);
  expect(rows.runs(2)[0]).toEqual({ y: 2, height: 6 });
  expect(rows.isEmpty).toBe(false);
  rows.clear();
  expect(rows.isEmpty).toBe(true);
  expect(rows.runs(5)).toEqual([]);
});

test('a new viewer gets the whole screen, later ones only what changed, merged and newest', () => {
  const mirror = new ScreenMirror();
  expect(mirror.apply(band(0, 20, 1))).toBe('everything');
  const stream = new FrameStream(mirror);
  expect(stream.take()).toMatchObject({
    kind: 'pixels',
    bytes: WIDTH * 20 * 4,
    bands: [{ y: 0, height: 20 }],
  });
  expect(stream.take()).toBeNull();

  stream.changed(mirror.apply(band(3, 2, 2)));
  stream.changed(mirror.apply(band(4, 2, 3)));
  stream.changed(mirror.apply(band(15, 1, 4)));
  const frame = stream.take();
  expect(frame).toMatchObject({
    bands: [
      { y: 3, height: 3 },
      { y: 15, height: 1 },
    ],
  });
  const first = frame?.kind === 'pixels' ? frame.bands[0]?.rgba : undefined;
  expect([first?.[0], first?.[WIDTH * 4]]).toEqual([2, 3]);
});

test('a frame in flight does not change with the screen', () => {
  const mirror = new ScreenMirror();
  mirror.apply(band(0, 20, 1));
  const frame = new FrameStream(mirror).take();
  mirror.apply(band(0, 20, 9));
  expect(frame?.kind === 'pixels' ? frame.bands[0]?.rgba[0] : null).toBe(1);
});

test('another resolution is everything, for viewers with changes pending too', () => {
  const mirror = new ScreenMirror();
  mirror.apply(band(0, 20, 1));
  const stream = new FrameStream(mirror);
  stream.take();
  stream.changed(mirror.apply(band(1, 1, 1)));
  const larger = {
    kind: 'pixels',
    width: 8,
    height: 2,
    bands: [{ y: 0, height: 2, rgba: new Uint8Array(64) }],
  } as const;
  stream.changed(mirror.apply(larger));
  expect(stream.take()).toMatchObject({ width: 8, height: 2, bands: [{ y: 0, height: 2 }] });
});

test('text goes as cells, and pictures of it as pixels', () => {
  const mirror = new ScreenMirror();
  mirror.apply({
    kind: 'text',
    columns: 2,
    rows: 1,
    cells: Uint16Array.of(0x0741, 0x1f42),
    secondFont: null,
    cellWidth: 9,
    joinLines: true,
    blinking: true,
    underlineLine: null,
    font: new Uint8Array(8192),
    glyphHeight: 16,
    palette: new Uint8Array(48),
    cursor: null,
  });
  expect(new FrameStream(mirror).take()).toMatchObject({
    kind: 'text',
    cells: Uint8Array.of(0x41, 0x07, 0x42, 0x1f),
  });
  expect(mirror.image()).toMatchObject({ width: 18, height: 16 });
});

test('the window stays open for one message beyond its limit and opens again with acknowledgements', () => {
  const window = new SendWindow(100);
  window.sent(1000);
  expect(window.isOpen).toBe(false);
  window.acknowledge(850);
  expect(window.isOpen).toBe(false);
  window.acknowledge(901);
  expect(window.isOpen).toBe(true);
  window.acknowledge(10);
  expect(window.isOpen).toBe(true);
  expect(() => {
    window.acknowledge(1001);
  }).toThrow(RangeError);
});
