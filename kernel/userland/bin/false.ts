// false: do nothing, unsuccessfully. Source: POSIX false.

export function main(): i32 {
  return 1;
}
