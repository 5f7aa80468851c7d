/** The two-operand arithmetic and logic operations on values: result returned, flags stored lazily. */
import { Flags } from './flags';

export class Alu {
  @inline static add<T>(a: T, b: T): T {
    const result = <T>(a + b);
    Flags.add<T>(a, b, result);
    return result;
  }
  @inline static or<T>(a: T, b: T): T {
    const result = <T>(a | b);
    Flags.logic<T>(result);
    return result;
  }
  @inline static adc<T>(a: T, b: T): T {
    const result = <T>(a + b + <T>Flags.cf());
    Flags.add<T>(a, b, result);
    return result;
  }
  @inline static sbb<T>(a: T, b: T): T {
    const result = <T>(a - b - <T>Flags.cf());
    Flags.sub<T>(a, b, result);
    return result;
  }
  @inline static and<T>(a: T, b: T): T {
    const result = <T>(a & b);
    Flags.logic<T>(result);
    return result;
  }
  @inline static sub<T>(a: T, b: T): T {
    const result = <T>(a - b);
    Flags.sub<T>(a, b, result);
    return result;
  }
  @inline static xor<T>(a: T, b: T): T {
    const result = <T>(a ^ b);
    Flags.logic<T>(result);
    return result;
  }
  @inline static cmp<T>(a: T, b: T): void {
    Flags.sub<T>(a, b, <T>(a - b));
  }
  @inline static test<T>(a: T, b: T): void {
    Flags.logic<T>(<T>(a & b));
  }
  @inline static inc<T>(a: T): T {
    const carry = Flags.cf();
    const result = <T>(a + 1);
    Flags.add<T>(a, 1, result);
    Flags.keepCarry(carry);
    return result;
  }
  @inline static dec<T>(a: T): T {
    const carry = Flags.cf();
    const result = <T>(a - 1);
    Flags.sub<T>(a, 1, result);
    Flags.keepCarry(carry);
    return result;
  }
  @inline static neg<T>(a: T): T {
    const result = <T>(0 - a);
    Flags.sub<T>(0, a, result);
    return result;
  }
}
