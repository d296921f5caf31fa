/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <string.h>

#include "base/check.h"

__extension__ typedef unsigned __int128 wide;

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64U - bits);
}

/* The other order of bytes on machines that are big-endian: these numbers are frozen, and texts begin with the highest.
 */
static uint64_t little_endian(uint64_t word)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

static uint64_t big_endian(uint64_t word)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? word : __builtin_bswap64(word);
}

static uint64_t load(const unsigned char *bytes, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, bytes, len);
    return word;
}

/* ---- SipHash-1-3: Aumasson and Bernstein's SipHash with 1 round a word and 3 at the end ---- */

struct sip {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
};

static void sip_round(struct sip *sip)
{
    sip->v0 += sip->v1;
    sip->v1 = rotate_left(sip->v1, 13) ^ sip->v0;
    sip->v0 = rotate_left(sip->v0, 32);
    sip->v2 += sip->v3;
    sip->v3 = rotate_left(sip->v3, 16) ^ sip->v2;
    sip->v0 += sip->v3;
    sip->v3 = rotate_left(sip->v3, 21) ^ sip->v0;
    sip->v2 += sip->v1;
    sip->v1 = rotate_left(sip->v1, 17) ^ sip->v2;
    sip->v2 = rotate_left(sip->v2, 32);
}

static void sip_word(struct sip *sip, uint64_t word)
{
    sip->v3 ^= word;
    sip_round(sip);
    sip->v0 ^= word;
}

uint64_t hash_siphash13(uint64_t key0, uint64_t key1, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    struct sip sip = {
        .v0 = key0 ^ UINT64_C(0x736f6d6570736575),
        .v1 = key1 ^ UINT64_C(0x646f72616e646f6d),
        .v2 = key0 ^ UINT64_C(0x6c7967656e657261),
        .v3 = key1 ^ UINT64_C(0x7465646279746573),
    };

    for (size_t at = 0; at + 8 <= len; at += 8) {
        sip_word(&sip, little_endian(load(bytes + at, 8)));
    }
    size_t rest = len & 7;
    uint64_t last = rest == 0 ? 0 : little_endian(load(bytes + len - rest, rest));
    sip_word(&sip, (uint64_t)len << 56 | last);
    sip.v2 ^= 0xff;
    for (int i = 0; i < 3; i++) {
        sip_round(&sip);
    }
    return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}

/* ---- Hashes for tables: words multiplied into 128 bits and folded ---- */

#define FOLD_1 UINT64_C(0x9e3779b97f4a7c15)
#define FOLD_2 UINT64_C(0xd6e8feb86659fd93)

static uint64_t fold(uint64_t left, uint64_t right)
{
    wide product = (wide)left * right;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    uint64_t hash = fold(len ^ FOLD_1, FOLD_2);
    size_t at = 0;

    for (; at + 8 <= len; at += 8) {
        hash = fold(hash ^ load(bytes + at, 8), FOLD_1);
    }
    if (at < len) {
        hash = fold(hash ^ load(bytes + at, len - at), FOLD_1);
    }
    return fold(hash ^ FOLD_2, FOLD_1);
}

uint64_t hash_number(uint64_t number)
{
    return fold(number ^ FOLD_2, FOLD_1);
}

/* ---- Random numbers: Blackman and Vigna's xoshiro256++ and splitmix64 ---- */

static uint64_t split_mix(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

void random_seed(struct random *random, uint64_t seed)
{
    for (size_t i = 0; i < COUNT_OF(random->state); i++) {
        random->state[i] = split_mix(&seed);
    }
}

uint64_t random_next(struct random *random)
{
    uint64_t *state = random->state;
    uint64_t result = rotate_left(state[0] + state[3], 23) + state[0];
    uint64_t shifted = state[1] << 17;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

/* The upper half of random x bound; lower halves that some results have one more of are drawn again. */
uint64_t random_below(struct random *random, uint64_t bound)
{
    CHECK(bound > 0);
    wide product = (wide)random_next(random) * bound;

    if ((uint64_t)product < bound) {
        uint64_t surplus = (0 - bound) % bound;
        while ((uint64_t)product < surplus) {
            product = (wide)random_next(random) * bound;
        }
    }
    return (uint64_t)(product >> 64);
}

double random_unit(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* Eight hexadecimal digits of 32 bits, all at once: a nibble to a byte, then each byte to its digit. */
static void write_digits(char *text, uint32_t number)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word = number;

    word = (word << 16 | word) & UINT64_C(0x0000ffff0000ffff);
    word = (word << 8 | word) & UINT64_C(0x00ff00ff00ff00ff);
    word = (word << 4 | word) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    uint64_t letters = (word + 6 * ones) >> 4 & ones; /* bytes of 10 and more */
    word = big_endian(word + '0' * ones + letters * ('a' - '0' - 10));
    memcpy(text, &word, sizeof(word));
}

void random_uuid(struct random *random, char text[RANDOM_UUID_SIZE])
{
    uint64_t high = (random_next(random) & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    uint64_t low = (random_next(random) & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    char digits[16];

    write_digits(text, (uint32_t)(high >> 32));
    write_digits(digits, (uint32_t)high);
    write_digits(digits + 8, (uint32_t)(low >> 32));
    write_digits(text + 28, (uint32_t)low);
    text[8] = '-';
    memcpy(text + 9, digits, 4);
    text[13] = '-';
    memcpy(text + 14, digits + 4, 4);
    text[18] = '-';
    memcpy(text + 19, digits + 8, 4);
    text[23] = '-';
    memcpy(text + 24, digits + 12, 4);
    text[36] = '\0';
}
