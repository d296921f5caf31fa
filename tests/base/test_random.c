/* SPDX-License-Identifier: MIT */
/*
 * Outputs are pinned: a change here breaks the replay of workflows that are running. The literal
 * numbers come from implementations that share no line with ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/random.h"

/* ---- SipHash, spelt out from its paper for any number of rounds ---- */

#define KEY0 UINT64_C(0x0706050403020100)
#define KEY1 UINT64_C(0x0f0e0d0c0b0a0908)

static uint64_t turned(uint64_t word, int bits)
{
    return (word << bits) | (word >> (64 - bits));
}

static void rounds(uint64_t v[4], int count)
{
    while (count-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = turned(v[1], 13) ^ v[0];
        v[3] = turned(v[3], 16) ^ v[2];
        v[0] = turned(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = turned(v[1], 17) ^ v[2];
        v[3] = turned(v[3], 21) ^ v[0];
        v[2] = turned(v[2], 32);
    }
}

static uint64_t siphash(int word_rounds, int end_rounds, const unsigned char *data, size_t len)
{
    uint64_t v[4] = {KEY0, KEY1, KEY0, KEY1};
    unsigned char padded[128] = {0};
    size_t words = len / 8 + 1;

    v[0] ^= UINT64_C(0x736f6d6570736575);
    v[1] ^= UINT64_C(0x646f72616e646f6d);
    v[2] ^= UINT64_C(0x6c7967656e657261);
    v[3] ^= UINT64_C(0x7465646279746573);
    memcpy(padded, data, len);
    padded[words * 8 - 1] = (unsigned char)len;
    for (size_t i = 0; i < words; i++) {
        uint64_t word = 0;
        for (size_t byte = 8; byte-- > 0;) {
            word = word << 8 | padded[i * 8 + byte];
        }
        v[3] ^= word;
        rounds(v, word_rounds);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(v, end_rounds);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void counting_bytes(unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (unsigned char)i;
    }
}

static void the_reference_gives_the_papers_example(void **state)
{
    (void)state;
    unsigned char bytes[15];

    counting_bytes(bytes, sizeof(bytes));
    assert_int_equal(siphash(2, 4, bytes, sizeof(bytes)), UINT64_C(0xa129ca6149be45e5));
}

static void siphash13_agrees_with_the_reference_at_every_length(void **state)
{
    (void)state;
    unsigned char bytes[100];

    counting_bytes(bytes, sizeof(bytes));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        assert_int_equal(hash_siphash13(KEY0, KEY1, bytes, len), siphash(1, 3, bytes, len));
    }
}

static void siphash13_is_pinned(void **state)
{
    (void)state;
    static const char run_id[] = "0f3d7a2e-5b1c-4c8e-9a66-2f1d3c4b5a69";
    unsigned char bytes[63];

    counting_bytes(bytes, sizeof(bytes));
    assert_int_equal(hash_siphash13(KEY0, KEY1, NULL, 0), UINT64_C(0xabac0158050fc4dc));
    assert_int_equal(hash_siphash13(KEY0, KEY1, bytes, 1), UINT64_C(0xc9f49bf37d57ca93));
    assert_int_equal(hash_siphash13(KEY0, KEY1, bytes, 8), UINT64_C(0x369095118d299a8e));
    assert_int_equal(hash_siphash13(KEY0, KEY1, bytes, 15), UINT64_C(0xd320d86d2a519956));
    assert_int_equal(hash_siphash13(KEY0, KEY1, bytes, 63), UINT64_C(0x9d199062b7bbb3a8));
    assert_int_equal(hash_siphash13(0, 0, NULL, 0), UINT64_C(0xd1fba762150c532c));
    assert_int_equal(hash_siphash13(0, 0, run_id, strlen(run_id)), UINT64_C(0xab1288f6bc11b3ef));
}

static void bytes_need_no_alignment(void **state)
{
    (void)state;
    unsigned char bytes[64];
    unsigned char shifted[65];

    counting_bytes(bytes, sizeof(bytes));
    memcpy(shifted + 1, bytes, sizeof(bytes));
    assert_int_equal(hash_siphash13(1, 2, shifted + 1, 61), hash_siphash13(1, 2, bytes, 61));
    assert_int_equal(hash_bytes(shifted + 1, 61), hash_bytes(bytes, 61));
}

/* ---- Hashes for tables ---- */

static void table_hashes_tell_lengths_and_bytes_apart(void **state)
{
    (void)state;
    unsigned char zeros[32] = {0};
    uint64_t seen[33];

    for (size_t len = 0; len <= 32; len++) {
        seen[len] = hash_bytes(zeros, len);
        for (size_t i = 0; i < len; i++) {
            assert_true(seen[i] != seen[len]);
        }
    }
    zeros[31] = 1;
    assert_true(hash_bytes(zeros, 32) != seen[32]);
}

static void table_hashes_of_numbers_spread_over_the_low_bits(void **state)
{
    (void)state;
    unsigned counts[256] = {0};

    for (uint64_t i = 0; i < 25600; i++) {
        counts[hash_number(i << 32) & 255]++;
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        assert_in_range(counts[i], 50, 160);
    }
}

/* ---- Random numbers ---- */

static void xoshiro_gives_its_authors_numbers(void **state)
{
    (void)state;
    struct random random = {{1, 2, 3, 4}};

    assert_int_equal(random_next(&random), UINT64_C(41943041));
    assert_int_equal(random_next(&random), UINT64_C(58720359));
    assert_int_equal(random_next(&random), UINT64_C(3588806011781223));
    assert_int_equal(random_next(&random), UINT64_C(3591011842654386));
    assert_int_equal(random_next(&random), UINT64_C(9228616714210784205));
    assert_int_equal(random_next(&random), UINT64_C(9973669472204895162));
}

static void the_seed_is_spread_by_splitmix(void **state)
{
    (void)state;
    struct random random;

    random_seed(&random, 0);
    assert_int_equal(random.state[0], UINT64_C(0xe220a8397b1dcdaf));
    assert_int_equal(random.state[1], UINT64_C(0x6e789e6aa1b965f4));
    assert_int_equal(random.state[2], UINT64_C(0x06c45d188009454f));
    assert_int_equal(random.state[3], UINT64_C(0xf88bb8a8724c81ec));
}

static void seeded_numbers_are_pinned(void **state)
{
    (void)state;
    struct random random;

    random_seed(&random, 0);
    assert_int_equal(random_next(&random), UINT64_C(0x53175d61490b23df));
    assert_int_equal(random_next(&random), UINT64_C(0x61da6f3dc380d507));
    random_seed(&random, UINT64_C(0xab1288f6bc11b3ef));
    assert_int_equal(random_next(&random), UINT64_C(0xe4242a4ce4fd54d1));
    assert_int_equal(random_next(&random), UINT64_C(0xc18edf174e278c07));
}

static void numbers_below_a_bound_are_pinned(void **state)
{
    (void)state;
    static const struct {
        uint64_t bound;
        uint64_t number;
    } cases[] = {
        {1, 0},
        {2, 0},
        {6, 5},
        {10, 7},
        {1000, 793},
        {UINT64_C(0x8000000000000001), UINT64_C(5581269471817655715)}, /* two drawn again on the way */
        {UINT64_C(0x8000000000000001), UINT64_C(1915852752325109347)},
        {UINT64_MAX, UINT64_C(17217215411128672467)},
    };
    struct random random;

    random_seed(&random, 42);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(random_below(&random, cases[i].bound), cases[i].number);
    }
}

static void numbers_below_a_bound_are_even(void **state)
{
    (void)state;
    unsigned counts[7] = {0};
    struct random random;

    random_seed(&random, 3);
    for (int i = 0; i < 70000; i++) {
        counts[random_below(&random, 7)]++;
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        assert_in_range(counts[i], 9600, 10400);
    }
}

static void units_are_pinned_and_below_one(void **state)
{
    (void)state;
    struct random random;

    random_seed(&random, 42);
    assert_true(random_unit(&random) == 0.8143051451229099);
    assert_true(random_unit(&random) == 0.3188210400616611);
    random = (struct random){{UINT64_MAX, 0, 0, 0}};
    assert_true(random_unit(&random) < 1.0);
}

static void uuids_are_pinned_and_of_version_4(void **state)
{
    (void)state;
    char text[RANDOM_UUID_SIZE];
    struct random random;

    random_seed(&random, 42);
    random_uuid(&random, text);
    assert_string_equal(text, "d0764d4f-4476-489f-919e-4174576f3791");
    random_uuid(&random, text);
    assert_string_equal(text, "fbe07cfb-0c24-4d8c-b37d-9f600cd835b8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_gives_the_papers_example),
        cmocka_unit_test(siphash13_agrees_with_the_reference_at_every_length),
        cmocka_unit_test(siphash13_is_pinned),
        cmocka_unit_test(bytes_need_no_alignment),
        cmocka_unit_test(table_hashes_tell_lengths_and_bytes_apart),
        cmocka_unit_test(table_hashes_of_numbers_spread_over_the_low_bits),
        cmocka_unit_test(xoshiro_gives_its_authors_numbers),
        cmocka_unit_test(the_seed_is_spread_by_splitmix),
        cmocka_unit_test(seeded_numbers_are_pinned),
        cmocka_unit_test(numbers_below_a_bound_are_pinned),
        cmocka_unit_test(numbers_below_a_bound_are_even),
        cmocka_unit_test(units_are_pinned_and_below_one),
        cmocka_unit_test(uuids_are_pinned_and_of_version_4),
    };

    return cmocka_run_group_tests_name("base/random", tests, NULL, NULL);
}
