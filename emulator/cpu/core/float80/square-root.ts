/** Square root of an unpacked positive number, 64 bits and a sticky part, into Wide. Digit by digit, two bits a step. */
import { Wide } from './wide';

export function squareRootWide(exp: i32, m: u64): void {
  // The radicand times 2^126 as hi:lo: its root then has exactly 64 bits.
  let hi = exp & 1 ? m : m >> 1;
  let lo: u64 = exp & 1 ? 0 : m << 63;
  let root: u64 = 0;
  let restHi: u64 = 0;
  let rest: u64 = 0;
  for (let i = 0; i < 64; i++) {
    restHi = (restHi << 2) | (rest >> 62);
    rest = (rest << 2) | (hi >> 62);
    hi = (hi << 2) | (lo >> 62);
    lo <<= 2;
    const trialHi = root >> 62;
    const trial = (root << 2) | 1;
    root <<= 1;
    if (restHi > trialHi || (restHi == trialHi && rest >= trial)) {
      restHi -= trialHi + u64(rest < trial);
      rest -= trial;
      root |= 1;
    }
  }
  // (root + 1/2)^2 = root^2 + root + 1/4: the next bit is set when the rest exceeds the root.
  const half = restHi != 0 || rest > root;
  const sticky = u64((restHi | rest) != 0);
  Wide.set(0, exp >> 1, root, (half ? <u64>0x8000000000000000 : 0) | sticky);
}
