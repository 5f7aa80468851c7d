/*
 * Floating-point operators of WebAssembly in freestanding C: no libm, SSE2 only.
 * Source: WebAssembly Core Specification 2.0, chapter 4.3.3 (floating-point operations) and 4.3.4 (conversions).
 * Included by rt.h.
 */
#pragma once

typedef float f32;
typedef double f64;
RT_CELL(f32) RT_CELL(f64)

RT_INLINE u32 rt_bits_f32(f32 x) { u32 r; __builtin_memcpy(&r, &x, 4); return r; }
RT_INLINE u64 rt_bits_f64(f64 x) { u64 r; __builtin_memcpy(&r, &x, 8); return r; }
RT_INLINE f32 rt_f32_from_bits(u32 x) { f32 r; __builtin_memcpy(&r, &x, 4); return r; }
RT_INLINE f64 rt_f64_from_bits(u64 x) { f64 r; __builtin_memcpy(&r, &x, 8); return r; }
/* One instruction each under -fno-math-errno. */
RT_INLINE f32 rt_sqrt_f32(f32 x) { return __builtin_sqrtf(x); }
RT_INLINE f64 rt_sqrt_f64(f64 x) { return __builtin_sqrt(x); }

/*
 * Rounding: from 2^23 (f32) or 2^52 (f64) on every value is an integer, and below that it fits the signed integer
 * of the same width. The sign is copied back because -0.5 rounds to -0.
 */
#define RT_FLOAT(T, S, U, SIGN, INTEGRAL)                                                                      \
  RT_INLINE T rt_abs_##T(T x) { return rt_##T##_from_bits(rt_bits_##T(x) & ~(U)SIGN); }                        \
  RT_INLINE T rt_neg_##T(T x) { return rt_##T##_from_bits(rt_bits_##T(x) ^ (U)SIGN); }                         \
  RT_INLINE T rt_copysign_##T(T x, T y) {                                                                      \
    return rt_##T##_from_bits((rt_bits_##T(x) & ~(U)SIGN) | (rt_bits_##T(y) & (U)SIGN));                       \
  }                                                                                                            \
  RT_INLINE T rt_trunc_##T(T x) {                                                                              \
    if (!(rt_abs_##T(x) < (T)INTEGRAL)) return x + (T)0;                                                       \
    return rt_copysign_##T((T)(S)x, x);                                                                        \
  }                                                                                                            \
  RT_INLINE T rt_floor_##T(T x) {                                                                              \
    T t = rt_trunc_##T(x);                                                                                     \
    return t > x ? t - 1 : t;                                                                                  \
  }                                                                                                            \
  RT_INLINE T rt_ceil_##T(T x) {                                                                               \
    T t = rt_trunc_##T(x);                                                                                     \
    return t < x ? rt_copysign_##T(t + 1, x) : t;                                                              \
  }                                                                                                            \
  RT_INLINE T rt_nearest_##T(T x) {                                                                            \
    if (!(rt_abs_##T(x) < (T)INTEGRAL)) return x + (T)0;                                                       \
    /* Adding 2^23 or 2^52 leaves no bit for a fraction: the processor rounds to even. */                      \
    volatile T shifted = rt_abs_##T(x) + (T)INTEGRAL;                                                          \
    return rt_copysign_##T(shifted - (T)INTEGRAL, x);                                                          \
  }                                                                                                            \
  RT_INLINE T rt_min_##T(T x, T y) {                                                                           \
    if (x != x || y != y) return x + y;                                                                        \
    if (x == y) return rt_##T##_from_bits(rt_bits_##T(x) | rt_bits_##T(y));                                    \
    return x < y ? x : y;                                                                                      \
  }                                                                                                            \
  RT_INLINE T rt_max_##T(T x, T y) {                                                                           \
    if (x != x || y != y) return x + y;                                                                        \
    if (x == y) return rt_##T##_from_bits(rt_bits_##T(x) & rt_bits_##T(y));                                    \
    return x > y ? x : y;                                                                                      \
  }
RT_FLOAT(f32, s32, u32, 0x80000000u, 8388608.0f)
RT_FLOAT(f64, s64, u64, 0x8000000000000000ull, 4503599627370496.0)

/* A float fits the integer if LOW < x (or LOW <= x) and x < HIGH; all bounds are exact in the float's type. */
#define RT_TRUNC(I, T, ABOVE_LOW, HIGH, MIN, MAX)                                                              \
  RT_INLINE I rt_trunc_##I##_##T(T x) {                                                                        \
    if (RT_UNLIKELY(!(ABOVE_LOW && x < HIGH))) rt_trap(RT_TRAP_FLOAT_TO_INT);                                  \
    return (I)x;                                                                                               \
  }                                                                                                            \
  RT_INLINE I rt_sat_##I##_##T(T x) {                                                                          \
    if (x != x) return 0;                                                                                      \
    if (!(ABOVE_LOW)) return MIN;                                                                              \
    return x < HIGH ? (I)x : MAX;                                                                              \
  }
RT_TRUNC(s32, f32, x >= -2147483648.0f, 2147483648.0f, INT32_MIN, INT32_MAX)
RT_TRUNC(u32, f32, x > -1.0f, 4294967296.0f, 0, UINT32_MAX)
RT_TRUNC(s32, f64, x > -2147483649.0, 2147483648.0, INT32_MIN, INT32_MAX)
RT_TRUNC(u32, f64, x > -1.0, 4294967296.0, 0, UINT32_MAX)
RT_TRUNC(s64, f32, x >= -9223372036854775808.0f, 9223372036854775808.0f, INT64_MIN, INT64_MAX)
RT_TRUNC(u64, f32, x > -1.0f, 18446744073709551616.0f, 0, UINT64_MAX)
RT_TRUNC(s64, f64, x >= -9223372036854775808.0, 9223372036854775808.0, INT64_MIN, INT64_MAX)
RT_TRUNC(u64, f64, x > -1.0, 18446744073709551616.0, 0, UINT64_MAX)
