/** x87 environment and state in memory, in the forms of the 8087 to the 80387. */
import type { Family } from './row.ts';

export const x87Environment: Family = {
  name: 'x87-environment',
  rows: [
    ['d9 /m4', 'fldenv Mn', 'fldenv'],
    ['d9 /m6', 'fnstenv Mn', 'fnstenv', 'w'],
    ['dd /m4', 'frstor Mn', 'frstor'],
    ['dd /m6', 'fnsave Mn', 'fnsave', 'w'],
  ],
};
