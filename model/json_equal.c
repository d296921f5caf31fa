/* SPDX-License-Identifier: MIT */
/*
 * Two JSON texts compared by value, without memory of its own and without recursion: both are walked
 * side by side. Objects that name their members in the same order, which is what one program writes,
 * are gone through in step; else each of the left's members is searched for in the right. Every
 * value of the left is compared at most once. Of equal names the last counts.
 */
#include "model/json.h"
#include "model/json_reader.h"

/* An array or object on the way down. */
struct level {
    const char *left;        /* its brackets */
    const char *right;       /* ... */
    const char *left_value;  /* the values being compared */
    const char *right_value; /* ... */
    struct json_text name;   /* of the left's, in an object */
    bool is_object;
    bool in_step; /* the right has the same names in the same order */
    bool is_begun;
};

struct walk {
    struct json_reader left;
    struct json_reader right;
    struct level levels[JSON_MAX_DEPTH];
    unsigned depth;
};

enum verdict {
    SAME,
    DIFFERENT,
    OPEN /* told by what is inside */
};

/* ---- Members ---- */

/* Goes to the value of the last member of that name; `at` is on the bracket. */
static bool find_member(struct json_reader *object, struct json_text wanted)
{
    const char *found = NULL;
    struct json_text name;

    for (bool first = true; json_next_member(object, first, &name); first = false) {
        if (json_same_string(name, wanted)) {
            found = object->at;
        }
        (void)json_skip(object, NULL);
    }
    object->at = found == NULL ? object->at : found;
    return found != NULL;
}

/* Whether a later member of the object has the name again; `at` is before the value of this one. */
static bool is_overridden(struct json_reader object, struct json_text name)
{
    struct json_text later;

    (void)json_skip(&object, NULL);
    while (json_next_member(&object, false, &later)) {
        if (json_same_string(later, name)) {
            return true;
        }
        (void)json_skip(&object, NULL);
    }
    return false;
}

/* Whether both objects name the same members in the same order. */
static bool are_in_step(struct json_reader left, struct json_reader right)
{
    struct json_text left_name;
    struct json_text right_name;

    for (bool first = true;; first = false) {
        bool more = json_next_member(&left, first, &left_name);

        if (json_next_member(&right, first, &right_name) != more) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (!json_same_string(left_name, right_name)) {
            return false;
        }
        (void)json_skip(&left, NULL);
        (void)json_skip(&right, NULL);
    }
}

/* Whether the right has no name that the left has not. */
static bool has_all_names(struct json_reader left, struct json_reader right)
{
    struct json_text name;

    for (bool first = true; json_next_member(&right, first, &name); first = false) {
        struct json_reader object = left;

        if (!find_member(&object, name)) {
            return false;
        }
        (void)json_skip(&right, NULL);
    }
    return true;
}

/* ---- One value ---- */

static bool equal_strings(struct walk *walk)
{
    struct json_text left = {"", 0};
    struct json_text right = {"", 0};

    (void)json_raw_string(&walk->left, &left, NULL);
    (void)json_raw_string(&walk->right, &right, NULL);
    return json_same_string(left, right);
}

static bool equal_numbers(struct walk *walk)
{
    struct json_text left = {"", 0};
    struct json_text right = {"", 0};

    (void)json_number(&walk->left, &left, NULL);
    (void)json_number(&walk->right, &right, NULL);
    return (left.len == right.len && memcmp(left.data, right.data, left.len) == 0) || json_same_number(left, right);
}

static enum verdict open_level(struct walk *walk, bool is_object)
{
    walk->levels[walk->depth++] = (struct level){
        .left = walk->left.at,
        .right = walk->right.at,
        .is_object = is_object,
        .in_step = is_object && are_in_step(walk->left, walk->right),
    };
    return OPEN;
}

static enum verdict compare_values(struct walk *walk)
{
    char kind = json_peek(&walk->left);
    char other = json_peek(&walk->right);

    if (json_starts_number(kind) && json_starts_number(other)) {
        return equal_numbers(walk) ? SAME : DIFFERENT;
    }
    if (kind != other) {
        return DIFFERENT;
    }
    switch (kind) {
    case '"':
        return equal_strings(walk) ? SAME : DIFFERENT;
    case '[':
    case '{':
        return open_level(walk, kind == '{');
    default:
        /* null, true, false: told apart by their first letters. */
        return json_skip(&walk->left, NULL) && json_skip(&walk->right, NULL) ? SAME : DIFFERENT;
    }
}

/* ---- The next pair of a level ---- */

/* Each of these goes to the next two values and says OPEN, or tells the verdict over the level. */

static enum verdict next_elements(struct walk *walk, bool first)
{
    bool left = json_next_element(&walk->left, first);
    bool right = json_next_element(&walk->right, first);

    if (left != right) {
        return DIFFERENT;
    }
    return left ? OPEN : SAME;
}

static enum verdict next_in_step(struct walk *walk, struct level *level, bool first)
{
    struct json_text ignored;

    (void)json_next_member(&walk->right, first, &ignored);
    return json_next_member(&walk->left, first, &level->name) ? OPEN : SAME;
}

static enum verdict next_searched(struct walk *walk, struct level *level, bool first)
{
    struct json_reader left = walk->left;
    struct json_reader right = walk->right;

    left.at = level->left;
    right.at = level->right;
    for (; json_next_member(&walk->left, first, &level->name); first = false) {
        if (!is_overridden(walk->left, level->name)) {
            walk->right.at = right.at;
            return find_member(&walk->right, level->name) ? OPEN : DIFFERENT;
        }
        (void)json_skip(&walk->left, NULL);
    }
    walk->right.at = right.at;
    (void)json_skip(&walk->right, NULL);
    return has_all_names(left, right) ? SAME : DIFFERENT;
}

static enum verdict next_pair(struct walk *walk, struct level *level)
{
    bool first = !level->is_begun;
    enum verdict verdict = !level->is_object ? next_elements(walk, first)
                           : level->in_step  ? next_in_step(walk, level, first)
                                             : next_searched(walk, level, first);

    level->is_begun = true;
    level->left_value = walk->left.at;
    level->right_value = walk->right.at;
    return verdict;
}

/* Whether the difference between two values does not matter: their name comes again. Then both are passed over. */
static bool forgives(struct walk *walk, const struct level *level)
{
    struct json_reader left = walk->left;

    left.at = level->left_value;
    if (!level->in_step || !is_overridden(left, level->name)) {
        return false;
    }
    walk->left.at = level->left_value;
    walk->right.at = level->right_value;
    return json_skip(&walk->left, NULL) && json_skip(&walk->right, NULL);
}

/* ---- All ---- */

static bool equal_values(struct walk *walk)
{
    for (;;) {
        enum verdict verdict = compare_values(walk);

        while (walk->depth > 0) {
            struct level *level = &walk->levels[walk->depth - 1];

            if (verdict != DIFFERENT || forgives(walk, level)) {
                verdict = next_pair(walk, level);
            }
            if (verdict == OPEN) {
                break;
            }
            walk->depth--;
        }
        if (verdict != OPEN) {
            return verdict == SAME;
        }
    }
}

enum tl_status json_equal(struct tl_bytes left, struct tl_bytes right, bool *out_equal, struct tl_error *error)
{
    struct walk walk;

    walk.left = json_reader_of(left, error);
    walk.right = json_reader_of(right, error);
    walk.depth = 0;
    if (!json_check(&walk.left)) {
        return walk.left.status;
    }
    if (!json_check(&walk.right)) {
        return walk.right.status;
    }
    *out_equal = equal_values(&walk);
    return TL_OK;
}
