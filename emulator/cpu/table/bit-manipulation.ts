/** LZCNT and TZCNT; BMI1 and BMI2, which have VEX prefixes. */
import type { Family } from './row.ts';

export const bitManipulation: Family = {
  name: 'bit-manipulation',
  rows: [
    ['f3 0f bc', 'tzcnt Gv,Ev', 'tzcnt<T>'],
    ['f3 0f bd', 'lzcnt Gv,Ev', 'lzcnt<T>'],
    ['vex.l0 np 0f 38 f2', 'andn Gy,By,Ey', 'andn<T>'],
    ['vex.l0 np 0f 38 f3 /1', 'blsr By,Ey', 'blsr<T>'],
    ['vex.l0 np 0f 38 f3 /2', 'blsmsk By,Ey', 'blsmsk<T>'],
    ['vex.l0 np 0f 38 f3 /3', 'blsi By,Ey', 'blsi<T>'],
    ['vex.l0 np 0f 38 f5', 'bzhi Gy,Ey,By', 'bzhi<T>'],
    ['vex.l0 np 0f 38 f7', 'bextr Gy,Ey,By', 'bextr<T>'],
    ['vex.l0 f2 0f 38 f5', 'pdep Gy,By,Ey', 'pdep<T>'],
    ['vex.l0 f3 0f 38 f5', 'pext Gy,By,Ey', 'pext<T>'],
    ['vex.l0 f2 0f 38 f6', 'mulx Gy,By,Ey', 'mulx<T>'],
    ['vex.l0 66 0f 38 f7', 'shlx Gy,Ey,By', 'shlx<T>'],
    ['vex.l0 f2 0f 38 f7', 'shrx Gy,Ey,By', 'shrx<T>'],
    ['vex.l0 f3 0f 38 f7', 'sarx Gy,Ey,By', 'sarx<T>'],
    ['vex.l0 f2 0f 3a f0', 'rorx Gy,Ey,Iu', 'rorx<T>'],
  ],
};
