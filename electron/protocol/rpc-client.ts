/**
 * The calling side of a contract over a Duplex. Calls that are open when the connection ends are rejected with
 * the code `closed`.
 */
import type { Duplex } from './duplex.ts';
import { RpcError } from './rpc-error.ts';
import type { Calls, Contract, Events, Reply, Tells } from './rpc.ts';

export interface Client<C extends Contract, E extends Events> {
  readonly call: Calls<C>;
  readonly tell: Tells<C>;
  /** Returns the function that removes the listener. */
  on<K extends keyof E & string>(name: K, listener: (value: E[K]) => void): () => void;
  readonly closed: Promise<void>;
  close(): void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function connect<C extends Contract, E extends Events>(duplex: Duplex): Client<C, E> {
  let nextId = 1;
  let open = true;
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<(value: never) => void>>();
  const closed = Promise.withResolvers<undefined>();

  duplex.onMessage((raw) => {
    const reply = raw as Reply;
    if (reply.t === 'event') {
      for (const listener of listeners.get(reply.name) ?? []) listener(reply.value as never);
      return;
    }
    const waiting = pending.get(reply.id);
    pending.delete(reply.id);
    if (reply.t === 'result') waiting?.resolve(reply.value);
    else waiting?.reject(new RpcError(reply.code, reply.message));
  });
  duplex.onClose(() => {
    open = false;
    for (const { reject } of pending.values()) reject(connectionClosed());
    pending.clear();
    closed.resolve(undefined);
  });

  const call = (method: string, params: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (!open) {
        reject(connectionClosed());
        return;
      }
      const id = nextId++;
      pending.set(id, { resolve, reject });
      duplex.post({ t: 'call', id, method, params });
    });
  const tell = (method: string, params: unknown[]): void => {
    if (open) duplex.post({ t: 'call', method, params });
  };

  return {
    call: methodTable((method, params) => call(method, params)) as Calls<C>,
    tell: methodTable((method, params) => {
      tell(method, params);
    }) as Tells<C>,
    on: (name, listener) => {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(listener);
      return () => set.delete(listener);
    },
    closed: closed.promise,
    close: () => {
      duplex.close();
    },
  };
}

/** An object that has every method name; `then` is left out so that nobody takes it for a promise. */
function methodTable(send: (method: string, params: unknown[]) => unknown): unknown {
  return new Proxy(
    {},
    {
      get: (_target, method) =>
        typeof method === 'string' && method !== 'then'
          ? (...params: unknown[]) => send(method, params)
          : undefined,
    },
  );
}

const connectionClosed = (): RpcError => new RpcError('closed', 'The connection was closed.');
