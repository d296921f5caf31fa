/* SPDX-License-Identifier: MIT */
/*
 * A subscription: charged every thirty days, for years, until it is canceled. A history may not grow for ever,
 * so that a run goes on as a new one when the server says that it is time; what it knows goes with it.
 *
 *   input    {"customer": "ada", "price": 900, "periods": 3}      cents; periods that were paid before
 *   signals  "price" with the new price; "cancel"
 *   result   {"periods": 42}      all of them, over all runs
 *   failure  Unpaid: a charge did not come through within three days
 */
#ifndef SUBSCRIPTION_H
#define SUBSCRIPTION_H

#include <timelapse/registry.h>
#include <timelapse/time.h>

#define SUBSCRIPTION        "Subscription"
#define SUBSCRIPTION_PERIOD TL_DAYS(30)

tl_register_fn subscription_register;

#endif
