/* SPDX-License-Identifier: MIT */
/* The sticky cache: runs by run id, the least recently used one goes first. */
#include "worker/engine/state.h"

static void trace(const struct engine *engine, enum tl_trace_kind kind, const struct run *run)
{
    if (agenda_traces(engine->settings.agenda, kind)) {
        agenda_trace(
            engine->settings.agenda,
            (struct tl_trace_event){
                .kind = kind,
                .workflow_id = run->wf.info.workflow_id,
                .run_id = run->wf.info.run_id,
                .event_id = run->last_event_id});
    }
}

struct run *cache_find(const struct engine *engine, const char *run_id)
{
    return map_get_string(&engine->runs, run_id);
}

/* Runs with a task under way stay: a cache may hold more than its limit for that long. */
static void make_room(struct engine *engine, const struct run *newest)
{
    for (struct list_node *node = list_first(&engine->cached);
         node != NULL && map_count(&engine->runs) > engine->settings.cached_workflows;) {
        struct run *run = LIST_ITEM(node, struct run, cached);
        node = list_next(&engine->cached, node);
        if (run != newest && run->task == NULL) {
            cache_evict(engine, run);
        }
    }
}

void cache_trim(struct engine *engine)
{
    make_room(engine, NULL);
}

void cache_add(struct engine *engine, struct run *run)
{
    (void)map_put_string(&engine->runs, run->wf.info.run_id, run);
    list_append(&engine->cached, &run->cached);
    trace(engine, TL_TRACE_WORKER_RUN_CACHED, run);
    make_room(engine, run);
}

void cache_touch(struct engine *engine, struct run *run)
{
    list_remove(&run->cached);
    list_append(&engine->cached, &run->cached);
}

void cache_evict(struct engine *engine, struct run *run)
{
    trace(engine, TL_TRACE_WORKER_RUN_EVICTED, run);
    (void)map_remove_string(&engine->runs, run->wf.info.run_id);
    list_remove(&run->cached);
    run_free(run);
}
