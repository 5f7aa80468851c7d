/**
 * Bytes the guest sends, gathered for each port and handed out in one piece at the end of a turn.
 */
const PORTS = 2;

export class SerialOutput {
  #waiting: number[][] = Array.from({ length: PORTS }, () => []);

  push(port: number, byte: number): void {
    this.#waiting[port]?.push(byte);
  }

  flush(out: (port: number, bytes: Uint8Array) => void): void {
    for (let port = 0; port < PORTS; port++) {
      const bytes = this.#waiting[port];
      if (bytes === undefined || bytes.length === 0) continue;
      this.#waiting[port] = [];
      out(port, Uint8Array.from(bytes));
    }
  }
}
