/**
 * The option ROM by which a BIOS boots a Linux kernel: a Plug and Play ROM with a bootstrap entry vector (BEV).
 *
 * - The BIOS finds it in fw_cfg below "genroms/", calls its initialisation, which does nothing, and lists it as
 *   a boot device. Booting it loads the items of `steps` by fw_cfg DMA, which reaches all of memory from real
 *   mode, and jumps to the kernel's real-mode entry, 0x200 bytes behind its start.
 * - An item that fails is told on the screen, and the BIOS goes on to the next boot device (INT 18h).
 * Sources: BIOS Boot Specification 1.01, 3.3 and 5; Plug and Play BIOS Specification 1.0A, 3.2 "Expansion
 * Header"; Linux boot.rst, "Running the Kernel"; QEMU docs/specs/fw_cfg.rst, "DMA interface".
 */

/** The ROM's name in fw_cfg; firmware names boot devices by it. */
export const LINUX_ROM_FILE = 'genroms/linux.rom';

export interface LoadStep {
  /** Key of the fw_cfg item. */
  readonly item: number;
  readonly address: number;
  readonly sizeBytes: number;
}

export interface SetupPlace {
  /** A multiple of 16 below 1 MiB. */
  readonly setupAddress: number;
  /** SP when the kernel starts, relative to `setupAddress`. */
  readonly stackTop: number;
}

const UNIT = 512;
const PNP_HEADER = 0x20;
const CODE = 0x48;
const BLOCK_BYTES = 16;
/** Where the DMA control block and the stack of the loader are: memory that a BIOS leaves to boot loaders. */
const CONTROL_BLOCK = 0x8000;
const STACK = 0x7c00;
const DMA_SELECT_AND_READ = 0x08 | 0x02;
const PRODUCT = 'Linux kernel';
const FAILURE = 'The kernel cannot be loaded: the firmware configuration device reports an error.\r\n';

/** Code as rows of bytes; a row that is a string is a label, one with `to` a short jump or a word with its offset. */
type Row =
  readonly number[] | string | { readonly jump: number; readonly to: string } | { readonly word: string };

const rowBytes = (row: Row): number =>
  typeof row === 'string' ? 0 : 'jump' in row || 'word' in row ? 2 : row.length;

function assemble(
  rows: readonly Row[],
  origin: number,
): { bytes: number[]; labels: ReadonlyMap<string, number> } {
  const labels = new Map<string, number>();
  let at = origin;
  for (const row of rows) {
    if (typeof row === 'string') labels.set(row, at);
    at += rowBytes(row);
  }
  const find = (label: string): number => {
    const found = labels.get(label);
    if (found === undefined) throw new Error(`no label ${label}`);
    return found;
  };
  const bytes: number[] = [];
  for (const row of rows) {
    if (typeof row === 'string') continue;
    if ('jump' in row) bytes.push(row.jump, (find(row.to) - (origin + bytes.length + 2)) & 0xff);
    else if ('word' in row) bytes.push(...word(find(row.word)));
    else bytes.push(...row);
  }
  return { bytes, labels };
}

const word = (v: number): number[] => [v & 0xff, (v >> 8) & 0xff];
const big32 = (v: number): number[] => [v >>> 24, (v >> 16) & 0xff, (v >> 8) & 0xff, v & 0xff];
const text = (s: string): number[] => [...Array.from(s, (c) => c.charCodeAt(0)), 0];
const JZ = 0x74;
const JB = 0x72;
const JMP = 0xeb;

/** Control blocks of the DMA interface: control and length, then a 64-bit address, all big-endian. */
const controlBlock = ({ item, address, sizeBytes }: LoadStep): number[] => [
  ...word(item).reverse(),
  0,
  DMA_SELECT_AND_READ,
  ...big32(sizeBytes),
  ...big32(0),
  ...big32(address),
];

function program(steps: readonly LoadStep[], { setupAddress, stackTop }: SetupPlace): readonly Row[] {
  const setupSegment = setupAddress >> 4;
  return [
    'boot',
    [0xfa], //                              cli
    [0xfc], //                              cld
    [0x31, 0xc0], //                        xor ax, ax
    [0x8e, 0xd0], //                        mov ss, ax
    [0xbc, ...word(STACK)], //              mov sp, STACK
    [0x8e, 0xc0], //                        mov es, ax
    [0x0e, 0x1f], //                        push cs; pop ds
    [0xbe],
    { word: 'blocks' }, //                  mov si, blocks
    'next',
    [0xbf, ...word(CONTROL_BLOCK)], //      mov di, CONTROL_BLOCK
    [0xb9, ...word(BLOCK_BYTES / 2)], //    mov cx, BLOCK_BYTES / 2
    [0xf3, 0xa5], //                        rep movsw
    [0x66, 0x31, 0xc0], //                  xor eax, eax
    [0xba, 0x14, 0x05], //                  mov dx, 0x514
    [0x66, 0xef], //                        out dx, eax           address, high half
    [0x66, 0xb8, ...big32(CONTROL_BLOCK)], // mov eax, CONTROL_BLOCK (big-endian)
    [0xb2, 0x18], //                        mov dl, 0x18
    [0x66, 0xef], //                        out dx, eax           low half: starts the transfer
    'wait',
    [0x26, 0x66, 0xa1, ...word(CONTROL_BLOCK)], // mov eax, es:[CONTROL_BLOCK]
    [0x66, 0x85, 0xc0], //                  test eax, eax
    { jump: JZ, to: 'loaded' }, //          jz loaded
    [0x66, 0xa9, ...big32(1)], //           test eax, ERROR (big-endian)
    { jump: JZ, to: 'wait' }, //            jz wait
    { jump: JMP, to: 'failed' }, //         jmp failed
    'loaded',
    [0x81, 0xfe],
    { word: 'blocks-end' }, //              cmp si, blocks-end
    { jump: JB, to: 'next' }, //            jb next
    [0xb8, ...word(setupSegment)], //       mov ax, setup
    [0x8e, 0xd8], //                        mov ds, ax
    [0x8e, 0xc0], //                        mov es, ax
    [0x8e, 0xe0], //                        mov fs, ax
    [0x8e, 0xe8], //                        mov gs, ax
    [0x8e, 0xd0], //                        mov ss, ax
    [0xbc, ...word(stackTop)], //           mov sp, stackTop
    [0xea, ...word(0), ...word(setupSegment + 0x20)], // jmp setup + 0x20 : 0
    'failed',
    [0xbe],
    { word: 'failure' }, //                 mov si, failure
    'character',
    [0xac], //                              lodsb
    [0x84, 0xc0], //                        test al, al
    { jump: JZ, to: 'give-up' }, //         jz give-up
    [0xb4, 0x0e], //                        mov ah, 0x0e          teletype output
    [0xbb, ...word(7)], //                  mov bx, 7
    [0xcd, 0x10], //                        int 0x10
    { jump: JMP, to: 'character' }, //      jmp character
    'give-up',
    [0xfb], //                              sti
    [0xcd, 0x18], //                        int 0x18              the next boot device
    [0xf4], //                              hlt
    { jump: JMP, to: 'give-up' }, //        jmp give-up
    'blocks',
    steps.flatMap(controlBlock),
    'blocks-end',
    'failure',
    text(FAILURE),
    'product',
    text(PRODUCT),
  ];
}

/** Bytes that make the sum of all of `bytes` 0, at `at`. */
function checksum(bytes: Uint8Array, from: number, length: number, at: number): void {
  let sum = 0;
  for (let i = from; i < from + length; i++) sum += bytes[i] ?? 0;
  bytes[at] = (256 - (sum & 0xff)) & 0xff;
}

export function linuxBootRom(steps: readonly LoadStep[], place: SetupPlace): Uint8Array {
  const { bytes, labels } = assemble(program(steps, place), CODE);
  const rom = new Uint8Array(Math.ceil((CODE + bytes.length + 1) / UNIT) * UNIT);
  // Signature, size in units, and at 3 the initialisation: mov ax, 0x20 (a BEV device is there); retf.
  rom.set([0x55, 0xaa, rom.length / UNIT, 0xb8, 0x20, 0x00, 0xcb]);
  rom.set(word(PNP_HEADER), 0x1a);
  rom.set(
    [
      ...Array.from('$PnP', (c) => c.charCodeAt(0)),
      ...[0x01, 0x02], // revision, length in 16 bytes
      ...word(0), // no further header
      ...[0, 0], // reserved, checksum
      ...[0, 0, 0, 0], // no device identifier
      ...word(0), // manufacturer
      ...word(labels.get('product') ?? 0),
      ...[0x00, 0x80, 0x02], // device type: a mass-storage controller of another kind
      0x14, // initial program load device, may be shadowed
      ...word(0), // no boot connection vector: it is no BIOS disk
      ...word(0), // no disconnect vector
      ...word(labels.get('boot') ?? 0),
      ...word(0),
      ...word(0),
    ],
    PNP_HEADER,
  );
  rom.set(bytes, CODE);
  checksum(rom, PNP_HEADER, 32, PNP_HEADER + 9);
  checksum(rom, 0, rom.length, rom.length - 1);
  return rom;
}
