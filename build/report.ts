/** What a build target is to the command that calls it. */

/** How a target tells what it did. */
export interface Report {
  /** Something was made (a path or a count); the target's name and time are added. */
  built(what: string): void;
  /** Compiler warnings; empty text says nothing. */
  warn(text: string): void;
}

export type BuildTarget = (report: Report) => Promise<void>;
