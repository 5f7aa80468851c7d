/**
 * The half of an ATA drive that disks and CD-ROMs share: task file, PIO data register, DMA request, interrupt.
 *
 * - A command runs to its next stop (data, end, error) inside `command()`; nothing happens in between accesses.
 * - `beginPioIn` / `beginPioOut` hold one DRQ block; when the host has moved all of it, `continuePio` goes on with
 *   the step that they were given. What a command still has to do is data, so that a saved machine can hold it.
 * - Registers are FIFOs of two bytes (LBA48); `previous` holds the older one.
 * Source: ATA/ATAPI-6 (T13 1410D), 6.20 "48-bit address", 9.5 and 9.6 "PIO data protocols".
 */
import type { AccessSize, StateFields } from '../machine/bus.ts';
import { ATA, DIAGNOSTIC_PASSED, ERROR, STATUS } from './ata-registers.ts';

/** What a drive wants of the bus master. */
export interface DmaRequest {
  /** `in`: from the drive to memory. */
  readonly direction: 'in' | 'out';
  readonly totalBytes: number;
  /** Fills or takes the next piece. False when the drive failed and has ended the command. */
  move(piece: Uint8Array): boolean;
  /** The same into pieces that are filled in turn, together whole sectors. False: use `move`, this counts for nothing. */
  fill?(pieces: readonly Uint8Array[]): boolean;
  done(): void;
}

const NO_STEP = 0;

export abstract class AtaDrive {
  /** Registers 1..6 as last written (1 is Features), and as written before that. */
  protected readonly current = new Uint8Array(7);
  protected readonly previous = new Uint8Array(7);
  protected status: number = STATUS.ready | STATUS.seekComplete;
  protected error = DIAGNOSTIC_PASSED;
  dma: DmaRequest | null = null;
  #interrupt = false;
  #buffer: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** What follows the block: a number of the drive's own from 1, or NO_STEP. */
  #step = NO_STEP;
  onInterrupt: () => void = () => undefined;
  onDmaRequest: () => void = () => undefined;

  get interrupt(): boolean {
    return this.#interrupt;
  }

  /** RESET#: what `reset` does, and what the drive forgets besides. */
  abstract powerOnReset(): void;

  /** Software reset, RESET# and EXECUTE DEVICE DIAGNOSTIC all leave the signature in the registers. */
  reset(): void {
    this.#buffer = new Uint8Array(0);
    this.#step = NO_STEP;
    this.dma = null;
    this.previous.fill(0);
    this.current.fill(0);
    this.current[ATA.count] = 1;
    this.current[ATA.lbaLow] = 1;
    this.error = DIAGNOSTIC_PASSED;
    this.status = STATUS.ready | STATUS.seekComplete;
    this.setInterrupt(false);
  }

  /** SRST went up: busy until it falls. */
  beginSoftReset(): void {
    this.reset();
    this.status = STATUS.busy;
  }

  /** Called with the Command register's value; the registers are set. */
  protected abstract execute(command: number): void;

  /** The block that `beginPioIn` or `beginPioOut` was given has been moved. */
  protected abstract continuePio(step: number, block: Uint8Array): void;

  /** Raises the DMA request of the running command again, after a machine was restored. */
  protected abstract resumeDma(): DmaRequest;

  /** The command that runs, the block that is being moved, the registers. The drive's own fields follow. */
  state(fields: StateFields): void {
    fields.bytes(this.current);
    fields.bytes(this.previous);
    this.status = fields.u8(this.status);
    this.error = fields.u8(this.error);
    this.#interrupt = fields.bool(this.#interrupt);
    this.#buffer = fields.buffer(this.#buffer);
    this.#at = fields.u32(this.#at);
    this.#step = fields.u8(this.#step);
    const dma = fields.bool(this.dma !== null);
    this.stateOfCommand(fields);
    if (fields.restoring) this.dma = dma ? this.resumeDma() : null;
  }

  protected abstract stateOfCommand(fields: StateFields): void;

  readRegister(register: number, highOrder: boolean): number {
    if (register === ATA.error) return this.error;
    return (highOrder && register !== ATA.device ? this.previous : this.current)[register] ?? 0;
  }

  writeRegister(register: number, value: number): void {
    // A drive that is moving data ignores the task file.
    if ((this.status & (STATUS.busy | STATUS.dataRequest)) !== 0 && register !== ATA.device) return;
    this.previous[register] = this.current[register] ?? 0;
    this.current[register] = value;
  }

  /** The Status register without side effect. */
  get alternateStatus(): number {
    return this.status;
  }

  readStatus(): number {
    this.setInterrupt(false);
    return this.status;
  }

  command(value: number): void {
    if ((this.status & STATUS.busy) !== 0) return;
    this.#step = NO_STEP;
    this.dma = null;
    this.setInterrupt(false);
    this.status = STATUS.ready | STATUS.seekComplete;
    this.error = 0;
    this.execute(value);
  }

  protected setInterrupt(pending: boolean): void {
    if (pending === this.#interrupt) return;
    this.#interrupt = pending;
    this.onInterrupt();
  }

  /** Ends the command without an error. */
  protected complete(): void {
    this.dma = null;
    this.#step = NO_STEP;
    this.status = STATUS.ready | STATUS.seekComplete;
    this.setInterrupt(true);
  }

  protected fail(error: number): void {
    this.dma = null;
    this.#step = NO_STEP;
    this.error = error;
    this.status = STATUS.ready | STATUS.seekComplete | STATUS.error;
    this.setInterrupt(true);
  }

  protected abort(): void {
    this.fail(ERROR.abort);
  }

  /** Offers `block` to the host; `step` follows when it has been read. */
  protected beginPioIn(block: Uint8Array, step: number): void {
    this.#buffer = block;
    this.#at = 0;
    this.#step = step;
    this.status = STATUS.ready | STATUS.seekComplete | STATUS.dataRequest;
    this.setInterrupt(true);
  }

  /** Asks the host for `sizeBytes` bytes; `step` follows when they have been written. */
  protected beginPioOut(sizeBytes: number, step: number, withInterrupt: boolean): void {
    this.#buffer = new Uint8Array(sizeBytes);
    this.#at = 0;
    this.#step = step;
    this.status = STATUS.ready | STATUS.seekComplete | STATUS.dataRequest;
    if (withInterrupt) this.setInterrupt(true);
  }

  protected beginDma(request: DmaRequest): void {
    this.dma = request;
    this.status = STATUS.ready | STATUS.seekComplete | STATUS.dataRequest;
    this.onDmaRequest();
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    if (this.#at < this.#buffer.length) return;
    const step = this.#step;
    this.#step = NO_STEP;
    this.status &= ~STATUS.dataRequest;
    this.continuePio(step, this.#buffer);
  }

  readData(sizeBytes: AccessSize): number {
    if (this.#step === NO_STEP) return 0;
    const buffer = this.#buffer;
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value |= (buffer[this.#at + i] ?? 0) << (8 * i);
    this.#advance(sizeBytes);
    return value >>> 0;
  }

  /** Moves what is left of the block, in whole accesses, into `into`; how many bytes. */
  readRun(sizeBytes: AccessSize, into: Uint8Array): number {
    if (this.#step === NO_STEP) return 0;
    const whole = this.#wholeAccesses(sizeBytes, into.length);
    if (whole === 0) return 0;
    into.set(this.#buffer.subarray(this.#at, this.#at + whole));
    this.#advance(whole);
    return whole;
  }

  writeData(sizeBytes: AccessSize, value: number): void {
    if (this.#step === NO_STEP) return;
    for (let i = 0; i < sizeBytes && this.#at + i < this.#buffer.length; i++) {
      this.#buffer[this.#at + i] = (value >>> (8 * i)) & 0xff;
    }
    this.#advance(sizeBytes);
  }

  /** Takes what the block still lacks, in whole accesses, out of `from`; how many bytes. */
  writeRun(sizeBytes: AccessSize, from: Uint8Array): number {
    if (this.#step === NO_STEP) return 0;
    const whole = this.#wholeAccesses(sizeBytes, from.length);
    if (whole === 0) return 0;
    this.#buffer.set(from.subarray(0, whole), this.#at);
    this.#advance(whole);
    return whole;
  }

  /** How much of the block an offer of `bytes` moves by accesses of `sizeBytes`. */
  #wholeAccesses(sizeBytes: AccessSize, bytes: number): number {
    const most = Math.min(bytes, this.#buffer.length - this.#at);
    return most - (most % sizeBytes);
  }
}
