import { beforeEach, describe, expect, it } from 'vitest';
import { PointerFeed, type PointerLike } from './pointer-feed.ts';

const picture = { left: 100, top: 50, width: 640, height: 480 };
const at = (clientX: number, clientY: number, more: Partial<PointerLike> = {}): PointerLike => ({
  clientX,
  clientY,
  movementX: 0,
  movementY: 0,
  buttons: 0,
  ...more,
});

describe('the pointer over the screen', () => {
  let sent: string[];
  let feed: PointerFeed;

  beforeEach(() => {
    sent = [];
    feed = new PointerFeed({
      mouse: (...args) => sent.push(`mouse ${args.join(' ')}`),
      pointer: (...args) => sent.push(`pointer ${args.join(' ')}`),
    });
  });

  it('is nothing to a guest without a mouse', () => {
    feed.locked = true;
    feed.move(at(200, 100, { movementX: 5 }), picture);
    expect(sent).toEqual([]);
  });

  it('is a place from corner to corner, and stays inside', () => {
    feed.mode = 'absolute';
    feed.move(at(100, 50), picture);
    feed.move(at(740, 530, { buttons: 1 }), picture);
    feed.move(at(420, 290), picture);
    feed.move(at(0, 1000), picture);
    expect(sent).toEqual([
      'pointer 0 0 0 0',
      'pointer 65535 65535 0 1',
      'pointer 32768 32768 0 0',
      'pointer 0 65535 0 0',
    ]);
    feed.move(at(200, 200), { ...picture, width: 0 });
    expect(sent.at(-1)).toMatch(/^pointer 0 /);
  });

  it('is motion only while it is locked, and keeps parts of counts', () => {
    feed.mode = 'relative';
    feed.move(at(0, 0, { movementX: 9 }), picture);
    feed.locked = true;
    feed.move(at(0, 0, { movementX: 0.6, movementY: -3 }), picture);
    feed.move(at(0, 0, { movementX: 0.6 }), picture);
    feed.move(at(0, 0), picture);
    feed.move(at(0, 0, { buttons: 2 }), picture);
    expect(sent).toEqual(['mouse 0 -3 0 0', 'mouse 1 0 0 0', 'mouse 0 0 0 2']);
  });

  it('counts whole detents of any kind of wheel', () => {
    feed.mode = 'relative';
    feed.locked = true;
    const wheel = (deltaY: number, deltaMode: number): void => {
      feed.wheel({ ...at(0, 0), deltaY, deltaMode }, picture);
    };
    wheel(60, 0);
    wheel(60, 0);
    wheel(-9, 1);
    wheel(1, 2);
    expect(sent).toEqual(['mouse 0 0 1 0', 'mouse 0 0 -3 0', 'mouse 0 0 1 0']);
  });

  it('lets go of buttons when it goes elsewhere', () => {
    feed.mode = 'absolute';
    feed.move(at(420, 290, { buttons: 1 }), picture);
    feed.release();
    feed.release();
    expect(sent.slice(1)).toEqual(['pointer 32768 32768 0 0']);
  });
});
