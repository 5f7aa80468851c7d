import { beforeEach, expect, test } from 'vitest';
import { KeyboardCapture } from './keyboard-capture.ts';

let sent: string[];
let states: boolean[];
let capture: KeyboardCapture;

const press = (code: string): boolean => {
  let taken = false;
  capture.keyDown({
    code,
    metaKey: false,
    preventDefault: () => (taken = true),
    stopPropagation: () => undefined,
  });
  return taken;
};
const lift = (code: string): void => {
  capture.keyUp({ code, metaKey: false, preventDefault: () => undefined, stopPropagation: () => undefined });
};

beforeEach(() => {
  sent = [];
  states = [];
  const target = {
    key: (code: string, pressed: boolean) => sent.push(`${pressed ? '+' : '-'}${code}`),
    releaseKeys: () => sent.push('release'),
  };
  capture = new KeyboardCapture(target, ['ControlRight'], (captured) => states.push(captured));
});

test('nothing is taken before the keyboard is captured', () => {
  expect(press('KeyA')).toBe(false);
  lift('KeyA');
  expect(sent).toEqual([]);
});

test('every key is taken and sent, repeats too', () => {
  capture.capture();
  expect(press('Tab')).toBe(true);
  press('Tab');
  lift('Tab');
  expect(press('F5')).toBe(true);
  expect(sent).toEqual(['+Tab', '+Tab', '-Tab', '+F5']);
});

test('the release key lifts everything, and is not sent itself', () => {
  capture.capture();
  press('ShiftLeft');
  press('KeyA');
  press('ControlRight');
  expect(capture.captured).toBe(false);
  expect(sent).toEqual(['+ShiftLeft', '+KeyA', 'release']);
  lift('KeyA');
  expect(sent).toHaveLength(3);
  expect(states).toEqual([true, false]);
});

test('a release key of two keys needs both', () => {
  capture.releaseCodes = ['ShiftRight', 'ControlRight'];
  capture.capture();
  press('ControlRight');
  expect(capture.captured).toBe(true);
  lift('ControlRight');
  press('ShiftRight');
  press('ControlRight');
  expect(capture.captured).toBe(false);
  expect(sent).toEqual(['+ControlRight', '-ControlRight', '+ShiftRight', 'release']);
});

test('keys held with Command are lifted when it is: macOS does not tell of them', () => {
  capture.capture();
  press('MetaLeft');
  press('KeyC');
  lift('MetaLeft');
  expect(sent).toEqual(['+MetaLeft', '+KeyC', '-MetaLeft', '-KeyC']);
});
