/*
 * What the C that build/toolchain/c generates stands on: integer types, memory access, and the WebAssembly
 * operators that are not one operator of C.
 * Source: WebAssembly Core Specification 2.0, chapters 4.3 (numerics) and 4.4.7 (memory instructions).
 *
 * A program provides rt_trap(kind), memcpy, memmove, memset, memcmp, and imports.h. Modes:
 *   RT_MEMORY64   addresses are u64 (set by the generated C)
 *   RT_NO_FLOATS  no floating-point type may appear
 *   RT_BASE       linear memory starts at this pointer; without it an address is the real one
 */
#pragma once
#include <stdint.h>

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;

/* Argument of rt_trap. */
enum {
  RT_TRAP_UNREACHABLE = 0,
  RT_TRAP_DIVIDE = 1,        /* by zero, or the quotient does not fit */
  RT_TRAP_TABLE_INDEX = 2,   /* call_indirect beyond the table */
  RT_TRAP_SIGNATURE = 3,     /* call_indirect of an empty slot or a function of another type */
  RT_TRAP_FLOAT_TO_INT = 4,  /* NaN, or out of range */
};
_Noreturn void rt_trap(u32 kind);

#define RT_INLINE static inline __attribute__((always_inline, unused))
#define RT_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define rt_unreachable() rt_trap(RT_TRAP_UNREACHABLE)

/* Memory: cells of any alignment that alias everything. */
#define RT_CELL(T) typedef T T##_cell __attribute__((may_alias, aligned(1)));
RT_CELL(u8) RT_CELL(s8) RT_CELL(u16) RT_CELL(s16) RT_CELL(u32) RT_CELL(s32) RT_CELL(u64)
#ifdef RT_BASE
#define RT_POINTER(T, a) ((T *)((u8 *)(RT_BASE) + (a)))
#else
#define RT_POINTER(T, a) ((T *)(uintptr_t)(a))
#endif
#define RT_LOAD(T, a) (*RT_POINTER(T##_cell, a))
#define RT_STORE(T, a, v) (*RT_POINTER(T##_cell, a) = (T)(v))
#define RT_ATOMIC(T, a) RT_POINTER(T, a)
/* Operands are cut to the cell's width before anything is compared. */
#define RT_CMPXCHG(T, R, pointer, expected, value)                                                             \
  ({                                                                                                           \
    T old_ = (T)(expected);                                                                                    \
    __atomic_compare_exchange_n(pointer, &old_, (T)(value), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);            \
    (R)old_;                                                                                                   \
  })

void *memcpy(void *, const void *, unsigned long);
void *memmove(void *, const void *, unsigned long);
void *memset(void *, int, unsigned long);
#define rt_memory_copy(to, from, count) memmove(RT_POINTER(void, to), RT_POINTER(void, from), count)
#define rt_memory_fill(to, value, count) memset(RT_POINTER(void, to), (u8)(value), count)

/* Real memory has no size that a program could ask for, and does not grow: -1 is WebAssembly's failure. */
#ifndef RT_BASE
#define rt_memory_size() 0
#define rt_memory_grow(pages) ((void)(pages), -1)
#endif

/* The function table. A signature is 0 in an empty slot. */
struct rt_table_entry {
  void (*function)(void);
  u64 signature;
};
extern const u32 rt_table_size;
extern const struct rt_table_entry rt_table[];
#define RT_TABLE(index, type)                                                                                  \
  ({                                                                                                           \
    u32 i_ = (index);                                                                                          \
    if (RT_UNLIKELY(i_ >= rt_table_size)) rt_trap(RT_TRAP_TABLE_INDEX);                                        \
    if (RT_UNLIKELY(rt_table[i_].signature != (type))) rt_trap(RT_TRAP_SIGNATURE);                             \
    rt_table[i_].function;                                                                                     \
  })

RT_INLINE u32 rt_clz32(u32 x) { return x ? (u32)__builtin_clz(x) : 32; }
RT_INLINE u64 rt_clz64(u64 x) { return x ? (u64)__builtin_clzll(x) : 64; }
RT_INLINE u32 rt_ctz32(u32 x) { return x ? (u32)__builtin_ctz(x) : 32; }
RT_INLINE u64 rt_ctz64(u64 x) { return x ? (u64)__builtin_ctzll(x) : 64; }
RT_INLINE u32 rt_popcnt32(u32 x) { return (u32)__builtin_popcount(x); }
RT_INLINE u64 rt_popcnt64(u64 x) { return (u64)__builtin_popcountll(x); }

#define RT_INTEGER(W)                                                                                          \
  RT_INLINE u##W rt_div_u##W(u##W a, u##W b) {                                                                 \
    if (RT_UNLIKELY(b == 0)) rt_trap(RT_TRAP_DIVIDE);                                                          \
    return a / b;                                                                                              \
  }                                                                                                            \
  RT_INLINE u##W rt_rem_u##W(u##W a, u##W b) {                                                                 \
    if (RT_UNLIKELY(b == 0)) rt_trap(RT_TRAP_DIVIDE);                                                          \
    return a % b;                                                                                              \
  }                                                                                                            \
  RT_INLINE u##W rt_div_s##W(u##W a, u##W b) {                                                                 \
    if (RT_UNLIKELY(b == 0 || (b == (u##W)-1 && a == (u##W)1 << (W - 1)))) rt_trap(RT_TRAP_DIVIDE);            \
    return (u##W)((s##W)a / (s##W)b);                                                                          \
  }                                                                                                            \
  RT_INLINE u##W rt_rem_s##W(u##W a, u##W b) {                                                                 \
    if (RT_UNLIKELY(b == 0)) rt_trap(RT_TRAP_DIVIDE);                                                          \
    return b == (u##W)-1 ? 0 : (u##W)((s##W)a % (s##W)b);                                                      \
  }                                                                                                            \
  RT_INLINE u##W rt_rotl##W(u##W a, u##W b) { return a << (b & (W - 1)) | a >> (-b & (W - 1)); }               \
  RT_INLINE u##W rt_rotr##W(u##W a, u##W b) { return a >> (b & (W - 1)) | a << (-b & (W - 1)); }
RT_INTEGER(32)
RT_INTEGER(64)

#ifndef RT_NO_FLOATS
#include "rt-float.h"
#endif
