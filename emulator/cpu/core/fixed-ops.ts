/** Micro-ops that stand for no instruction: the first two of codegen/hot-forms.ts. */
/** The block ends; execution goes on at UOP_OFFSET of its page. */
export const OP_END: u32 = 1;
/** Code ahead was dropped while it was executed: look it up again. */
export const OP_RELOOKUP: u32 = 2;
