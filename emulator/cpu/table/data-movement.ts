/** MOV, MOVZX, MOVSX, LEA, XCHG, BSWAP, CMOVcc, SETcc, conversions, XLAT, LAHF, CMPXCHG, XADD, MOVBE, NOP. */
import type { Family, Row } from './row.ts';

const conditional: Row[] = Array.from({ length: 16 }, (_, code): Row[] => {
  const low = code.toString(16);
  return [
    [`0f 4${low}`, 'cmovcc Gv,Ev', 'cmov<T>'],
    [`0f 9${low}`, 'setcc Eb', 'setcc', 'w'],
  ];
}).flat();

export const dataMovement: Family = {
  name: 'data-movement',
  rows: [
    ['88', 'mov Eb,Gb', 'movEG<T>', 'w'],
    ['89', 'mov Ev,Gv', 'movEG<T>', 'w'],
    ['8a', 'mov Gb,Eb', 'movGE<T>'],
    ['8b', 'mov Gv,Ev', 'movGE<T>'],
    ['c6 /0', 'mov Eb,Ib', 'movEI<T>', 'w'],
    ['c7 /0', 'mov Ev,Iz', 'movEI<T>', 'w'],
    ['b0+r', 'mov Zb,Ib', 'movEI<T>'],
    ['b8+r', 'mov Zv,Iv', 'movZI<T>'],
    ['a0', 'mov Ab,Ob', 'movAO<T>'],
    ['a1', 'mov Av,Ov', 'movAO<T>'],
    ['a2', 'mov Ob,Ab', 'movOA<T>', 'T=b'],
    ['a3', 'mov Ov,Av', 'movOA<T>', 'T=v'],
    ['0f b6', 'movzx Gv,Eb', 'movzxB<T>'],
    ['0f b7', 'movzx Gv,Ew', 'movzxW<T>'],
    ['0f be', 'movsx Gv,Eb', 'movsxB<T>'],
    ['0f bf', 'movsx Gv,Ew', 'movsxW<T>'],
    ['63', 'movsxd Gv,Ed', 'movsxD<T>', 'o64'],
    ['8d', 'lea Gv,Mn', 'leaGM<T>'],
    ['86', 'xchg Eb,Gb', 'xchgEG<T>', 'lock w'],
    ['87', 'xchg Ev,Gv', 'xchgEG<T>', 'lock w'],
    ['90', 'nop', 'hot:nop'],
    ['f3 90', 'pause', 'hot:nop'],
    ...Array.from({ length: 7 }, (_, i): Row => [(0x91 + i).toString(16), 'xchg Zv,Av', 'xchgZA<T>']),
    ['0f c8+r', 'bswap Zv', 'bswap<T>'],
    ['98', 'cbw Fv', 'cbw<T>'],
    ['99', 'cwd Fv', 'cwd<T>'],
    ['d7', 'xlat', 'xlat'],
    ['9e', 'sahf', 'sahf'],
    ['9f', 'lahf', 'lahf'],
    ['0f b0', 'cmpxchg Eb,Gb', 'cmpxchg<T>', 'lock w'],
    ['0f b1', 'cmpxchg Ev,Gv', 'cmpxchg<T>', 'lock w'],
    ['0f c0', 'xadd Eb,Gb', 'xadd<T>', 'lock w'],
    ['0f c1', 'xadd Ev,Gv', 'xadd<T>', 'lock w'],
    ['0f c7 /m1', 'cmpxchg8b Ma', 'cmpxchgPair<T>', 'lock w T=y'],
    ['np 0f c3', 'movnti My,Gy', 'movEG<T>', 'w T=y'],
    ...['np', '66'].flatMap((prefix): Row[] => [
      [`${prefix} 0f 38 f0`, 'movbe Gv,Mv', 'movbeLoad<T>'],
      [`${prefix} 0f 38 f1`, 'movbe Mv,Gv', 'movbeStore<T>', 'w'],
    ]),
    ['0f 0d', 'prefetchw En', 'hot:nop'],
    ...[0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f].map((op): Row => [
      `0f ${op.toString(16)}`,
      'nop En',
      'hot:nop',
    ]),
    ...conditional,
  ],
};
