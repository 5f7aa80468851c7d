/** CRC-32 as in IEEE 802.3 (polynomial 0x04C11DB7, reflected), which GPT uses. Bitwise by nibbles: tables are small. */
const NIBBLES = memory.data<u32>([
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
  0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]);

/** Goes on from `crc` (0 to begin with) over `length` bytes. */
export function crc32(crc: u32, data: usize, length: usize): u32 {
  let c = ~crc;
  for (let i: usize = 0; i < length; i++) {
    c ^= load<u8>(data + i);
    c = (c >> 4) ^ load<u32>(NIBBLES + <usize>(c & 15) * 4);
    c = (c >> 4) ^ load<u32>(NIBBLES + <usize>(c & 15) * 4);
  }
  return ~c;
}
