/** What exec needs to know of a program that has been loaded. */
@unmanaged
export class ElfImage {
  /** Of the program (AT_ENTRY), and where execution starts: the interpreter's when there is one. */
  entry: u64;
  start: u64;
  /** AT_PHDR, AT_PHNUM, AT_PHENT. */
  phdrAddress: u64;
  phdrCount: u32;
  phdrSize: u32;
  /** First byte after the highest segment: where brk starts. */
  end: u64;
  /** Where the interpreter lies (AT_BASE), 0 without one. */
  interpreterBase: u64;
  /** The numbers that the program will have (AT_UID …), 1 in `secure` when they are not its caller's (AT_SECURE). */
  uid: u32;
  euid: u32;
  gid: u32;
  egid: u32;
  secure: u32;
  padding: u32;
}
