/**
 * Serves a contract over a Duplex. Whatever arrives is checked against the contract's schemas first: a bad
 * message is refused (with an answer when it asked for one), logged and changes nothing.
 */
import * as v from 'valibot';
import type { Duplex } from './duplex.ts';
import { RpcError } from './rpc-error.ts';
import { requestSchema, type Contract, type Events, type Handlers, type Request } from './rpc.ts';

export interface Server<E extends Events> {
  emit<K extends keyof E & string>(name: K, value: E[K]): void;
}

/** Told about each message that was refused and each handler that failed unexpectedly. */
export type ServerLog = (message: string, error?: unknown) => void;

/** After this many refused messages a connection is closed: its sender is broken or hostile. */
export const MAX_REFUSED = 100;

export function serve<C extends Contract, E extends Events>(
  duplex: Duplex,
  contract: C,
  handlers: Handlers<C>,
  log: ServerLog,
): Server<E> {
  let refused = 0;

  /** `where` is for the log; `reason` is what a person may read who typed what is wrong. */
  const refuse = (id: number | undefined, where: string, reason: string): void => {
    refused += 1;
    log(`refused a message: ${where}${reason}`);
    if (id !== undefined) duplex.post({ t: 'error', id, code: 'bad-request', message: reason });
    if (refused >= MAX_REFUSED) {
      log(`closed a connection after ${refused} refused messages`);
      duplex.close();
    }
  };

  const run = async (request: Request, params: readonly unknown[]): Promise<void> => {
    const handler = handlers[request.method as keyof C] as (...args: readonly unknown[]) => unknown;
    try {
      const value = (await handler(...params)) ?? null;
      if (request.id !== undefined) duplex.post({ t: 'result', id: request.id, value });
    } catch (error) {
      const expected = error instanceof RpcError;
      if (!expected) log(`${request.method} failed`, error);
      if (request.id === undefined) return;
      const message = error instanceof Error ? error.message : String(error);
      duplex.post({ t: 'error', id: request.id, code: expected ? error.code : 'internal', message });
    }
  };

  duplex.onMessage((raw) => {
    const request = v.safeParse(requestSchema, raw);
    if (!request.success) {
      refuse(undefined, ...summary(request.issues));
      return;
    }
    const { id, method } = request.output;
    const definition = Object.hasOwn(contract, method) ? contract[method] : undefined;
    if (definition === undefined) {
      refuse(id, '', `there is no method ${JSON.stringify(method)}`);
      return;
    }
    const params = v.safeParse(definition.params, request.output.params);
    if (!params.success) {
      const [where, reason] = summary(params.issues);
      refuse(id, `${method}: ${where}`, reason);
      return;
    }
    void run(request.output, params.output);
  });

  return {
    emit: (name, value) => {
      duplex.post({ t: 'event', name, value });
    },
  };
}

/** Where the first fault is, ready to be put before what it is. */
function summary(issues: readonly v.BaseIssue<unknown>[]): readonly [where: string, reason: string] {
  const [first] = issues;
  if (first === undefined) return ['', 'malformed'];
  const where = v.getDotPath(first);
  return [where === null ? '' : `${where}: `, first.message];
}
