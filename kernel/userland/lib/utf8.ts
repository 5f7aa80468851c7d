// UTF-8 from the UTF-16 of string literals, and the number of characters in UTF-8.
// Source: RFC 3629; the Unicode standard, section 3.9.

/** Bytes that `text` takes as UTF-8, without a terminator. */
export function utf8Length(text: string): usize {
  let size: usize = 0;
  for (let i = 0, length = text.length; i < length; i++) {
    const unit = <u32>text.charCodeAt(i);
    if (unit < 0x80) size += 1;
    else if (unit < 0x800) size += 2;
    else if (isLeadSurrogate(unit) && i + 1 < length) {
      size += 4;
      i++;
    } else size += 3;
  }
  return size;
}

/** Writes `text` as UTF-8 (utf8Length() bytes, no terminator); returns the address after the last byte. */
export function utf8Encode(text: string, to: usize): usize {
  for (let i = 0, length = text.length; i < length; i++) {
    const code = codePointAt(text, i);
    if (code >= 0x10000) i++;
    to = encodeCodePoint(code, to);
  }
  return to;
}

/** The character that begins at unit `i`; one of 0x10000 and more takes two units. */
export function codePointAt(text: string, i: i32): u32 {
  const unit = <u32>text.charCodeAt(i);
  if (!isLeadSurrogate(unit) || i + 1 >= text.length) return unit;
  return 0x10000 + ((unit & 0x3ff) << 10) + ((<u32>text.charCodeAt(i + 1)) & 0x3ff);
}

/** Writes one character, at most four bytes; returns the address after the last one. */
export function encodeCodePoint(code: u32, to: usize): usize {
  if (code < 0x80) {
    store<u8>(to++, <u8>code);
    return to;
  }
  if (code < 0x800) store<u8>(to++, <u8>(0xc0 | (code >> 6)));
  else {
    if (code < 0x10000) store<u8>(to++, <u8>(0xe0 | (code >> 12)));
    else {
      store<u8>(to++, <u8>(0xf0 | (code >> 18)));
      store<u8>(to++, <u8>(0x80 | ((code >> 12) & 0x3f)));
    }
    store<u8>(to++, <u8>(0x80 | ((code >> 6) & 0x3f)));
  }
  store<u8>(to++, <u8>(0x80 | (code & 0x3f)));
  return to;
}

/** Characters in a byte string: what a terminal shows, one column each. */
export function utf8Columns(at: usize): usize {
  let columns: usize = 0;
  for (; load<u8>(at); at++) {
    if ((load<u8>(at) & 0xc0) != 0x80) columns++;
  }
  return columns;
}

function isLeadSurrogate(unit: u32): bool {
  return (unit & 0xfc00) == 0xd800;
}
