/**
 * The table by which a running kernel names an address: `ksyms`, pairs of function address and name, ascending,
 * ended by a null pair. Names are those of the TypeScript sources, or the label for assembly.
 */
import { ElfFile } from './elf.ts';

function displayName(name: string): string {
  return name.replace(/^kernel\//, '');
}

/** `linked` is the program linked before, which tells the order; without it the order is arbitrary. */
export function symbolTableAssembly(names: ReadonlyMap<string, string>, linked: Uint8Array | null): string {
  const symbols =
    linked === null
      ? [...names.keys()]
      : [
          ...new Set(
            new ElfFile(linked)
              .symbols()
              .filter((s) => names.has(s.name))
              .map((s) => s.name),
          ),
        ];
  const rows = symbols.map((symbol, i) => `.quad ${symbol}, .Lname${i}\n`);
  const strings = symbols.map((symbol, i) => {
    return `.Lname${i}: .asciz ${JSON.stringify(displayName(names.get(symbol) ?? symbol))}\n`;
  });
  return `.section .rodata.ksyms, "a", @progbits
.balign 16
.globl ksyms
ksyms:
${rows.join('')}.quad 0, 0
${strings.join('')}.section .note.GNU-stack, "", @progbits
`;
}
