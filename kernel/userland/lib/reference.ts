// The file of --reference=FILE, whose attributes others get.

import { message } from './report';
import { Stat, stat } from './stat';
import { errorMessage } from './strerror';

/** Reads the attributes of `path` into `found`; false after a report. */
export function statReference(path: usize, found: Stat): bool {
  const error = stat(path, found);
  if (error >= 0) return true;
  message().text("failed to get attributes of '").bytes(path).text("': ").text(errorMessage(error)).newline();
  return false;
}
