/* SPDX-License-Identifier: MIT */
/* JSON's numbers, by value. The text is that of a number token, well-formed. */
#ifndef TIMELAPSE_WORKER_CONVERTER_JSON_NUMBER_H
#define TIMELAPSE_WORKER_CONVERTER_JSON_NUMBER_H

#include <stdint.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>

/* Exactly; TL_MALFORMED: no whole number; TL_TOO_LARGE: does not fit. */
enum tl_status number_to_int(struct tl_bytes text, int64_t *out_value);

/* The nearest double; TL_TOO_LARGE: beyond its range, or more than 512 bytes long. */
enum tl_status number_to_double(struct tl_bytes text, double *out_value);

#endif
