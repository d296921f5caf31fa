/* SPDX-License-Identifier: MIT */
/* Where configuration is read from, whichever source was given. */
#ifndef TIMELAPSE_WORKER_CONFIG_SOURCE_H
#define TIMELAPSE_WORKER_CONFIG_SOURCE_H

#include <timelapse/connection_config.h>

struct arena;

/* NAME=value, NULL-terminated. */
const char *const *source_environment(const struct tl_config_source *source);

/*
 * The file's bytes, with a NUL behind them, in the arena. TL_NOT_FOUND when there is no such file; TL_IO; TL_TOO_LARGE
 * above TOML_MAX_BYTES. Out of memory unwinds.
 */
enum tl_status source_read(
    const struct tl_config_source *source, struct arena *arena, const char *path, struct tl_bytes *out,
    struct tl_error *error);

/* Where temporal.toml is when nobody says; NULL when the environment does not know. */
char *source_default_file(struct arena *arena, const char *const *environment);

#endif
