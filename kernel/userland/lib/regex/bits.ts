// Bit maps in memory.

export function hasBit(map: usize, index: usize): bool {
  return (((<u32>load<u8>(map + (index >> 3))) >> ((<u32>index) & 7)) & 1) != 0;
}

export function setBit(map: usize, index: usize): void {
  const at = map + (index >> 3);
  store<u8>(at, <u8>((<u32>load<u8>(at)) | ((<u32>1) << ((<u32>index) & 7))));
}
