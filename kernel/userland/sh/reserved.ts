// Reserved words. Source: POSIX 2.4.

import { bytesAre } from '../lib/bytes';
import { Word } from './ast';

export const enum Reserved {
  none,
  not,
  open,
  close,
  case_,
  do_,
  done_,
  elif_,
  else_,
  esac_,
  fi_,
  for_,
  if_,
  in_,
  then_,
  time_,
  until_,
  while_,
}

export function reservedWord(word: Word): i32 {
  const at = word.plain;
  if (!at) return Reserved.none;
  switch (load<u8>(at)) {
    case 0x21:
      return load<u8>(at, 1) ? Reserved.none : Reserved.not;
    case 0x7b:
      return load<u8>(at, 1) ? Reserved.none : Reserved.open;
    case 0x7d:
      return load<u8>(at, 1) ? Reserved.none : Reserved.close;
    case 0x63:
      return bytesAre(at, 'case') ? Reserved.case_ : Reserved.none;
    case 0x64:
      return bytesAre(at, 'do') ? Reserved.do_ : bytesAre(at, 'done') ? Reserved.done_ : Reserved.none;
    case 0x65:
      if (bytesAre(at, 'elif')) return Reserved.elif_;
      return bytesAre(at, 'else') ? Reserved.else_ : bytesAre(at, 'esac') ? Reserved.esac_ : Reserved.none;
    case 0x66:
      return bytesAre(at, 'fi') ? Reserved.fi_ : bytesAre(at, 'for') ? Reserved.for_ : Reserved.none;
    case 0x69:
      return bytesAre(at, 'if') ? Reserved.if_ : bytesAre(at, 'in') ? Reserved.in_ : Reserved.none;
    case 0x74:
      return bytesAre(at, 'then') ? Reserved.then_ : bytesAre(at, 'time') ? Reserved.time_ : Reserved.none;
    case 0x75:
      return bytesAre(at, 'until') ? Reserved.until_ : Reserved.none;
    case 0x77:
      return bytesAre(at, 'while') ? Reserved.while_ : Reserved.none;
    default:
      return Reserved.none;
  }
}

/** Whether the name is a reserved word: for `type`. */
export function isReserved(name: usize): bool {
  const word = memory.data(64, 8);
  memory.fill(word, 0, 64);
  const fake = changetype<Word>(word);
  fake.plain = name;
  return reservedWord(fake) != Reserved.none;
}
