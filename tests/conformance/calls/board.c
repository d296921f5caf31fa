/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/conformance/calls/calls.h"

struct pinned {
    struct posting posting;
    struct pinned *next;
};

struct board {
    pthread_mutex_t mutex;
    pthread_cond_t posted;
    struct pinned *newest;
};

struct board *board_new(void)
{
    struct board *board = calloc(1, sizeof(*board));

    if (board == NULL || pthread_mutex_init(&board->mutex, NULL) != 0 || pthread_cond_init(&board->posted, NULL) != 0) {
        exit(EXIT_FAILURE);
    }
    return board;
}

void board_free(struct board *board)
{
    while (board->newest != NULL) {
        struct pinned *gone = board->newest;
        board->newest = gone->next;
        free(gone);
    }
    (void)pthread_cond_destroy(&board->posted);
    (void)pthread_mutex_destroy(&board->mutex);
    free(board);
}

void board_post(struct board *board, const struct posting *posting)
{
    struct pinned *pinned = malloc(sizeof(*pinned));

    if (pinned == NULL) {
        exit(EXIT_FAILURE);
    }
    pinned->posting = *posting;
    (void)pthread_mutex_lock(&board->mutex);
    pinned->next = board->newest;
    board->newest = pinned;
    (void)pthread_cond_broadcast(&board->posted);
    (void)pthread_mutex_unlock(&board->mutex);
}

static const struct posting *find(const struct board *board, const char *run_id, int attempt)
{
    for (const struct pinned *pinned = board->newest; pinned != NULL; pinned = pinned->next) {
        if (pinned->posting.attempt == attempt && strcmp(pinned->posting.run_id, run_id) == 0) {
            return &pinned->posting;
        }
    }
    return NULL;
}

bool board_wait(struct board *board, const char *run_id, int attempt, struct posting *out)
{
    const struct posting *found = NULL;
    struct timespec limit;
    int waited = 0;

    (void)clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += LONG / TL_SECONDS(1);
    (void)pthread_mutex_lock(&board->mutex);
    while ((found = find(board, run_id, attempt)) == NULL && waited == 0) {
        waited = pthread_cond_timedwait(&board->posted, &board->mutex, &limit);
    }
    if (found != NULL) {
        *out = *found;
    }
    (void)pthread_mutex_unlock(&board->mutex);
    return found != NULL;
}
