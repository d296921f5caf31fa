/* SPDX-License-Identifier: MIT */
#include "worker/engine/flags.h"

#include <string.h>

enum sdk_flag {
#define SDK_FLAG_ENUM(number, name, text) SDK_FLAG_##name = (number),
    SDK_FLAG_MAP(SDK_FLAG_ENUM)
#undef SDK_FLAG_ENUM
};

static const uint32_t known_flags[] = {
#define SDK_FLAG_NUMBER(number, name, text) SDK_FLAG_##name,
    SDK_FLAG_MAP(SDK_FLAG_NUMBER)
#undef SDK_FLAG_NUMBER
};

static bool is_known(uint32_t flag)
{
    for (size_t i = 0; i < COUNT_OF(known_flags); i++) {
        if (known_flags[i] == flag) {
            return true;
        }
    }
    return false;
}

/*
 * Name, version and flags are told when they change (sdk-core, internal_flags.rs): without a name they
 * are those of the SDK named last, which need not be this one.
 */
bool flags_read(struct run *run, const Pb__HistoryEvent *completed, struct run_fault *fault)
{
    const Pb__WorkflowTaskCompletedMetadata *metadata =
        completed->workflow_task_completed_event_attributes->sdk_metadata;

    if (metadata == NULL) {
        return true;
    }
    if (metadata->sdk_name[0] != '\0') {
        run->told_name = strcmp(metadata->sdk_name, SDK_NAME) == 0;
    }
    if (metadata->sdk_version[0] != '\0') {
        run->told_version = strcmp(metadata->sdk_version, SDK_VERSION) == 0;
    }
    for (size_t i = 0; run->told_name && i < metadata->n_lang_used_flags; i++) {
        if (!is_known(metadata->lang_used_flags[i])) {
            return run_fault(
                fault,
                TL_NONDETERMINISM,
                completed->event_id,
                "history was made by a newer version of this SDK: flag %u is not known",
                metadata->lang_used_flags[i]);
        }
    }
    return true;
}

/* A run keeps the flags that it began with: a version that comes later tells its name alone. */
Pb__WorkflowTaskCompletedMetadata *flags_metadata(const struct run *run, struct arena *arena)
{
    static char name[] = SDK_NAME;
    static char version[] = SDK_VERSION;

    if (run->told_name && run->told_version) {
        return NULL;
    }
    Pb__WorkflowTaskCompletedMetadata *metadata =
        PB_NEW(arena, Pb__WorkflowTaskCompletedMetadata, pb__workflow_task_completed_metadata);
    metadata->sdk_name = name;
    metadata->sdk_version = version;
    if (!run->told_name) {
        metadata->n_lang_used_flags = COUNT_OF(known_flags);
        metadata->lang_used_flags = arena_copy(arena, known_flags, sizeof known_flags);
    }
    return metadata;
}
