/** The stack switch in switch.S. */

/** Saves RSP at `save` and continues on the stack `next`; returns when somebody switches back. Interrupts off. */
export declare function contextSwitch(save: usize, next: u64): void;
