/* SPDX-License-Identifier: MIT */
/* Everything a workflow, an activity, a worker and a client need. Tests add timelapse/env.h. */
#ifndef TIMELAPSE_TIMELAPSE_H
#define TIMELAPSE_TIMELAPSE_H

#include <timelapse/activity.h>
#include <timelapse/async_activity.h>
#include <timelapse/client.h>
#include <timelapse/continue_as_new.h>
#include <timelapse/describe.h>
#include <timelapse/failure.h>
#include <timelapse/json.h>
#include <timelapse/json_table.h>
#include <timelapse/list.h>
#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/query.h>
#include <timelapse/registry.h>
#include <timelapse/run_status.h>
#include <timelapse/search_attribute.h>
#include <timelapse/side_effect.h>
#include <timelapse/status.h>
#include <timelapse/time.h>
#include <timelapse/version.h>
#include <timelapse/worker.h>
#include <timelapse/workflow.h>

#endif
