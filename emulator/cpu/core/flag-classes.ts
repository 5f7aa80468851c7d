/** How an instruction's flags follow from its operands; shared by core/regions.ts and the translator. */
/** They are in memory. */
export const FLAGS_STORED = 0;
export const FLAGS_LOGIC = 1;
export const FLAGS_ADD = 2;
export const FLAGS_SUB = 3;
/** With carry: x is the carry that came in. */
export const FLAGS_ADC = 4;
export const FLAGS_SBB = 5;
/** CF stays: x is its value. */
export const FLAGS_INC = 6;
export const FLAGS_DEC = 7;
/** x is the count, masked and not 0. */
export const FLAGS_SHL = 8;
export const FLAGS_SHR = 9;
export const FLAGS_SAR = 10;
export const FLAGS_IMUL = 11;
/** FLAG_RESULT and FLAG_AUX as they are: r64 and x. */
export const FLAGS_EXPLICIT = 12;

/** An instruction changed CF alone, or CF and OF, after those of the class. */
export const FLAGS_CARRY = 1;
export const FLAGS_CARRY_OVERFLOW = 2;
