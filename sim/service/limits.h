/* SPDX-License-Identifier: MIT */
/* Numbers of the real server, each with the name it has there. */
#ifndef TIMELAPSE_SIM_LIMITS_H
#define TIMELAPSE_SIM_LIMITS_H

#include <timelapse/time.h>

/* common/dynamicconfig/constants.go */
#define LIMIT_ID_BYTES      1000               /* limit.maxIDLength */
#define LIMIT_BLOB_BYTES    ((size_t)2 << 20)  /* limit.blobSize.error */
#define LIMIT_MEMO_BYTES    ((size_t)2 << 20)  /* limit.memoSize.error */
#define LIMIT_TASK_POLL     TL_MINUTES(1)      /* matching.longPollExpirationInterval */
#define LIMIT_HISTORY_POLL  TL_SECONDS(20)     /* history.longPollExpirationInterval */
#define LIMIT_BUFFERED      100                /* history.maximumBufferedEventsBatch */
#define LIMIT_SIGNALS       10000              /* history.maximumSignalsPerExecution */
#define LIMIT_SUGGEST_COUNT 4096               /* limit.historyCount.suggestContinueAsNew */
#define LIMIT_SUGGEST_BYTES ((int64_t)4 << 20) /* limit.historySize.suggestContinueAsNew */
#define LIMIT_HEARTBEATS    TL_MINUTES(30)     /* history.workflowTaskHeartbeatTimeout */
#define TASK_RETRY_MAX      TL_MINUTES(10)     /* history.workflowTaskRetryMaxInterval */
#define TASK_TIMEOUT        TL_SECONDS(10)     /* history.defaultWorkflowTaskTimeout */

/* service/history/workflow/workflow_task_state_machine.go */
#define TASK_RETRY_FROM  3 /* attempts beyond this one have longer timeouts */
#define TASK_RETRY_FIRST TL_SECONDS(5)

#define TASK_TIMEOUT_MAX TL_SECONDS(120) /* service/history/api/create_workflow_util.go */
#define STICKY_WINDOW    TL_SECONDS(10)  /* service/matching/matching_engine.go */
#define PAGE_EVENTS      256             /* common/primitives/constants.go */
#define DURATION_MAX     TL_DAYS(36500)  /* common/primitives/timestamp/duration.go */

/* common/retrypolicy/retry_policy.go */
#define RETRY_INITIAL     TL_SECONDS(1)
#define RETRY_COEFFICIENT 2.0
#define RETRY_MAX_FACTOR  100

#endif
