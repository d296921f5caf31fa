/* SPDX-License-Identifier: MIT */
/* Where in the test the calls of the environment stand: timelapse/env.h, tl_env_here. */
#include "sim/env/environment.h"

/* Arguments of a call may be calls: places are taken in the reverse order of their noting. */
struct tl_env *tl_env_here(struct tl_env *env, const char *file, int line)
{
    struct env_places *places = &env->places;

    if (places->count == ENV_PLACES) {
        places->count -= 1;
    }
    places->noted[places->count++] = (struct mock_place){file, line};
    return env;
}

static struct mock_place take(struct env_places *places)
{
    return places->count == 0 ? (struct mock_place){0} : places->noted[--places->count];
}

void env_arrive(struct tl_env *env)
{
    if (tl_driver_of_coroutine() == NULL) {
        env->places.test = take(&env->places);
    } else {
        env->places.coroutine = take(&env->places);
    }
}

void env_depart(struct tl_env *env)
{
    if (tl_driver_of_coroutine() != NULL) {
        env->places.coroutine = (struct mock_place){0};
    }
}
