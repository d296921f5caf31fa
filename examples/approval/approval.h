/* SPDX-License-Identifier: MIT */
/*
 * An approval with a time limit: someone decides within five days, or it expires. Who has not decided is
 * reminded each day.
 *
 *   input    {"request": "a new laptop", "approver": "grace"}
 *   signal   "decide" with {"approved": true, "comment": "..."}; the first one that can be read counts
 *   query    "state": "waiting", "decided" or "expired"
 *   result   {"approved": true, "comment": "..."}
 *   failure  Expired
 */
#ifndef APPROVAL_H
#define APPROVAL_H

#include <timelapse/registry.h>
#include <timelapse/time.h>

#define APPROVAL      "Approval"
#define APPROVAL_DAYS 5

tl_register_fn approval_register;

#endif
