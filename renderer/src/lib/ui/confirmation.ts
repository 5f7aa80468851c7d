/** A question before something is destroyed: what is lost, and the verb that does it. */
export interface Confirmation {
  readonly title: string;
  readonly detail: string;
  readonly verb: string;
  readonly action: () => void;
}
