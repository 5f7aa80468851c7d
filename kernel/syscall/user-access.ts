/** The assembly in user-access.S: the only instructions that touch user addresses. Use user-copy.ts. */

/** Bytes that could NOT be copied. */
export declare function userCopy(to: usize, from: usize, length: usize): usize;
/** Length without the NUL, `limit` when there is none in so many bytes, or -EFAULT. */
export declare function userStringCopy(to: usize, from: usize, limit: usize): i64;
