/* SPDX-License-Identifier: MIT */
#include "worker/workflow/effects.h"

#include "worker/workflow/context.h"

struct effects *effects_of(struct tl_workflow *wf)
{
    if (wf->effects == NULL) {
        struct effects *effects = ARENA_NEW(wf->arena, struct effects);
        map_init(&effects->versions, wf->pool);
        map_init(&effects->patches, wf->pool);
        map_init(&effects->mutables, wf->pool);
        wf->effects = effects;
    }
    return wf->effects;
}

void effects_done(struct tl_workflow *wf)
{
    if (wf->effects != NULL) {
        map_done(&wf->effects->versions);
        map_done(&wf->effects->patches);
        map_done(&wf->effects->mutables);
    }
}
