/**
 * Random control flow for comparing the translator with the interpreter: blocks of a few instructions over several
 * pages that end in conditional and computed jumps, calls and returns to one another, in any order. So graphs are
 * irreducible, returns meet callers they do not know, and instructions lie across page borders.
 */
import { CODE, STACK_TOP } from '../../cpu/testing/guest.ts';
import { CodeGenerator, type CodeMode, COUNTER, littleEndian, type Random } from './random-code.ts';

/** State of the congruential generator by which the guest decides. */
const STATE = COUNTER + 4;
const BLOCKS = 26;
const FIRST_BLOCK = 0x200;
const SLOT = 0x1a0;
const TARGETS = 8;
/** Calls are jumps below this, returns are jumps at the top. */
const LOWEST_STACK = STACK_TOP - 0x200;

export class FlowGenerator {
  readonly #random: Random;
  readonly #mode: CodeMode;
  readonly #instructions: CodeGenerator;
  readonly #image = new Uint8Array(FIRST_BLOCK + BLOCKS * SLOT + BLOCKS * TARGETS * 8 + 16);
  readonly #blocks: readonly number[];
  #at = 0;

  constructor(random: Random, mode: CodeMode) {
    this.#random = random;
    this.#mode = mode;
    this.#instructions = new CodeGenerator(random, mode);
    this.#blocks = Array.from({ length: BLOCKS }, (_, i) => FIRST_BLOCK + i * SLOT + random.below(0x40));
  }

  #put(...bytes: readonly number[]): void {
    this.#image.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** An instruction with a 32-bit distance behind its opcode. */
  #relative(opcode: readonly number[], target: number): void {
    this.#put(...opcode);
    this.#put(...littleEndian(target - (this.#at + 4), 4));
  }

  #block(): number {
    return this.#random.pick(this.#blocks);
  }

  /** An instruction with an absolute memory operand. */
  #absolute(opcode: number, extension: number, address: number): void {
    const field = extension << 3;
    this.#put(opcode, ...(this.#mode === 'long' ? [field | 4, 0x25] : [field | 5]));
    this.#put(...littleEndian(address, 4));
  }

  /** EAX becomes random, from 0 to 255. */
  #decide(): void {
    this.#absolute(0x69, 0, STATE);
    this.#put(...littleEndian(1103515245, 4));
    this.#put(0x05, ...littleEndian(12345, 4));
    this.#absolute(0x89, 0, STATE);
    this.#put(0xc1, 0xe8, 24);
  }

  /** A table of addresses of blocks; EAX is made an index of it. */
  #table(number: number): number {
    const size = this.#mode === 'long' ? 8 : 4;
    const table = FIRST_BLOCK + BLOCKS * SLOT + number * TARGETS * 8;
    const distinct = 1 << this.#random.below(4);
    const targets = Array.from({ length: distinct }, () => this.#block());
    for (let i = 0; i < TARGETS; i++)
      this.#image.set(littleEndian(CODE + (targets[i % distinct] ?? 0), 4), table + i * size);
    this.#put(0x83, 0xe0, TARGETS - 1);
    return table;
  }

  /** FF with a table's entry as its operand: `extension` is 2 for a call and 4 for a jump. */
  #computed(number: number, extension: number): void {
    const table = littleEndian(CODE + this.#table(number), 4);
    const sib = this.#mode === 'long' ? 0xc5 : 0x85;
    if (this.#random.below(2) === 0) this.#put(0xff, (extension << 3) | 4, sib, ...table);
    else {
      if (this.#mode === 'long') this.#put(0x48);
      this.#put(0x8b, 0x0c, sib, ...table, 0xff, 0xc1 | (extension << 3));
    }
  }

  /** Compares the stack pointer. */
  #compareStack(value: number): void {
    if (this.#mode === 'long') this.#put(0x48);
    this.#put(0x81, 0xfc, ...littleEndian(value, 4));
  }

  #terminator(number: number): void {
    const kind = this.#random.below(10);
    if (kind < 3) {
      this.#put(0xa8, 1 << this.#random.below(8));
      this.#relative([0x0f, 0x84 + this.#random.below(2)], this.#block());
    } else if (kind < 5) this.#computed(number, 4);
    else if (kind < 8) {
      this.#compareStack(LOWEST_STACK);
      this.#relative([0x0f, 0x82], this.#block());
      if (kind === 5) this.#computed(number, 2);
      else this.#relative([0xe8], this.#block());
    } else if (kind === 8) {
      this.#compareStack(STACK_TOP);
      this.#relative([0x0f, 0x83], this.#block());
      this.#put(0xc3);
    }
    // What a call returns to, and what a conditional jump falls through to.
    this.#relative([0xe9], this.#block());
  }

  /** Runs `visits` blocks, then HLT. */
  program(visits: number): Uint8Array {
    this.#put(...this.#instructions.start(visits));
    this.#absolute(0xc7, 0, STATE);
    this.#put(...littleEndian(this.#random.below(0xffffffff), 4));
    this.#relative([0xe9], this.#block());
    const end = this.#at;
    this.#put(0xf4);
    this.#blocks.forEach((block, number) => {
      this.#at = block;
      this.#absolute(0xff, 1, COUNTER);
      this.#relative([0x0f, 0x88], end);
      for (let i = this.#random.below(4); i > 0; i--) this.#put(...this.#instructions.instruction());
      this.#decide();
      this.#terminator(number);
    });
    return this.#image;
  }
}
