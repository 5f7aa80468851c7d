import * as v from 'valibot';
import { expect, test, vi } from 'vitest';
import type { Duplex } from './duplex.ts';
import { connect } from './rpc-client.ts';
import { RpcError } from './rpc-error.ts';
import { MAX_REFUSED, serve } from './rpc-server.ts';
import { action, method } from './rpc.ts';

const contract = {
  double: method<number>()(v.pipe(v.number(), v.maxValue(100))),
  note: action(v.string()),
  fail: action(v.picklist(['expected', 'unexpected'])),
};

interface Events {
  readonly news: string;
}

/** Two ends of one connection, in this process, without a delay of its own. */
function pair(): [Duplex, Duplex] {
  const ends = [0, 1].map(() => ({
    listeners: [] as ((message: unknown) => void)[],
    closed: [] as (() => void)[],
  }));
  const make = (own: number): Duplex => {
    const [here, there] = [ends[own], ends[1 - own]];
    return {
      post: (message) => {
        queueMicrotask(() =>
          there?.listeners.forEach((listener) => {
            listener(structuredClone(message));
          }),
        );
      },
      onMessage: (listener) => here?.listeners.push(listener),
      onClose: (listener) => here?.closed.push(listener),
      close: () => {
        for (const end of ends) for (const closed of end.closed.splice(0)) closed();
      },
    };
  };
  return [make(0), make(1)];
}

function setUp() {
  const [clientEnd, serverEnd] = pair();
  const log = vi.fn();
  const notes: string[] = [];
  const server = serve<typeof contract, Events>(
    serverEnd,
    contract,
    {
      double: (value) => value * 2,
      note: (text) => {
        notes.push(text);
      },
      fail: (how) => {
        throw how === 'expected' ? new RpcError('no', 'for a person') : new Error('secret detail');
      },
    },
    log,
  );
  return { client: connect<typeof contract, Events>(clientEnd), clientEnd, server, log, notes };
}

test('a call is answered, a tell is done, an event arrives', async () => {
  const { client, server, notes } = setUp();
  const news: string[] = [];
  const stop = client.on('news', (text) => news.push(text));
  expect(await client.call.double(21)).toBe(42);
  client.tell.note('hello');
  server.emit('news', 'first');
  await client.call.note('and');
  stop();
  server.emit('news', 'second');
  await client.call.note('bye');
  expect(notes).toEqual(['hello', 'and', 'bye']);
  expect(news).toEqual(['first']);
});

test('an expected error keeps its code and message; an unexpected one is logged', async () => {
  const { client, log } = setUp();
  await expect(client.call.fail('expected')).rejects.toMatchObject({ code: 'no', message: 'for a person' });
  expect(log).not.toHaveBeenCalled();
  await expect(client.call.fail('unexpected')).rejects.toMatchObject({ code: 'internal' });
  expect(log).toHaveBeenCalledOnce();
});

test.each([
  ['no envelope', 'text'],
  ['null', null],
  ['another type', { t: 'result', id: 1, value: 1 }],
  ['a surplus field', { t: 'call', id: 500, method: 'note', params: ['x'], more: 1 }],
  ['a bad id', { t: 'call', id: -1, method: 'note', params: ['x'] }],
  ['an unknown method', { t: 'call', id: 500, method: 'nothing', params: [] }],
  ['a method of Object', { t: 'call', id: 500, method: 'constructor', params: [] }],
  ['a parameter of another type', { t: 'call', id: 500, method: 'note', params: [1] }],
  ['too few parameters', { t: 'call', id: 500, method: 'note', params: [] }],
  ['too many parameters', { t: 'call', id: 500, method: 'note', params: ['a', 'b'] }],
  ['a value out of range', { t: 'call', id: 500, method: 'double', params: [101] }],
])('%s is refused, logged and harmless', async (_what, message) => {
  const { client, clientEnd, log, notes } = setUp();
  clientEnd.post(message);
  expect(await client.call.double(1)).toBe(2);
  expect(notes).toEqual([]);
  expect(log).toHaveBeenCalledOnce();
});

test('what is refused is told in the contract’s own words, and where in the log', async () => {
  const { client, log } = setUp();
  const answer = await client.call.double(101).catch((error: unknown) => error);
  expect(answer).toMatchObject({ code: 'bad-request' });
  expect((answer as Error).message).not.toContain('double');
  expect(log).toHaveBeenCalledWith(`refused a message: double: 0: ${(answer as Error).message}`);
});

test('a connection that only talks nonsense is closed', async () => {
  const { client, clientEnd } = setUp();
  for (let sent = 0; sent < MAX_REFUSED; sent++) clientEnd.post('nonsense');
  await client.closed;
  await expect(client.call.double(1)).rejects.toMatchObject({ code: 'closed' });
});

test('calls that are open when the connection ends are rejected', async () => {
  const { client, clientEnd } = setUp();
  const call = client.call.double(1);
  clientEnd.close();
  await expect(call).rejects.toMatchObject({ code: 'closed' });
});
