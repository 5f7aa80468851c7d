import { expect, test } from 'vitest';
import type { Duplex } from './duplex.ts';
import { Mux, type MuxMessage } from './mux.ts';

function joined() {
  const opened: Duplex<Uint8Array>[] = [];
  const ends: { parent?: Mux; child?: Mux } = {};
  ends.parent = new Mux(
    (message) => ends.child?.receive(message),
    () => undefined,
  );
  ends.child = new Mux(
    (message) => ends.parent?.receive(message),
    (duplex) => opened.push(duplex),
  );
  return { parent: ends.parent, child: ends.child, opened };
}

test('connections are kept apart', () => {
  const { parent, child, opened } = joined();
  const heard: string[] = [];
  child.control.onMessage((bytes) => heard.push(`control ${bytes.join()}`));
  const first = parent.open();
  const second = parent.open();
  opened.forEach((duplex, index) => {
    duplex.onMessage((bytes) => heard.push(`${index} ${bytes.join()}`));
  });
  second.post(Uint8Array.of(2));
  first.post(Uint8Array.of(1));
  parent.control.post(Uint8Array.of(0));
  expect(heard).toEqual(['1 2', '0 1', 'control 0']);
});

test('what arrives before somebody listens is kept', () => {
  const { parent, opened } = joined();
  parent.open().post(Uint8Array.of(7));
  const heard: number[] = [];
  opened[0]?.onMessage((bytes) => heard.push(...bytes));
  expect(heard).toEqual([7]);
});

test('closing one side tells the other, once, and posts go nowhere', () => {
  const { parent, opened } = joined();
  const connection = parent.open();
  const told: string[] = [];
  connection.onClose(() => told.push('parent'));
  opened[0]?.onClose(() => told.push('child'));
  opened[0]?.close();
  connection.close();
  connection.post(Uint8Array.of(1));
  expect(told.sort()).toEqual(['child', 'parent']);
});

test('the end of the channel ends every connection', () => {
  const { parent } = joined();
  const told: number[] = [];
  parent.open().onClose(() => told.push(1));
  parent.open().onClose(() => told.push(2));
  parent.end();
  expect(told).toEqual([1, 2]);
});

test('nonsense on the channel is dropped', () => {
  const sent: MuxMessage[] = [];
  const mux = new Mux(
    (message) => sent.push(message),
    () => undefined,
  );
  for (const nonsense of [null, 1, 'x', {}, { op: 'data', connection: 0 }, { op: 'boom', connection: 0 }]) {
    mux.receive(nonsense);
  }
  expect(sent).toEqual([]);
});
