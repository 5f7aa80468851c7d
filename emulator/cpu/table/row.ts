/**
 * The form of the instruction table. Everything that decodes, runs, tests or prints instructions derives from it.
 *
 * A row is [opcode, syntax, handler, attributes]:
 * - opcode: hex bytes as in SDM vol. 2. A mandatory prefix comes first (`66`, `f3`, `f2`, `np` for none of them);
 *   without one the row holds for all prefixes that have no row of their own. `vex` before it stands for a VEX prefix
 *   whose pp says the mandatory prefix (`vex.l0`, `vex.l1`: with this VEX.L only). `/3` fixes ModRM.reg, `/r3` the
 *   same in register form only, `/m3` in memory form only, `/3.2` register form with ModRM.rm = 2.
 *   `+r` stands for eight opcodes with a register in the low bits.
 * - syntax: mnemonic and operands, a letter for where and a letter for how big, after SDM vol. 2, A.2:
 *   E rm general register or memory, G general register, B general register in VEX.vvvv, M memory only, R register only, S segment register,
 *   C control and D debug register, Z register in the opcode, A accumulator, I immediate, J relative jump,
 *   O offset, P far pointer, Q/N MMX, V XMM register, W XMM register or memory, U XMM register only,
 *   X/Y string operands, F nothing (size only);
 *   b 8, w 16, d 32, q 64, o 128, t 80 bits, v operand size, z 16 or 32, y 32 or 64, p far pointer,
 *   s table pseudo-descriptor, a BOUND's pair, n no size (address only).
 * - handler: a function of core/families/<family>.ts; `<T>` becomes the type of the first sized operand, once for
 *   each operand size. `hot:NAME` is a case of the run loop (codegen/hot-forms.ts).
 * - attributes: `lock`, `w` (memory operand is written), `d64`, `f64`, `end` (ends a block), `i64` (invalid in
 *   64-bit mode), `o64` (only there), `prot` (#UD in real and virtual-8086 mode), `stack`, `T=type`.
 */
export type Row = readonly [opcode: string, syntax: string, handler: string, attributes?: string];

export interface Family {
  /** The file in core/families and the name in messages. */
  readonly name: string;
  readonly rows: readonly Row[];
}
