/** What `breenix run` and `npm run qemu` exit with. Below these, `--exec` gives the guest command's own status. */
export const exitStatus = {
  success: 0,
  /** The host failed: a disk that cannot be read, a defect of ours. */
  hostError: 1,
  /** Wrong use: nothing was started and nothing written. */
  usage: 2,
  /** EX_SOFTWARE of sysexits.h: the guest's system reported a panic. */
  guestPanic: 70,
  /** The guest's processor shut down on a triple fault. */
  tripleFault: 71,
  /** As timeout(1) of GNU coreutils. */
  timeout: 124,
} as const;
