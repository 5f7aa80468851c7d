// SHA-512. Source: FIPS 180-4, sections 4.1.3, 4.2.3, 5.3.5, 6.4.
//
// Rules: sha512Start(), any number of sha512Add(), sha512Finish(); the state is SHA512_STATE_BYTES anywhere, 8-aligned.

/** Digest under way, count of bytes, and a block that is not full. */
@unmanaged
@final
export class Sha512 {
  h0: u64;
  h1: u64;
  h2: u64;
  h3: u64;
  h4: u64;
  h5: u64;
  h6: u64;
  h7: u64;
  count: u64;
}

const BLOCK: usize = 128;
export const SHA512_STATE_BYTES: usize = 72 + 128;
export const SHA512_BYTES: usize = 64;

/** Fractions of the cube roots of the first eighty primes, and of the square roots of the first eight. */
// prettier-ignore
const roundConstants = memory.data<u64>([
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
  0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
  0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
  0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
  0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
  0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
  0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
  0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
  0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
  0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
  0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
  0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
  0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
  0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
  0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
  0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
  0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
  0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
  0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
]);
// prettier-ignore
const initial = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
]);
const schedule = memory.data(80 * 8, 8);

function blockOf(s: Sha512): usize {
  return changetype<usize>(s) + 72;
}

function schedules(block: usize): void {
  for (let t: usize = 0; t < 16; t++) store<u64>(schedule + t * 8, bswap<u64>(load<u64>(block + t * 8)));
  for (let t: usize = 16; t < 80; t++) {
    const at = schedule + t * 8;
    const w2 = load<u64>(at - 16);
    const w15 = load<u64>(at - 120);
    const s1 = rotr<u64>(w2, 19) ^ rotr<u64>(w2, 61) ^ (w2 >> 6);
    const s0 = rotr<u64>(w15, 1) ^ rotr<u64>(w15, 8) ^ (w15 >> 7);
    store<u64>(at, s1 + load<u64>(at - 56) + s0 + load<u64>(at - 128));
  }
}

function compress(s: Sha512, block: usize): void {
  schedules(block);
  let a = s.h0;
  let b = s.h1;
  let c = s.h2;
  let d = s.h3;
  let e = s.h4;
  let f = s.h5;
  let g = s.h6;
  let h = s.h7;
  for (let t: usize = 0; t < 80; t++) {
    const sum1 = rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41);
    const choice = (e & f) ^ (~e & g);
    const t1 = h + sum1 + choice + load<u64>(roundConstants + t * 8) + load<u64>(schedule + t * 8);
    const sum0 = rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + sum0 + majority;
  }
  s.h0 += a;
  s.h1 += b;
  s.h2 += c;
  s.h3 += d;
  s.h4 += e;
  s.h5 += f;
  s.h6 += g;
  s.h7 += h;
}

export function sha512Start(s: Sha512): void {
  memory.copy(changetype<usize>(s), initial, 64);
  s.count = 0;
}

export function sha512Add(s: Sha512, from: usize, size: usize): void {
  let at = from;
  let rest = size;
  while (rest > 0) {
    const used = (<usize>s.count) & (BLOCK - 1);
    const n = min<usize>(rest, BLOCK - used);
    memory.copy(blockOf(s) + used, at, n);
    s.count += n;
    at += n;
    rest -= n;
    if (used + n == BLOCK) compress(s, blockOf(s));
  }
}

/** Stores SHA512_BYTES at `to`; the state is used up. */
export function sha512Finish(s: Sha512, to: usize): void {
  const bits = s.count << 3;
  const used = (<usize>s.count) & (BLOCK - 1);
  const block = blockOf(s);
  store<u8>(block + used, 0x80);
  memory.fill(block + used + 1, 0, BLOCK - used - 1);
  if (used >= 112) {
    compress(s, block);
    memory.fill(block, 0, BLOCK);
  }
  store<u64>(block, bswap<u64>(bits), 120);
  compress(s, block);
  for (let i: usize = 0; i < 64; i += 8) {
    store<u64>(to + i, bswap<u64>(load<u64>(changetype<usize>(s) + i)));
  }
}
