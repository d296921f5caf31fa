/* SPDX-License-Identifier: MIT */
/* What is left when the test ends, and names that nobody knows. */
#include "sim/env/mock.h"

#include <string.h>

#include "sim/env/nearest.h"

/* ---- Names ---- */

static void offer(void *user, const char *type)
{
    nearest_offer(user, type);
}

/* "; did you mean ChargeCard?", of types that are registered, were called or, `mocked` being 1, are mocked. 0: none. */
static int add_nearest(const struct tl_env *env, const char *name, int mocked, struct report_text *text)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (const struct mock_type *type = env->mocks; type != NULL; type = type->next) {
        if (type->calls > 0 || type->registered_calls > 0 || (mocked && type->is_mock)) {
            nearest_offer(&nearest, type->name);
        }
    }
    tl_registry_activity_types(env->registry, offer, &nearest);
    if (nearest.name != NULL) {
        report_text_format(text, "; did you mean %s?", nearest.name);
    }
    return nearest.name != NULL;
}

void mock_add_known(const struct tl_env *env, const char *name, struct report_text *text)
{
    const char *separator = add_nearest(env, name, 1, text) ? " mocked: " : "; mocked: ";

    for (const struct mock_type *type = env->mocks; type != NULL; type = type->next) {
        if (type->is_mock) {
            report_text_format(text, "%s%s", separator, type->name);
            separator = ", ";
        }
    }
}

/* ---- In words ---- */

static void add_failure(struct report_text *text, const struct tl_mock_answer *answer)
{
    int for_good = answer->failure != NULL && answer->failure->non_retryable;

    report_text_format(text, "fails %swith %s", for_good ? "for good " : "", answer->failure_type);
}

static void add_answer(struct report_text *text, const struct tl_mock_answer *answer)
{
    switch (answer->kind) {
    case TL_MOCK_RETURNS:
        report_text_format(
            text,
            "returns %s",
            answer->payload != NULL ? "a payload"
            : answer->json == NULL  ? "null"
                                    : answer->json);
        break;
    case TL_MOCK_FAILS:
        add_failure(text, answer);
        break;
    case TL_MOCK_CALLS:
        report_text_add(text, "calls a function");
        break;
    case TL_MOCK_PASSES_ON:
        report_text_add(text, "passes on");
        break;
    case TL_MOCK_HANGS:
        report_text_add(text, "hangs");
        break;
    case TL_MOCK_HANGS_UNTIL_CANCELED:
        report_text_add(text, "hangs until canceled");
        break;
    case TL_MOCK_TIMES_OUT:
        report_text_format(text, "times out by %s", mock_timeout_words(answer->timeout));
        break;
    case TL_MOCK_CRASHES:
        report_text_add(text, "crashes");
        break;
    case TL_MOCK_COMPLETES_LATER:
        report_text_add(text, "completes later");
        break;
    }
}

/* ---- What is left ---- */

/* What was found wrong so far. */
struct findings {
    struct report_text *text;
    size_t count;
    struct mock_place *first; /* where the first of them was made */
};

static void begin_line(struct findings *findings, struct mock_place place)
{
    if (findings->count == 0) {
        *findings->first = place;
    }
    findings->count += 1;
    report_text_add(findings->text, "  ");
}

static void end_line(struct findings *findings, struct mock_place place)
{
    report_text_add(findings->text, ": ");
    mock_add_place(findings->text, place);
    report_text_add(findings->text, "\n");
}

static void add_entry(struct findings *findings, const struct mock_entry *entry, unsigned served, const char *key)
{
    const struct tl_mock *mock = entry->mock;

    begin_line(findings, entry->place);
    report_text_add(findings->text, mock->type->name);
    if (mock->wider != NULL && mock->tracks == NULL) {
        report_text_add(findings->text, " (");
        mock_add_match(findings->text, mock, NULL);
        report_text_add(findings->text, ")");
    }
    report_text_add(findings->text, " ");
    add_answer(findings->text, &entry->answer);
    report_text_format(findings->text, ": %u of %u attempts came", served, entry->count.minimum);
    if (key != NULL) {
        report_text_format(findings->text, " of activity %s", key);
    }
    end_line(findings, entry->place);
}

static void add_position(
    struct findings *findings, const struct tl_mock *mock, const struct mock_position *position, const char *key)
{
    for (const struct mock_entry *entry = mock->script; entry != NULL; entry = entry->next) {
        unsigned served = mock_served(position, entry);

        if (served < entry->count.minimum) {
            add_entry(findings, entry, served, key);
        }
    }
}

static void add_mock(struct findings *findings, const struct tl_mock *mock)
{
    if (!mock->is_used && mock->wider != NULL) {
        begin_line(findings, mock->place);
        report_text_format(
            findings->text, "%s was narrowed, and then nothing was said or asked about that", mock->type->name);
        end_line(findings, mock->place);
    }
    if (mock->tracks == NULL || mock->tracks->first == NULL) {
        add_position(findings, mock, &mock->position, NULL);
        return;
    }
    for (const struct mock_track *track = mock->tracks->first; track != NULL; track = track->next) {
        add_position(findings, mock, &track->position, track->key);
    }
}

/* What is known of a name that is mocked. */
struct known {
    const char *name;
    int is_registered;
    int others;       /* activities that are registered */
    const char *slip; /* a type that was called and differs by a slip of the pen, or NULL */
};

static void compare(void *user, const char *type)
{
    struct known *known = user;

    known->others += 1;
    known->is_registered |= strcmp(known->name, type) == 0;
}

static void look_for_slip(struct known *known, const struct tl_env *env)
{
    for (const struct mock_type *type = env->mocks; type != NULL && known->slip == NULL; type = type->next) {
        if ((type->calls > 0 || type->registered_calls > 0) && nearest_is_slip(known->name, type->name)) {
            known->slip = type->name;
        }
    }
}

/*
 * A mock that may be called, or never, says nothing under a name that does not exist: the activity that was meant runs
 * as registered, or is another mock. Where no activity is registered at all, and none of such a name was called, there
 * is nothing that could. 0: nothing is wrong with the name.
 */
static int add_unknown(struct findings *findings, const struct mock_type *type)
{
    struct known known = {.name = type->name};

    if (type->calls > 0 || type->was_withheld) {
        return 0;
    }
    tl_registry_activity_types(type->env->registry, compare, &known);
    look_for_slip(&known, type->env);
    if (known.is_registered || (known.others == 0 && known.slip == NULL)) {
        return 0;
    }
    begin_line(findings, type->whole->place);
    report_text_format(findings->text, "%s is mocked, but is neither registered nor was it called", type->name);
    (void)add_nearest(type->env, type->name, 0, findings->text);
    end_line(findings, type->whole->place);
    return 1;
}

size_t env_mocks_unmet(const struct tl_env *env, struct report_text *text, struct mock_place *first)
{
    struct findings findings = {.text = text, .first = first};

    for (const struct mock_type *type = env->mocks; type != NULL; type = type->next) {
        if (type->whole != NULL && add_unknown(&findings, type)) {
            continue; /* that its answers are left over follows */
        }
        for (const struct tl_mock *mock = type->mocks; mock != NULL; mock = mock->next) {
            add_mock(&findings, mock);
        }
    }
    return findings.count;
}
