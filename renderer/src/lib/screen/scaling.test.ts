import { expect, test } from 'vitest';
import { placeScreen } from './scaling.ts';

const guest = { width: 640, height: 480 };

test('Fit fills one direction and keeps the shape; it is sharp at whole numbers only', () => {
  expect(placeScreen(guest, { width: 1280, height: 2000 }, 1, 'fit')).toEqual({
    width: 1280,
    height: 960,
    sharp: true,
  });
  expect(placeScreen(guest, { width: 1000, height: 600 }, 1, 'fit')).toEqual({
    width: 800,
    height: 600,
    sharp: false,
  });
  expect(placeScreen(guest, { width: 320, height: 240 }, 1, 'fit')).toEqual({
    width: 320,
    height: 240,
    sharp: false,
  });
});

test('whole sizes follow a dense screen, in whole device pixels', () => {
  expect(placeScreen(guest, { width: 10, height: 10 }, 1, '2x')).toEqual({
    width: 1280,
    height: 960,
    sharp: true,
  });
  expect(placeScreen(guest, { width: 10, height: 10 }, 2, '1x')).toEqual({
    width: 640,
    height: 480,
    sharp: true,
  });
  expect(placeScreen(guest, { width: 10, height: 10 }, 1.5, '1x')).toEqual({
    width: 1280 / 1.5,
    height: 960 / 1.5,
    sharp: true,
  });
});

test('Stretch is the space itself', () => {
  expect(placeScreen(guest, { width: 999, height: 333 }, 1, 'stretch')).toEqual({
    width: 999,
    height: 333,
    sharp: false,
  });
});
