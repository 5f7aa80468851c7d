/**
 * GUIDs as a GPT stores them: the first three groups little endian, the last two as written.
 * Source: UEFI Specification 2.10, appendix A.
 */
const PATTERN = /^[\dA-F]{8}(?:-[\dA-F]{4}){3}-[\dA-F]{12}$/;
export const GUID_BYTES = 16;
/** In which order the bytes of the text are stored. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** Throws a RangeError unless `text` is 8-4-4-4-12 hexadecimal digits in upper case. */
export function guidBytes(text: string): Uint8Array {
  if (!PATTERN.test(text)) throw new RangeError(`'${text}' is no GUID`);
  const plain = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Uint8Array.from(ORDER, (at) => plain[at] ?? 0);
}

/** `bytes` are 16. */
export function guidText(bytes: Uint8Array): string {
  const plain = Buffer.from(Uint8Array.from(ORDER, (at) => bytes[at] ?? 0))
    .toString('hex')
    .toUpperCase();
  return [
    plain.slice(0, 8),
    plain.slice(8, 12),
    plain.slice(12, 16),
    plain.slice(16, 20),
    plain.slice(20),
  ].join('-');
}

/** A GUID of random bytes (RFC 9562, version 4) made from 16 of the caller's, so that a build can repeat itself. */
export function guidFromBytes(bytes: Uint8Array): string {
  const made = Uint8Array.from(bytes.subarray(0, GUID_BYTES));
  made[7] = ((made[7] ?? 0) & 0x0f) | 0x40;
  made[8] = ((made[8] ?? 0) & 0x3f) | 0x80;
  return guidText(made);
}
