/* SPDX-License-Identifier: MIT */
#include "worker/polling/scaler.h"

#define PERIOD TL_MILLISECONDS(100)

void scaler_init(struct scaler *scaler, size_t minimum, size_t maximum, size_t initial)
{
    *scaler = (struct scaler){.minimum = minimum, .maximum = maximum, .target = initial, .may_grow = true};
}

/* One period is over: a tenth more than in the one before, and growing was worth it. */
static void end_period(struct scaler *scaler)
{
    scaler->may_grow = scaler->this_period >= scaler->last_period + scaler->last_period / 10;
    scaler->last_period = scaler->this_period;
    scaler->this_period = 0;
    scaler->period += PERIOD;
}

/* Periods end when someone looks, without a deadline each; after three in which nothing came, more change nothing. */
static void catch_up(struct scaler *scaler, tl_time now)
{
    if (scaler->period == 0) {
        scaler->period = now;
    }
    for (int i = 0; i < 3 && now - scaler->period >= PERIOD; i++) {
        end_period(scaler);
    }
    scaler->period += (now - scaler->period) / PERIOD * PERIOD;
}

static void shrink(struct scaler *scaler, size_t count)
{
    size_t room = scaler->target - scaler->minimum;

    scaler->target -= count < room ? count : room;
}

static void grow(struct scaler *scaler, size_t count)
{
    size_t room = scaler->maximum - scaler->target;

    scaler->target += count < room ? count : room;
}

static void follow(struct scaler *scaler, int32_t suggestion)
{
    scaler->may_shrink = true;
    if (suggestion < 0) {
        shrink(scaler, (size_t)(-(int64_t)suggestion));
    } else if (scaler->may_grow) {
        grow(scaler, (size_t)suggestion);
    }
}

void scaler_note_reply(struct scaler *scaler, tl_time now, bool has_task, const int32_t *suggestion)
{
    if (scaler_is_fixed(scaler)) {
        return;
    }
    catch_up(scaler, now);
    if (has_task) {
        scaler->this_period++;
    }
    if (suggestion != NULL) {
        follow(scaler, *suggestion);
    } else if (!has_task && scaler->may_shrink) {
        shrink(scaler, 1);
    }
}

void scaler_note_error(struct scaler *scaler, bool throttled)
{
    if (!scaler_is_fixed(scaler) && scaler->may_shrink) {
        shrink(scaler, throttled ? scaler->target - scaler->target / 2 : 1);
    }
}

bool scaler_is_busy(struct scaler *scaler, tl_time now)
{
    if (scaler_is_fixed(scaler)) {
        return false;
    }
    catch_up(scaler, now);
    return scaler->this_period > 1;
}
