/* SPDX-License-Identifier: MIT */
#include "sim/env/nearest.h"

#include <string.h>

#define LONGEST_COMPARED ((size_t)63) /* bytes of a name */
#define SHORTEST_SLIP    ((size_t)6)  /* shorter names are near each other by chance */

/* Letters as small ones; by hand, as <ctype.h> depends on the locale. */
static char small(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter | 0x20) : letter;
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t nearest_distance(const char *left, const char *right)
{
    size_t row[LONGEST_COMPARED + 1];
    size_t left_len = strnlen(left, LONGEST_COMPARED);
    size_t right_len = strnlen(right, LONGEST_COMPARED);

    for (size_t j = 0; j <= right_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= left_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= right_len; j++) {
            size_t above = row[j];

            row[j] = least_of(least_of(above, row[j - 1]) + 1, diagonal + (small(left[i - 1]) != small(right[j - 1])));
            diagonal = above;
        }
    }
    return row[right_len];
}

void nearest_init(struct nearest *nearest, const char *wanted)
{
    *nearest = (struct nearest){.wanted = wanted, .least = strnlen(wanted, LONGEST_COMPARED) / 2 + 1};
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    if (strcmp(candidate, nearest->wanted) == 0) {
        return;
    }
    size_t distance = nearest_distance(nearest->wanted, candidate);
    if (distance < nearest->least) {
        nearest->name = candidate;
        nearest->least = distance;
    }
}

/* ---- Slips ---- */

static int is_separator(char letter)
{
    return letter == '_' || letter == '-' || letter == '.' || letter == ' ';
}

static const char *skip_separators(const char *name)
{
    while (is_separator(*name)) {
        name++;
    }
    return name;
}

/* "charge_card" and "ChargeCard". */
static int is_same_folded(const char *left, const char *right)
{
    left = skip_separators(left);
    right = skip_separators(right);
    while (*left != '\0' && small(*left) == small(*right)) {
        left = skip_separators(left + 1);
        right = skip_separators(right + 1);
    }
    return *left == '\0' && *right == '\0';
}

static int is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

/* Of two names with one edit between them: it is a digit for another, or one digit more. */
static int differ_by_digit(const char *left, const char *right)
{
    while (*left == *right) {
        left++;
        right++;
    }
    return is_digit(*left) || is_digit(*right);
}

int nearest_is_slip(const char *name, const char *other)
{
    size_t len = strlen(name);
    size_t other_len = strlen(other);

    if (strcmp(name, other) == 0) {
        return 0;
    }
    if (is_same_folded(name, other)) {
        return 1;
    }
    if (len < SHORTEST_SLIP || other_len < SHORTEST_SLIP || len > LONGEST_COMPARED || other_len > LONGEST_COMPARED) {
        return 0;
    }
    return small(name[len - 1]) == small(other[other_len - 1]) && nearest_distance(name, other) == 1 &&
           !differ_by_digit(name, other);
}
