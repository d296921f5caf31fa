/* SPDX-License-Identifier: MIT */
/*
 * Changing workflow code while runs of it are open. A run goes by the code that it began with: a call of
 * tl_get_version or tl_patched, put where the code changes, says which that is. The first call in a run decides for the
 * whole run; history keeps it, in a marker, and later calls with that id, replays included, say the same.
 *
 * A run that passed the place before the call was there has no marker: there the call says, while history is replayed
 * and ever after, that the old code is the one to go by. The call must stay, at its place among the commands, as long
 * as runs with its marker may be replayed; a history with a marker that the code does not ask for is told as
 * non-determinism, naming the id.
 *
 * Both also set the search attribute "TemporalChangeVersion" to the list of what the run goes by ("<id>-<version>",
 * and the ids of patches), sorted, as long as that is shorter than 2,048 bytes of JSON: so that the runs that keep old
 * code alive can be listed. Either takes part in no cancellation. Sources: sdk-go, internal/internal_event_handlers.go;
 * sdk-core, patch_state_machine.rs.
 *
 * Ids are 1 to 1,000 bytes of UTF-8, and mean one thing in a workflow: take a new one for each change. Versions and
 * patches with one id are two things.
 */
#ifndef TIMELAPSE_VERSION_H
#define TIMELAPSE_VERSION_H

#include <timelapse/registry.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of a run that passed the place before there was a call. */
#define TL_DEFAULT_VERSION (-1)

/*
 * Which version of the change the run goes by: max_supported when this is its first call, outside of a replay. A
 * version that the code does not support any more, or not yet, fails the workflow task as non-determinism.
 * min_supported is at most max_supported: TL_DEFAULT_VERSION while there is code for runs older than the change.
 *
 *     int version = tl_get_version(wf, "ship-by-air", TL_DEFAULT_VERSION, 1);
 */
TL_API int tl_get_version(struct tl_workflow *wf, const char *change_id, int min_supported, int max_supported);

/*
 * 1 when the run goes by the code with the patch, else 0: for a change that is there or not. It goes away in
 * three releases: `if (tl_patched(wf, id)) { new code } else { old code }`; when no run goes by the old code any
 * more, tl_deprecate_patch(wf, id) in its place, before the new code alone; when no run is left that recorded
 * the patch before that, nothing.
 */
TL_API int tl_patched(struct tl_workflow *wf, const char *patch_id);

/*
 * Says that the old code is gone. Markers recorded by it are skipped in histories replayed by code without any
 * call; those of tl_patched are met by it as by tl_patched.
 */
TL_API void tl_deprecate_patch(struct tl_workflow *wf, const char *patch_id);

#ifdef __cplusplus
}
#endif
#endif
