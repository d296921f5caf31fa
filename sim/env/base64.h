/* SPDX-License-Identifier: MIT */
/* Bytes as proto3 JSON has them: base64 in the standard alphabet, padded. */
#ifndef TIMELAPSE_SIM_ENV_BASE64_H
#define TIMELAPSE_SIM_ENV_BASE64_H

#include "sim/env/report_text.h"

/* Decodes the text in place; 0: memory ran out when it was made, so that there is nothing to decode. */
int base64_decode_text(struct report_text *text);

/* Appends `bytes` encoded. */
void base64_add(struct report_text *text, const char *bytes, size_t len);

#endif
