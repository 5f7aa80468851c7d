// Names of variables. Source: POSIX 3.216 (name).

/** The address after the name that begins at `at`; `at` itself when none does. */
export function nameEnd(at: usize): usize {
  const first = load<u8>(at);
  if (!isLetter(first)) return at;
  while (isLetter(load<u8>(at)) || isDigit(load<u8>(at))) at++;
  return at;
}

/** Whether the whole byte string is a name. */
export function isName(at: usize): bool {
  const end = nameEnd(at);
  return end > at && load<u8>(end) == 0;
}

export function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function isLetter(byte: u8): bool {
  return byte == 0x5f || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);
}
