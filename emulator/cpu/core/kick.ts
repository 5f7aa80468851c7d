/** Cutting a slice short, so that the run loop looks at its events. */
import { COUNTDOWN, COUNTDOWN_SAVED } from '../layout';

/** Makes the run loop come to `enter` at the end of the current block. */
export function kick(): void {
  const left = load<i32>(COUNTDOWN);
  if (left > 0) {
    store<i32>(COUNTDOWN_SAVED, load<i32>(COUNTDOWN_SAVED) + left);
    store<i32>(COUNTDOWN, 0);
  }
}
