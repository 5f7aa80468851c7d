import { expect, test } from 'vitest';
import { isOwnAddress } from './app-origin.ts';

test.each(['app://breenix/index.html', 'app://breenix', 'app://breenix/'])('%s is our own', (address) => {
  expect(isOwnAddress(address)).toBe(true);
});

test.each([
  'app://other/index.html',
  'app://breenix.example/',
  'app://breenix@evil/',
  'https://breenix/',
  'file:///breenix',
  'about:blank',
  'null',
  '',
])('%s is not', (address) => {
  expect(isOwnAddress(address)).toBe(false);
});
