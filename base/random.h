/* SPDX-License-Identifier: MIT */
/*
 * Seeded random numbers and hashes. Frozen: workflows replay these numbers for ever, so neither
 * the algorithms nor the ways of seeding may change (tests pin their outputs).
 */
#ifndef TIMELAPSE_BASE_RANDOM_H
#define TIMELAPSE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 with 64-bit output; key zero unless given. */
uint64_t hash_siphash13(uint64_t key0, uint64_t key1, const void *data, size_t len);

/* A fast hash for tables in memory; not frozen, never stored. */
uint64_t hash_bytes(const void *data, size_t len);
uint64_t hash_number(uint64_t number);

/* xoshiro256++, its state filled from a 64-bit seed by splitmix64. */
struct random {
    uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);

/* Below `bound` (> 0), unbiased (Lemire's method); in [0, 1) with 53 bits. */
uint64_t random_below(struct random *random, uint64_t bound);
double random_unit(struct random *random);

/* A version 4 UUID: 36 characters and a NUL. */
#define RANDOM_UUID_SIZE 37
void random_uuid(struct random *random, char text[RANDOM_UUID_SIZE]);

#endif
