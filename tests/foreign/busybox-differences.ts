/** Tests of busybox's suite that end otherwise on Breenix than on Linux, each with its reason. */
export const DOCUMENTED_DIFFERENCES: readonly { readonly test: string; readonly reason: string }[] = [
  { test: 'hostname-d-works', reason: 'asks a name server for the domain; there is no network' },
  { test: 'unzip (subdir only)', reason: "makes its archive with the system's zip, which Breenix has not" },
];
