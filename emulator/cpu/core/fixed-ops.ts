/** Cases of the run loop that stand for no instruction. */
/** The block ends; execution goes on at UOP_OFFSET of its page. */
export const OP_END: u32 = 0;
/** Code ahead was dropped while it was executed: look it up again. */
export const OP_RELOOKUP: u32 = 1;
export const FIRST_HOT_OP: u32 = 2;
