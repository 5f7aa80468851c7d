/**
 * Puts a port's output together over reconnections: every byte once, gaps said aloud, a new power-on marked.
 */
import type { SerialEvent } from '../../../../electron/protocol/vm-contract.ts';

export type StreamPiece =
  | { readonly kind: 'data'; readonly data: Uint8Array }
  | { readonly kind: 'gap'; readonly bytes: number }
  | { readonly kind: 'power-on' };

export class SerialStream {
  #session: string | null = null;
  #end = 0;

  receive({ session, offset, data }: Pick<SerialEvent, 'session' | 'offset' | 'data'>): StreamPiece[] {
    const pieces: StreamPiece[] = [];
    if (session !== this.#session) {
      this.#session = session;
      this.#end = 0;
      pieces.push({ kind: 'power-on' });
    }
    if (offset > this.#end) pieces.push({ kind: 'gap', bytes: offset - this.#end });
    const fresh = data.subarray(Math.max(0, this.#end - offset));
    if (fresh.byteLength > 0) pieces.push({ kind: 'data', data: fresh });
    this.#end = Math.max(this.#end, offset + data.byteLength);
    return pieces;
  }
}
