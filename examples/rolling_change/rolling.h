/* SPDX-License-Identifier: MIT */
/*
 * A change of a workflow whose runs are open: parcels that went by road go by air. Three releases of one file, which
 * would follow one another in a project; here they lie side by side, so that tests can show what each makes of the
 * others' runs.
 *
 *   release 1   ships by road
 *   release 2   ships new parcels by air, and goes on by road with those that began so
 *   release 3   knows no road any more: to be deployed when no run of release 1 is left
 */
#ifndef ROLLING_H
#define ROLLING_H

#include <timelapse/registry.h>
#include <timelapse/time.h>

#define PARCEL        "Parcel"
#define PARCEL_CHANGE "ship-by-air"

tl_register_fn rolling_register_1;
tl_register_fn rolling_register_2;
tl_register_fn rolling_register_3;

#endif
