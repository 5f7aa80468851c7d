import path from 'node:path';
import { expect, test } from 'vitest';
import { parseStartOptions, StartUsageError } from './start-options.ts';

test('without options a window is wanted', () => {
  expect(parseStartOptions([])).toEqual({ help: false, web: false, openBrowser: true, port: 0, folders: [] });
});

test('all options together', () => {
  const options = parseStartOptions(['--web', '--no-open', '--port', '8080', '--folder', 'a', '--folder=/b']);
  expect(options).toEqual({
    help: false,
    web: true,
    openBrowser: false,
    port: 8080,
    folders: [path.resolve('a'), '/b'],
  });
});

test.each([
  [['--nonsense']],
  [['--port']],
  [['--port', '0']],
  [['--port', '65536']],
  [['--port', '80x']],
  [['--port', '-1']],
  [['--web=yes']],
  [['file']],
])('%j is refused in one line', (args) => {
  let message = '';
  try {
    parseStartOptions(args);
  } catch (error) {
    expect(error).toBeInstanceOf(StartUsageError);
    message = error instanceof Error ? error.message : '';
  }
  expect(message).not.toBe('');
  expect(message).not.toContain('\n');
});
