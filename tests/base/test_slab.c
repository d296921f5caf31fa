/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/slab.h"

static void a_slab_can_be_used_whole(void **state)
{
    (void)state;
    struct slab *slab = slab_take();

    assert_non_null(slab);
    assert_null(slab->next);
    assert_int_equal((uintptr_t)slab % 4096, 0);
    memset(slab + 1, 1, SLAB_SIZE - sizeof(*slab));
    slab_give(slab);
}

static void what_is_given_back_serves_again(void **state)
{
    (void)state;
    struct slab *slab = slab_take();

    slab_give(slab);
    assert_ptr_equal(slab_take(), slab);
    assert_null(slab->next);
    slab_give(slab);
}

static void the_first_taken_is_the_first_to_serve_again(void **state)
{
    (void)state;
    struct slab *first = slab_take();
    struct slab *second = slab_take();

    second->next = first;
    slab_give(second);
    assert_ptr_equal(slab_take(), first);
    slab_give(first);
}

static void chains_longer_than_what_is_kept_are_given_back_too(void **state)
{
    (void)state;
    struct slab *chain = NULL;

    for (int i = 0; i < 100; i++) {
        struct slab *slab = slab_take();
        assert_non_null(slab);
        slab->next = chain;
        chain = slab;
    }
    slab_give(chain);
    slab_give(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slab_can_be_used_whole),
        cmocka_unit_test(what_is_given_back_serves_again),
        cmocka_unit_test(the_first_taken_is_the_first_to_serve_again),
        cmocka_unit_test(chains_longer_than_what_is_kept_are_given_back_too),
    };

    return cmocka_run_group_tests_name("base/slab", tests, NULL, NULL);
}
