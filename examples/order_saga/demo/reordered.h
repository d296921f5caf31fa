/* SPDX-License-Identifier: MIT */
/* The next version of the order saga, with a mistake: see reordered.c. */
#ifndef ORDER_SAGA_REORDERED_H
#define ORDER_SAGA_REORDERED_H

#include <timelapse/registry.h>

tl_register_fn order_saga_register_reordered;

#endif
