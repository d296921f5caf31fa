/* SPDX-License-Identifier: MIT */
/*
 * compare-histories SIMULATED REAL: prints how the second history differs from the first, without what a server makes
 * of its own (model/history_scrub.def) and without the events that tell of skipped time: here time is skipped for a
 * whole environment, there for each run. Ends with 0: the same, 1: different, 2: not to be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/history.h>
#include <timelapse/history_event.h>

#define LEFT_OUT "\"EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED\""
#define CONFIG   "\"timeSkippingConfig\""           /* of a start: likewise */
#define CARRIED  "\"timeSkippingStatePropagation\"" /* what was skipped before this run */
#define ID_KEY   "ventId\": \""                     /* of eventId and all references to one */

struct text {
    char *data;
    size_t len;
    size_t capacity;
};

static void add(struct text *text, const char *bytes, size_t len)
{
    if (text->len + len + 1 > text->capacity) {
        text->capacity = 2 * (text->len + len + 1);
        text->data = realloc(text->data, text->capacity);
        if (text->data == NULL) {
            exit(2);
        }
    }
    memcpy(text->data + text->len, bytes, len);
    text->len += len;
    text->data[text->len] = '\0';
}

/* Takes the object of that name out of the event, in its place; these objects hold no braces in strings. */
static void remove_member(char *json, const char *name)
{
    char *from = strstr(json, name);
    char *to = from == NULL ? NULL : strchr(from, '{');
    size_t depth = 0;

    if (to == NULL) {
        return;
    }
    do {
        depth = *to == '{' ? depth + 1 : *to == '}' ? depth - 1 : depth;
    } while (*to++ != '\0' && depth > 0);
    if (*to == ',') {
        to++;
    } else {
        while (from > json && *from != ',' && *from != '{') {
            from--;
        }
        from += *from == '{';
    }
    memmove(from, to, strlen(to) + 1);
}

/* The event with its own id and those of others as they are when events are left out; ids[n] is the new one of n. */
static void add_event(struct text *text, const char *json, const size_t *ids, size_t count)
{
    const char *key;

    while ((key = strstr(json, ID_KEY)) != NULL) {
        char *end;
        char number[32];

        key += strlen(ID_KEY);
        add(text, json, (size_t)(key - json));
        size_t id = strtoul(key, &end, 10);
        int len = snprintf(number, sizeof number, "%zu", id <= count ? ids[id] : id);
        add(text, number, (size_t)len);
        json = end;
    }
    add(text, json, strlen(json));
}

static struct tl_history *without_skips(struct tl_history *history)
{
    size_t count = tl_history_length(history);
    size_t *ids = calloc(count + 1, sizeof *ids);
    struct text text = {NULL, 0, 0};
    struct tl_history *result = NULL;
    struct tl_error error;

    if (ids == NULL) {
        return NULL;
    }
    for (int pass = 0; pass < 2; pass++) {
        size_t kept = 0;

        add(&text, "{\"events\":[", pass == 0 ? 0 : 11);
        for (size_t i = 0; i < count; i++) {
            char *json;

            if (tl_history_event_json(history, i, &json, NULL, NULL) != TL_OK) {
                exit(2);
            }
            if (strstr(json, LEFT_OUT) == NULL) {
                kept++;
                if (pass == 1) {
                    add(&text, ",", kept > 1);
                    remove_member(json, CONFIG);
                    remove_member(json, CARRIED);
                    add_event(&text, json, ids, count);
                }
            }
            ids[i + 1] = kept;
            tl_text_free(json);
        }
    }
    add(&text, "]}", 2);
    const struct tl_bytes bytes = {(const uint8_t *)text.data, text.len};
    if (tl_history_from_json(bytes, NULL, &result, &error) != TL_OK) {
        printf("not to be read: line %d: %s\n", error.line, error.message);
    }
    free(text.data);
    free(ids);
    return result;
}

static struct tl_history *read_history(const char *path)
{
    struct tl_history *history;
    struct tl_error error;

    if (tl_history_from_file(path, NULL, &history, &error) != TL_OK) {
        printf("%s: line %d: %s\n", path, error.line, error.message);
        return NULL;
    }
    struct tl_history *result = without_skips(history);
    tl_history_unref(history);
    return result;
}

int main(int count, char **arguments)
{
    struct tl_error error;

    if (count != 3) {
        (void)fprintf(stderr, "usage: compare-histories SIMULATED REAL\n");
        return 2;
    }
    struct tl_history *simulated = read_history(arguments[1]);
    struct tl_history *real = simulated == NULL ? NULL : read_history(arguments[2]);
    int result = 2;
    if (real != NULL) {
        enum tl_status status = tl_history_compare(simulated, real, &error);

        result = status == TL_OK ? 0 : 1;
        printf("%s\n", status == TL_OK ? "same" : error.message);
    }
    tl_history_unref(real);
    tl_history_unref(simulated);
    return result;
}
