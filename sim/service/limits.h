/* SPDX-License-Identifier: MIT */
/* Numbers of the real server, each with the name it has there. */
#ifndef TIMELAPSE_SIM_LIMITS_H
#define TIMELAPSE_SIM_LIMITS_H

#include <timelapse/sim.h>
#include <timelapse/time.h>

/* common/dynamicconfig/constants.go */
#define LIMIT_ID_BYTES      1000                /* limit.maxIDLength */
#define LIMIT_BLOB_BYTES    ((size_t)2 << 20)   /* limit.blobSize.error */
#define LIMIT_BLOB_WARNING  ((size_t)512 << 10) /* limit.blobSize.warn */
#define LIMIT_KEPT_FAILURE  ((size_t)4 << 10)   /* limit.mutableStateActivityFailureSize.error */
#define LIMIT_MEMO_BYTES    ((size_t)2 << 20)   /* limit.memoSize.error */
#define LIMIT_TASK_POLL     TL_MINUTES(1)       /* matching.longPollExpirationInterval */
#define LIMIT_HISTORY_POLL  TL_SECONDS(20)      /* history.longPollExpirationInterval */
#define LIMIT_BUFFERED      100                 /* history.maximumBufferedEventsBatch */
#define LIMIT_TRANSACTION   ((size_t)4 << 20)   /* system.transactionSizeLimit */
#define LIMIT_BUFFER_BYTES  ((int64_t)2 << 20)  /* history.maximumBufferedEventsSizeInBytes */
#define LIMIT_HISTORY_COUNT 51200               /* limit.historyCount.error */
#define LIMIT_HISTORY_BYTES ((int64_t)50 << 20) /* limit.historySize.error */
#define LIMIT_STATE_BYTES   ((int64_t)8 << 20)  /* limit.mutableStateSize.error */
#define LIMIT_PENDING       2000                /* limit.numPendingActivities.error, and its like */
#define LIMIT_SIGNALS       10000               /* history.maximumSignalsPerExecution */
#define LIMIT_SUGGEST_COUNT 4096                /* limit.historyCount.suggestContinueAsNew */
#define LIMIT_SUGGEST_BYTES ((int64_t)4 << 20)  /* limit.historySize.suggestContinueAsNew */
#define LIMIT_HEARTBEATS    TL_MINUTES(30)      /* history.workflowTaskHeartbeatTimeout */
#define TASK_RETRY_MAX      TL_MINUTES(10)      /* history.workflowTaskRetryMaxInterval */
#define TASK_TIMEOUT        TL_SECONDS(10)      /* history.defaultWorkflowTaskTimeout */
#define LIMIT_SEARCH_KEYS   100                 /* frontend.searchAttributesNumberOfKeysLimit */
#define LIMIT_SEARCH_VALUE  ((size_t)2 << 10)   /* frontend.searchAttributesSizeOfValueLimit */
#define LIMIT_SEARCH_BYTES  ((size_t)40 << 10)  /* frontend.searchAttributesTotalSizeLimit */
#define RETENTION_MIN       TL_HOURS(1)         /* system.namespaceMinRetentionLocal */

/* service/history/workflow/workflow_task_state_machine.go */
#define TASK_RETRY_FROM  3 /* attempts beyond this one have longer timeouts */
#define TASK_RETRY_FIRST TL_SECONDS(5)

/* service/matching/config.go, common/dynamicconfig/constants.go */
#define PRIORITY_LEVELS  5 /* matching.priorityLevels */
#define PRIORITY_DEFAULT 3

/* Queries. */
#define LIMIT_QUERIES       1              /* history.MaxBufferedQueryCount: of those that wait for a workflow task */
#define LIMIT_QUERY         TL_SECONDS(30) /* client/history/client.go, DefaultTimeout */
#define QUERY_ATTEMPTS      3              /* service/history/api/queryworkflow/api.go: failing tasks fail queries */
#define QUERY_POLLER_WINDOW TL_SECONDS(20) /* matching.queryPollerUnavailableWindow */

#define TASK_TIMEOUT_MAX TL_SECONDS(120) /* service/history/api/create_workflow_util.go */

/* history.workflowIdReuseMinimalInterval, as mutable_state_impl.go (ContinueAsNewMinBackoff) uses it */
#define CHAIN_INTERVAL_MIN TL_SECONDS(1)

#define LIMIT_LINKS      10   /* frontend.maxlinksPerRequest */
#define LIMIT_LINK_BYTES 4000 /* frontend.linkMaxSize */

#define STICKY_WINDOW      TL_SECONDS(10) /* service/matching/matching_engine.go */
#define POLL_RESERVE       TL_SECONDS(1)  /* there, returnEmptyTaskTimeBudget: a poll ends before its caller does */
#define POLL_LEAST         TL_SECONDS(2)  /* common/constants.go, MinLongPollTimeout */
#define GONE_WORKER_WINDOW TL_SECONDS(30) /* matching_engine.go, shutdownWorkersCacheTTL */
#define PAGE_BATCHES       256            /* common/primitives/constants.go, GetHistoryMaxPageSize */
#define DURATION_MAX       TL_DAYS(36500) /* common/primitives/timestamp/duration.go */

/* common/retrypolicy/retry_policy.go */
#define RETRY_INITIAL     TL_SECONDS(1)
#define RETRY_COEFFICIENT 2.0
#define RETRY_MAX_FACTOR  100

/* TL_OK, or an error that names the one that is less than nothing. */
TL_MUST_CHECK enum tl_status sim_limits_check(const struct tl_sim_limits *limits, struct tl_error *error);

/* What is wanted, with the real server's numbers for zeros. wanted: NULL for all of them. */
void sim_limits_fill(struct tl_sim_limits *out, const struct tl_sim_limits *wanted);

#endif
