/** Tests of busybox's suite that end otherwise on Breenix than on Linux, each with its reason. */
export const DOCUMENTED_DIFFERENCES: readonly { readonly test: string; readonly reason: string }[] = [];
