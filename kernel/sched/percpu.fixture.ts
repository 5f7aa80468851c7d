/** For run-queue.test.ts. */
export const MAX_CPUS: u32 = 64;
