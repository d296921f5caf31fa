/* SPDX-License-Identifier: MIT */
/*
 * Cancellation with cleanup: a machine is rented, a job runs on it, and the machine goes back whatever becomes of
 * the job: done, failed, canceled.
 *
 *   input    {"job": "render"}
 *   result   what the job returned
 *
 * A job that is canceled may take its time to stop: the machine goes back when it has.
 */
#ifndef CLEANUP_H
#define CLEANUP_H

#include <timelapse/registry.h>
#include <timelapse/time.h>

#define RENTED_JOB "RentedJob"

tl_register_fn cleanup_register;

#endif
