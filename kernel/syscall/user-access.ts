/** The assembly in user-access.S: the only instructions that touch user addresses. Use user-copy.ts. */

/** Bytes that could NOT be copied. */
export declare function userCopy(to: usize, from: usize, length: usize): usize;
/** Loads an aligned word: 0 or -EFAULT. */
export declare function userLoad32(from: usize, to: usize): i64;
/** Compares and exchanges in one: what was there goes to `found`. 0 or -EFAULT. */
export declare function userExchange32(at: usize, old: u32, value: u32, found: usize): i64;
/** Length without the NUL, `limit` when there is none in so many bytes, or -EFAULT. */
export declare function userStringCopy(to: usize, from: usize, limit: usize): i64;
