/** Tests of busybox's suite that end otherwise on Breenix than on Linux, each with its reason. */
export const DOCUMENTED_DIFFERENCES: readonly { readonly test: string; readonly reason: string }[] = [
  {
    test: 'du-h-works',
    reason:
      'wants 1.0M of 1 MiB; on ext2 a table of block pointers counts as well, as it does on Linux with ext2',
  },
  { test: 'du-m-works', reason: 'as du-h-works: 1 MiB and a table of pointers is rounded up to 2' },
  { test: 'hostname-d-works', reason: 'asks a name server for the domain; there is no network' },
  { test: 'unzip (subdir only)', reason: "makes its archive with the system's zip, which Breenix has not" },
];
