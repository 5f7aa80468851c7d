/**
 * The cases of the run loop: forms of frequent instructions with their operands' kinds known. Each is named
 * HANDLER_BITS_r or _m (register or memory rm operand) and replaces that handler in the decode rows. A body is
 * that of a handler: AssemblyScript, `p` is the micro-op, the next micro-op is returned.
 */

export interface HotForm {
  readonly name: string;
  readonly body: string;
  /** Set when a following Jcc can be fused: the body for a condition, null for those that are rare. */
  readonly fused?: (condition: number) => string | null;
}

const NEXT = 'return p + UOP_SIZE;';
const TYPE = { 8: 'u8', 16: 'u16', 32: 'u32', 64: 'u64' } as const;
const SIGNED = { 8: 'i8', 16: 'i16', 32: 'i32', 64: 'i64' } as const;
type Bits = keyof typeof TYPE;

const JUMP = `
      const left = load<i32>(COUNTDOWN) - <i32>load<u8>(p, UOP_COUNT);
      store<i32>(COUNTDOWN, left);
      const linear = load<u64>(PAGE_BASE) + <u64>(<i64>load<i32>(p, UOP_TARGET));
      if (left > 0 && load<u32>(p, UOP_LINK_STAMP) == load<u32>(GENERATION)) {
        store<u64>(PAGE_BASE, linear & ~4095);
        return <usize>load<u32>(p, UOP_LINK);
      }
      return branchLinear(p, linear);`;

/** Conditions on the stored flags, by the low nibble of the opcode. */
const CONDITIONS = [
  'Flags.of() != 0',
  'Flags.cf() != 0',
  'load<u64>(FLAG_RESULT) == 0',
  '(Flags.cf() | Flags.zf()) != 0',
  'Flags.sf() != 0',
  'Flags.pf() != 0',
  '(Flags.sf() ^ Flags.of()) != 0',
  '((Flags.sf() ^ Flags.of()) | Flags.zf()) != 0',
];

function condition(code: number): string {
  const text = CONDITIONS[code >> 1] ?? 'false';
  return code & 1 ? `!(${text})` : text;
}

/** Conditions on the operands of a compare, without going through the flags. */
function compareCondition(code: number, bits: Bits): string | null {
  const s = SIGNED[bits];
  const texts: Record<number, string> = {
    2: 'a < b',
    3: 'a >= b',
    4: 'a == b',
    5: 'a != b',
    6: 'a <= b',
    7: 'a > b',
    12: `<${s}>a < <${s}>b`,
    13: `<${s}>a >= <${s}>b`,
    14: `<${s}>a <= <${s}>b`,
    15: `<${s}>a > <${s}>b`,
  };
  return texts[code] ?? null;
}

function testCondition(code: number, bits: Bits): string | null {
  const s = SIGNED[bits];
  const r = `<${s}>(a & b)`;
  const texts: Record<number, string> = {
    4: `${r} == 0`,
    5: `${r} != 0`,
    8: `${r} < 0`,
    9: `${r} >= 0`,
    14: `${r} <= 0`,
    15: `${r} > 0`,
  };
  return texts[code] ?? null;
}

function fusible(
  operands: string,
  compute: string,
  bits: Bits,
  test: boolean,
): (code: number) => string | null {
  return (code) => {
    const direct = test ? testCondition(code, bits) : compareCondition(code, bits);
    if (direct === null) return null;
    return `${operands} ${compute} if (${direct}) {${JUMP}
      } ${NEXT}`;
  };
}

function twoOperand(operation: string, bits: Bits): HotForm[] {
  const t = TYPE[bits];
  const reg = `Registers.reg<${t}>(p)`;
  const rm = `Registers.rm<${t}>(p)`;
  const imm = `Operand.immediate<${t}>(p)`;
  const memory = `Memory.read<${t}>(p, Address.of(p))`;
  const forms: HotForm[] = [];
  if (operation === 'cmp' || operation === 'test') {
    const compute = `Alu.${operation}<${t}>(a, b);`;
    const add = (name: string, a: string, b: string): void => {
      const operands = `const a = ${a}; const b = ${b};`;
      forms.push({
        name: `${operation}${name}`,
        body: `${operands} ${compute} ${NEXT}`,
        fused: fusible(operands, compute, bits, operation === 'test'),
      });
    };
    add(`EG_${bits}_r`, rm, reg);
    add(`EI_${bits}_r`, rm, imm);
    add(`EG_${bits}_m`, memory, reg);
    add(`EI_${bits}_m`, memory, imm);
    if (operation === 'cmp') {
      add(`GE_${bits}_r`, reg, rm);
      add(`GE_${bits}_m`, reg, memory);
    }
    return forms;
  }
  const op = `Alu.${operation}<${t}>`;
  forms.push(
    { name: `${operation}EG_${bits}_r`, body: `Registers.setRm<${t}>(p, ${op}(${rm}, ${reg})); ${NEXT}` },
    { name: `${operation}EI_${bits}_r`, body: `Registers.setRm<${t}>(p, ${op}(${rm}, ${imm})); ${NEXT}` },
    { name: `${operation}GE_${bits}_r`, body: `Registers.setReg<${t}>(p, ${op}(${reg}, ${rm})); ${NEXT}` },
    {
      name: `${operation}GE_${bits}_m`,
      body: `Registers.setReg<${t}>(p, ${op}(${reg}, ${memory})); ${NEXT}`,
    },
  );
  for (const [name, value] of [
    ['EG', reg],
    ['EI', imm],
  ] as const) {
    forms.push({
      name: `${operation}${name}_${bits}_m`,
      body: `const at = Address.of(p); const a = Memory.readForWrite<${t}>(p, at);
      Memory.write<${t}>(p, at, ${op}(a, ${value})); ${NEXT}`,
    });
  }
  return forms;
}

function moves(bits: Bits): HotForm[] {
  const t = TYPE[bits];
  return [
    { name: `movEG_${bits}_r`, body: `Registers.setRm<${t}>(p, Registers.reg<${t}>(p)); ${NEXT}` },
    {
      name: `movEG_${bits}_m`,
      body: `Memory.write<${t}>(p, Address.of(p), Registers.reg<${t}>(p)); ${NEXT}`,
    },
    { name: `movGE_${bits}_r`, body: `Registers.setReg<${t}>(p, Registers.rm<${t}>(p)); ${NEXT}` },
    {
      name: `movGE_${bits}_m`,
      body: `Registers.setReg<${t}>(p, Memory.read<${t}>(p, Address.of(p))); ${NEXT}`,
    },
    { name: `movEI_${bits}_r`, body: `Registers.setRm<${t}>(p, Operand.immediate<${t}>(p)); ${NEXT}` },
    {
      name: `movEI_${bits}_m`,
      body: `Memory.write<${t}>(p, Address.of(p), Operand.immediate<${t}>(p)); ${NEXT}`,
    },
  ];
}

function extensions(bits: Bits): HotForm[] {
  const t = TYPE[bits];
  const s = SIGNED[bits];
  const forms: HotForm[] = [];
  for (const [name, from, to] of [
    ['movzxB', 'u8', t],
    ['movzxW', 'u16', t],
    ['movsxB', 'i8', s],
    ['movsxW', 'i16', s],
    ['movsxD', 'i32', s],
  ] as const) {
    const set = (value: string): string => `Registers.setReg<${t}>(p, <${t}><${to}>${value}); ${NEXT}`;
    forms.push({ name: `${name}_${bits}_r`, body: set(`Registers.rm<${from}>(p)`) });
    forms.push({ name: `${name}_${bits}_m`, body: set(`Memory.read<${from}>(p, Address.of(p))`) });
  }
  return forms;
}

function oneOperand(bits: Bits): HotForm[] {
  const t = TYPE[bits];
  const rm = `Registers.rm<${t}>(p)`;
  const forms: HotForm[] = ['inc', 'dec', 'neg'].map((operation) => ({
    name: `${operation}E_${bits}_r`,
    body: `Registers.setRm<${t}>(p, Alu.${operation}<${t}>(${rm})); ${NEXT}`,
  }));
  forms.push({ name: `notE_${bits}_r`, body: `Registers.setRm<${t}>(p, <${t}>~${rm}); ${NEXT}` });
  for (const operation of ['shl', 'shr', 'sar', 'rol', 'ror']) {
    forms.push({
      name: `${operation}EI_${bits}_r`,
      body: `Registers.setRm<${t}>(p, Shift.${operation}<${t}>(${rm}, load<u32>(p, UOP_IMMEDIATE))); ${NEXT}`,
    });
  }
  forms.push(
    {
      name: `imulGE_${bits}_r`,
      body: `Registers.setReg<${t}>(p, Multiply.signed<${t}>(Registers.reg<${t}>(p), ${rm})); ${NEXT}`,
    },
    {
      name: `imulGE_${bits}_m`,
      body: `Registers.setReg<${t}>(p, Multiply.signed<${t}>(Registers.reg<${t}>(p), Memory.read<${t}>(p, Address.of(p)))); ${NEXT}`,
    },
    {
      name: `imulGEI_${bits}_r`,
      body: `Registers.setReg<${t}>(p, Multiply.signed<${t}>(${rm}, Operand.immediate<${t}>(p))); ${NEXT}`,
    },
    {
      name: `movZI_${bits}_r`,
      body:
        bits === 64
          ? `Registers.setRm<u64>(p, load<u64>(p, UOP_DISPLACEMENT)); ${NEXT}`
          : `Registers.setRm<u32>(p, load<u32>(p, UOP_IMMEDIATE)); ${NEXT}`,
    },
    { name: `leaGM_${bits}_m`, body: `Registers.setReg<${t}>(p, <${t}>Address.offset(p)); ${NEXT}` },
  );
  return forms;
}

/** A near branch to a non-canonical address faults at the branch. */
const CANONICAL = 'if ((value + 0x800000000000) >> 48) return nonCanonicalTarget(p);';

/** Stack and control transfer in 64-bit mode, where the stack is flat. */
const STACK64: HotForm[] = [
  {
    name: 'pushE_64_r',
    body: `const value = Registers.rm<u64>(p); const sp = load<u64>(REGS + RSP) - 8;
      Memory.write<u64>(p, sp, value); store<u64>(REGS + RSP, sp); ${NEXT}`,
  },
  {
    name: 'popE_64_r',
    body: `const sp = load<u64>(REGS + RSP); const value = Memory.read<u64>(p, sp);
      store<u64>(REGS + RSP, sp + 8); Registers.setRm<u64>(p, value); ${NEXT}`,
  },
  {
    name: 'callJ_64_r',
    body: `const sp = load<u64>(REGS + RSP) - 8;
      Memory.write<u64>(p, sp, load<u64>(PAGE_BASE) + <u64>load<u16>(p, UOP_OFFSET) + <u64>load<u8>(p, UOP_LENGTH));
      store<u64>(REGS + RSP, sp); ${JUMP}`,
  },
  {
    name: 'ret_64_r',
    body: `const sp = load<u64>(REGS + RSP); const value = Memory.read<u64>(p, sp); ${CANONICAL}
      store<u64>(REGS + RSP, sp + 8); return returnTo(p, value);`,
  },
  {
    name: 'jmpE_64_r',
    body: `const value = Registers.rm<u64>(p); ${CANONICAL} return branchTo(p, value);`,
  },
  {
    name: 'jmpE_64_m',
    body: `const value = Memory.read<u64>(p, Address.of(p)); ${CANONICAL} return branchTo(p, value);`,
  },
];

/** The two that stand for no instruction, in the order of core/fixed-ops.ts. */
const FIXED: HotForm[] = [
  {
    name: 'end of block',
    body: `
      const left = load<i32>(COUNTDOWN) - (<i32>load<u8>(p, UOP_COUNT) - 1);
      store<i32>(COUNTDOWN, left);
      const linear = load<u64>(PAGE_BASE) + <u64>(<i64>load<i32>(p, UOP_TARGET));
      if (left > 0 && load<u32>(p, UOP_LINK_STAMP) == load<u32>(GENERATION)) {
        store<u64>(PAGE_BASE, linear & ~4095);
        return <usize>load<u32>(p, UOP_LINK);
      }
      return branchLinear(p, linear);`,
  },
  {
    name: 'code was dropped',
    body: `
      store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) - (<i32>load<u8>(p, UOP_COUNT) - 1));
      return branchLinear(0, load<u64>(PAGE_BASE) + <u64>load<u16>(p, UOP_OFFSET));`,
  },
];

/** The same with 32-bit operands where the stack is flat and 32 bits wide; else by the general handler. */
const FLAT_STACK = 'if ((load<u32>(MODE) & FLAT_STACK_32) != FLAT_STACK_32)';
const GENERAL = (handler: string): string =>
  `${FLAT_STACK} { store<u32>(CURRENT_UOP, p); return ${handler}<u32>(p); }`;
const STACK32: HotForm[] = [
  {
    name: 'pushE_32_r',
    body: `${GENERAL('pushE')} const value = Registers.rm<u32>(p); const sp: u32 = load<u32>(REGS + RSP) - 4;
      Memory.write<u32>(p, <u64>sp, value); store<u64>(REGS + RSP, <u64>sp); ${NEXT}`,
  },
  {
    name: 'popE_32_r',
    body: `${GENERAL('popE')} const sp: u32 = load<u32>(REGS + RSP); const value = Memory.read<u32>(p, <u64>sp);
      const next: u32 = sp + 4; store<u64>(REGS + RSP, <u64>next); Registers.setRm<u32>(p, value); ${NEXT}`,
  },
  {
    name: 'callJ_32_r',
    body: `${GENERAL('callJ')} const sp: u32 = load<u32>(REGS + RSP) - 4;
      Memory.write<u32>(p, <u64>sp, <u32>nextRip(p));
      store<u64>(REGS + RSP, <u64>sp); ${JUMP}`,
  },
];

const JUMPS: HotForm[] = [
  { name: 'jmpJ', body: JUMP },
  ...Array.from({ length: 16 }, (_, code) => ({
    name: `jcc${code}`,
    body: `if (${condition(code)}) {${JUMP}
      } ${NEXT}`,
  })),
  { name: 'nop', body: NEXT },
];

export function hotForms(): HotForm[] {
  const operations = ['add', 'or', 'and', 'sub', 'xor', 'cmp', 'test'];
  return [
    ...FIXED,
    ...JUMPS,
    ...([32, 64] as const).flatMap((bits) => operations.flatMap((operation) => twoOperand(operation, bits))),
    ...['cmp', 'test'].flatMap((operation) => twoOperand(operation, 8)),
    ...([8, 16, 32, 64] as const).flatMap(moves),
    ...([32, 64] as const).flatMap(extensions),
    ...([32, 64] as const).flatMap(oneOperand),
    ...STACK64,
    ...STACK32,
  ];
}

/** What the bodies above refer to, by the file of core/ that has it. */
export const HOT_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  '../layout': [
    'COUNTDOWN',
    'CURRENT_UOP',
    'FLAG_RESULT',
    'GENERATION',
    'MODE',
    'PAGE_BASE',
    'REGS',
    'UOP_COUNT',
    'UOP_DISPLACEMENT',
    'UOP_IMMEDIATE',
    'UOP_LENGTH',
    'UOP_LINK',
    'UOP_LINK_STAMP',
    'UOP_OFFSET',
    'UOP_SIZE',
    'UOP_TARGET',
  ],
  './address': ['Address'],
  './alu': ['Alu'],
  './bits': ['RSP'],
  './events': ['branchLinear', 'branchTo', 'enter', 'nonCanonicalTarget', 'returnTo'],
  './exceptions': ['nextRip'],
  './families/control': ['callJ'],
  './families/stack': ['popE', 'pushE'],
  './flags': ['Flags'],
  './memory': ['Memory'],
  './mode-bits': ['FLAT_STACK_32'],
  './multiply': ['Multiply'],
  './operands': ['Operand'],
  './registers': ['Registers'],
  './shift': ['Shift'],
};
