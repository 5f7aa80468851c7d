// Passwords: the vectors of the SHA-512 crypt specification, and that hashes made here match.

import { cryptPassword, hashPassword, passwordMatches } from '../lib/crypt';
import { bytesEqual } from '../lib/bytes';
import { literal } from '../lib/literal';
import { SHA512_BYTES, sha512Add, sha512Finish, sha512Start } from '../lib/sha';
import { check, finish } from '../lib/test';

function crypts(password: string, setting: string, wanted: string): void {
  const made = cryptPassword(literal(password), literal(setting));
  check(made != 0 && bytesEqual(made, literal(wanted)), wanted);
}

function digestOfMillion(): void {
  const digest = memory.data(64, 8);
  const letters = memory.data(1000);
  memory.fill(letters, 0x61, 1000);
  sha512Start();
  for (let i = 0; i < 1000; i++) sha512Add(letters, 1000);
  sha512Finish(digest);
  check(SHA512_BYTES == 64 && bswap<u64>(load<u64>(digest)) == 0xe718483d0ce76964, 'FIPS 180: a million a');
}

export function main(): i32 {
  digestOfMillion();
  crypts(
    'Hello world!',
    '$6$saltstring',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  );
  crypts(
    'Hello world!',
    '$6$rounds=10000$saltstringsaltstring',
    '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
  );
  crypts(
    'secret',
    '$6$saltstring',
    '$6$saltstring$AIsRs/Ee56G/tC8MEHhvReZTfx8u3rXXMl6eYrjCG9ibix19DxoMBLogdTET5Ukw9Sf7eZTITsuk0Ry5qulYz.',
  );
  const made = hashPassword(literal('pass word'));
  check(passwordMatches(literal('pass word'), made), 'a new hash');
  check(!passwordMatches(literal('pass wore'), made), 'another password');
  check(
    !passwordMatches(literal(''), literal('')) && !passwordMatches(literal('x'), literal('*')),
    'no hash',
  );
  check(!passwordMatches(literal('x'), literal('$6$')), 'half a hash');
  return finish('crypt', 'lib/crypt.ts, lib/sha.ts');
}
