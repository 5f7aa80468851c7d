/** What exec needs to know of a program that has been loaded. */
@unmanaged
export class ElfImage {
  entry: u64;
  /** AT_PHDR, AT_PHNUM, AT_PHENT. */
  phdrAddress: u64;
  phdrCount: u32;
  phdrSize: u32;
  /** First byte after the highest segment: where brk starts. */
  end: u64;
  /** Lowest address of the program. */
  base: u64;
}
