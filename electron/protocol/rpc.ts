/**
 * The envelope and the types of typed calls over a Duplex. The server side is rpc-server.ts, the client side
 * rpc-client.ts: the renderer takes only the latter, so that no schema code reaches the browser.
 *
 * A contract is a table of methods, each with the schemas of its parameters (what the server checks) and the
 * type of its result; and a map of the events that the server sends.
 */
import * as v from 'valibot';

type Schemas = readonly v.GenericSchema[];

export interface Method<P extends readonly unknown[] = readonly unknown[], R = unknown> {
  readonly params: v.GenericSchema<unknown, P>;
  /** Only a type: never present. */
  readonly result?: R;
}

export type Contract = Readonly<Record<string, Method>>;
export type Events = object;

type Parameters_<M> = M extends Method<infer P> ? P : never;
type Result_<M> = M extends { readonly result?: infer R } ? R : never;

type Outputs<S extends Schemas> = { -readonly [K in keyof S]: v.InferOutput<S[K]> };

/** A method that is answered when it is done, and has nothing to say. */
export function action<const S extends Schemas>(...params: S): Method<Outputs<S>, void> {
  // valibot's tuple type does not survive the mapping of Outputs; the elements are the same schemas.
  return { params: v.strictTuple([...params]) };
}

/** `method<Result>()(schema of parameter 1, …)` */
export function method<R>() {
  return <const S extends Schemas>(...params: S): Method<Outputs<S>, R> => ({
    params: action(...params).params,
  });
}

export type Handlers<C extends Contract> = {
  readonly [K in keyof C]: (...args: Parameters_<C[K]>) => Result_<C[K]> | Promise<Result_<C[K]>>;
};

/** Calls that are answered. */
export type Calls<C extends Contract> = {
  readonly [K in keyof C]: (...args: Parameters_<C[K]>) => Promise<Result_<C[K]>>;
};

/** Calls whose answer nobody waits for: keys, acknowledgements. */
export type Tells<C extends Contract> = {
  readonly [K in keyof C]: (...args: Parameters_<C[K]>) => void;
};

const name = v.pipe(v.string(), v.maxLength(64));
const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What a client may send. Without an id no answer is wanted. */
export const requestSchema = v.strictObject({
  t: v.literal('call'),
  id: v.optional(id),
  method: name,
  params: v.array(v.unknown()),
});

export type Request = v.InferOutput<typeof requestSchema>;

export type Reply =
  | { readonly t: 'result'; readonly id: number; readonly value: unknown }
  | { readonly t: 'error'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly t: 'event'; readonly name: string; readonly value: unknown };
