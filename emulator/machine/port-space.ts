/**
 * The 64 K I/O ports: who answers where.
 *
 * - A later claim wins over an earlier one that it overlaps, and gives the ports back when it is removed.
 * - A port nobody claims reads as ones (the ISA data lines are pulled up), ignores writes, and is named once
 *   in the log.
 */
import { logOnce } from '../devices/log-once.ts';
import type { AccessSize, Log, PortHandler, PortSpace, Region } from './bus.ts';

interface Claim {
  readonly name: string;
  readonly first: number;
  readonly end: number;
  readonly handler: PortHandler;
  readonly widthBytes: AccessSize;
}

const PORT_COUNT = 0x10000;
const ALL_ONES = { 1: 0xff, 2: 0xffff, 4: 0xffffffff } as const;

export class Ports implements PortSpace {
  readonly #owner: (Claim | undefined)[] = new Array<Claim | undefined>(PORT_COUNT);
  readonly #claims: Claim[] = [];
  readonly #named = new Set<number>();
  readonly #once: (message: string) => void;

  constructor(log: Log) {
    this.#once = logOnce(log);
  }

  claim(
    name: string,
    first: number,
    count: number,
    handler: PortHandler,
    widthBytes: AccessSize = 1,
  ): Region {
    const claim = { name, first, end: Math.min(first + count, PORT_COUNT), handler, widthBytes };
    this.#claims.push(claim);
    this.#owner.fill(claim, claim.first, claim.end);
    return {
      remove: (): void => {
        const at = this.#claims.indexOf(claim);
        if (at < 0) return;
        this.#claims.splice(at, 1);
        this.#owner.fill(undefined, claim.first, claim.end);
        for (const other of this.#claims) {
          const from = Math.max(other.first, claim.first);
          const to = Math.min(other.end, claim.end);
          if (from < to) this.#owner.fill(other, from, to);
        }
      },
    };
  }

  read(port: number, sizeBytes: AccessSize): number {
    const handler = this.#whole(port, sizeBytes);
    if (handler !== undefined) return handler.portRead(port, sizeBytes);
    if (sizeBytes === 1 || this.#nobodyIn(port, sizeBytes)) {
      this.#nameOnce(port, `read of ${String(sizeBytes)}`);
      return ALL_ONES[sizeBytes];
    }
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value |= this.read((port + i) & 0xffff, 1) << (8 * i);
    return value >>> 0;
  }

  /** Several reads of one port at once, as far as its handler goes: how many bytes. */
  readRun(port: number, sizeBytes: AccessSize, into: Uint8Array): number {
    return this.#whole(port, sizeBytes)?.portReadRun?.(port, sizeBytes, into) ?? 0;
  }

  /** Several writes of one port at once, as far as its handler goes: how many bytes. */
  writeRun(port: number, sizeBytes: AccessSize, from: Uint8Array): number {
    return this.#whole(port, sizeBytes)?.portWriteRun?.(port, sizeBytes, from) ?? 0;
  }

  /** Who takes such an access whole. */
  #whole(port: number, sizeBytes: AccessSize): PortHandler | undefined {
    const claim = this.#owner[port];
    if (claim === undefined || sizeBytes > claim.widthBytes || port + sizeBytes > claim.end) return undefined;
    return claim.handler;
  }

  write(port: number, sizeBytes: AccessSize, value: number): void {
    const handler = this.#whole(port, sizeBytes);
    if (handler !== undefined) {
      handler.portWrite(port, sizeBytes, value);
      return;
    }
    if (sizeBytes === 1 || this.#nobodyIn(port, sizeBytes)) {
      this.#nameOnce(port, `write of ${String(sizeBytes)} (0x${(value >>> 0).toString(16)})`);
      return;
    }
    for (let i = 0; i < sizeBytes; i++) this.write((port + i) & 0xffff, 1, (value >>> (8 * i)) & 0xff);
  }

  #nobodyIn(port: number, sizeBytes: number): boolean {
    for (let i = 0; i < sizeBytes; i++) if (this.#owner[(port + i) & 0xffff] !== undefined) return false;
    return true;
  }

  #nameOnce(port: number, what: string): void {
    if (this.#named.has(port)) return;
    this.#named.add(port);
    this.#once(`no device at port 0x${port.toString(16)}: ${what} byte(s)`);
  }
}
