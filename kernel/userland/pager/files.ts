// The files of the command line, one after the other.

import { Errno } from '../lib/errno';
import { read, writeFully } from '../lib/file';
import { screenForget } from '../lib/full-screen';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { reportError } from '../lib/report';
import { errorMessage } from '../lib/strerror';
import { finish } from './commands';
import { noteFailure, setNote } from './prompt';
import { closeText, openText, readMore, textOf } from './text';
import { forgetEnds, showText, text } from './view';

/** Byte strings; 0 stands for standard input. */
export let files: List = make<List>();

export let fileIndex = 0;

export function setFiles(paths: List): void {
  files = paths;
}

/** Without a terminal: a plain copy. */
export function copyAll(): i32 {
  const buffer = memory.data(32768);
  let status = 0;
  if (!files.length) files.append(0);
  for (let i = 0; i < files.length; i++) {
    const path = files.get(i);
    const from = path ? openText(path) : textOf(0);
    if (from.error < 0) {
      reportError(path, from.error);
      status = 1;
      continue;
    }
    while (true) {
      const got = read(from.fd, buffer, 32768);
      if (got == -Errno.INTR) continue;
      if (got < 0) {
        reportError(path ? path : literal('standard input'), got);
        status = 1;
      }
      if (got <= 0) break;
      if (writeFully(1, buffer, <usize>got) < 0) return 1;
    }
    closeText(from);
  }
  return status;
}

export function openFile(index: i32): bool {
  const path = files.get(index);
  const opened = path ? openText(path) : textOf(0);
  if (opened.error == 0) readMore(opened);
  if (opened.error < 0) {
    if (changetype<usize>(text)) {
      noteFailure(path, errorMessage(opened.error));
    } else reportError(path, opened.error);
    closeText(opened);
    return false;
  }
  if (changetype<usize>(text)) closeText(text);
  showText(opened, path ? path : literal(''), 0, 0);
  forgetEnds();
  fileIndex = index;
  return true;
}

/** Another file of the command line. */
export function nextFile(step: i32, quits: bool): void {
  const index = fileIndex + step;
  if (index >= 0 && index < files.length) {
    openFile(index);
    screenForget();
  } else if (quits) finish();
  else setNote(step > 0 ? 'no next file' : 'no previous file', 0);
}
