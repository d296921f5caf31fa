/* SPDX-License-Identifier: MIT */
/* The part of docs/FIDELITY.md that stands between two marks is written from the tables. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/judge.h"

#define BEGIN "<!-- written by ./dev conformance fidelity from tests/conformance -->\n"
#define END   "<!-- up to here -->\n"

struct document {
    char *text; /* NUL-terminated */
    size_t len;
};

static struct document read_document(const char *path)
{
    FILE *file = fopen(path, "r");
    struct document document = {NULL, 0};
    size_t size = 0;

    if (file == NULL || getdelim(&document.text, &size, '\0', file) < 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }
    (void)fclose(file);
    document.len = strlen(document.text);
    return document;
}

/* ---- What is written ---- */

/* "WORKFLOW_EXECUTION_STARTED" as "WorkflowExecutionStarted". */
static void write_event(FILE *out, const char *event)
{
    char previous = '_';

    for (; *event != '\0'; previous = *event++) {
        if (*event != '_') {
            (void)fputc(previous == '_' || *event < 'A' || *event > 'Z' ? *event : *event + ('a' - 'A'), out);
        }
    }
}

/* "a_limit_is_kept" as "a limit is kept": so tests are named. */
static void write_words(FILE *out, const char *name)
{
    for (; *name != '\0'; name++) {
        (void)fputc(*name == '_' ? ' ' : *name, out);
    }
}

static void write_differences(FILE *out)
{
    (void)fprintf(out, "\n%d events and fields may differ in any history:\n\n", LEFT_OUT_ROWS + DIFFERENCE_ROWS);
    (void)fputs("| event | field | why | in the real server |\n| --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < difference_row_count; i++) {
        const struct difference_row *row = &difference_rows[i];

        (void)fputs("| ", out);
        write_event(out, row->event);
        (void)fprintf(
            out, " | %s | %s | %s |\n", row->field == NULL ? "the event itself" : row->field, row->why, row->source);
    }
}

static bool is_alike(const struct scenario_row *one, const struct scenario_row *other)
{
    return one->is_race == other->is_race && strcmp(one->program, other->program) == 0 &&
           strcmp(one->why, other->why) == 0;
}

/* The scenarios of one program and one reason, which the row at `first` begins; nothing when an earlier row does. */
static void write_alike(FILE *out, size_t first)
{
    const struct scenario_row *row = &scenario_rows[first];

    for (size_t i = 0; i < first; i++) {
        if (is_alike(row, &scenario_rows[i])) {
            return;
        }
    }
    (void)fprintf(out, "| %s | %s | ", row->program, row->why);
    for (size_t i = first; i < scenario_row_count; i++) {
        if (is_alike(row, &scenario_rows[i])) {
            (void)fputs(i == first ? "" : ", ", out);
            write_words(out, scenario_rows[i].test);
        }
    }
    (void)fputs(" |\n", out);
}

static void write_scenarios(FILE *out, bool races, int count, const char *text)
{
    (void)fprintf(out, "\n%d scenarios %s:\n\n", count, text);
    (void)fputs("| program | why | scenarios |\n| --- | --- | --- |\n", out);
    for (size_t i = 0; i < scenario_row_count; i++) {
        if (scenario_rows[i].is_race == races) {
            write_alike(out, i);
        }
    }
}

static void write_calls(FILE *out)
{
    static const struct {
        const char *rpc;
        const char *why;
        const char *source;
    } rows[] = {
#define UNVERIFIED(rpc, why, source) {#rpc, why, source},
#include "tests/conformance/differences.def"
        {NULL, NULL, NULL},
    };

    _Static_assert(COUNT_OF(rows) == UNVERIFIED_ROWS + 1, "rows of differences.def that differ from differences.h");
    (void)fprintf(
        out,
        "\n%d calls are served that the real server does not serve, so that nothing verifies them:\n\n",
        UNVERIFIED_ROWS);
    (void)fputs("| rpc | why | in the real server |\n| --- | --- | --- |\n", out);
    for (size_t i = 0; rows[i].rpc != NULL; i++) {
        (void)fprintf(out, "| %s | %s | %s |\n", rows[i].rpc, rows[i].why, rows[i].source);
    }
}

static void write_part(FILE *out)
{
    write_differences(out);
    write_scenarios(out, false, APART_ROWS, "are not compared");
    write_scenarios(out, true, RACE_ROWS, "are races, which the real server itself ends in several ways");
    write_calls(out);
    (void)fputs("\n", out);
}

/* ---- The file ---- */

/* The document with a new part; NULL: it has no marks. */
static char *rewritten(const struct document *document)
{
    const char *begin = strstr(document->text, BEGIN);
    const char *end = begin == NULL ? NULL : strstr(begin, END);
    char *text = NULL;
    size_t len;

    if (end == NULL) {
        return NULL;
    }
    FILE *out = open_memstream(&text, &len);
    CHECK(out != NULL);
    (void)fwrite(document->text, 1, (size_t)(begin - document->text), out);
    (void)fputs(BEGIN, out);
    write_part(out);
    (void)fputs(end, out);
    (void)fclose(out);
    return text;
}

static int replace(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 2;
    }
    return 0;
}

int judge_document(int count, char **arguments)
{
    struct document document = read_document(arguments[0]);
    char *text = rewritten(&document);
    int result = 0;

    if (text == NULL) {
        (void)fprintf(stderr, "%s: it has no line \"%.*s\"\n", arguments[0], (int)sizeof BEGIN - 2, BEGIN);
        result = 2;
    } else if (strcmp(text, document.text) == 0) {
        printf("%s is up to date\n", arguments[0]);
    } else if (count > 1 && strcmp(arguments[1], "--check") == 0) {
        printf("%s is out of date: run ./dev conformance fidelity\n", arguments[0]);
        result = 1;
    } else {
        result = replace(arguments[0], text);
    }
    free(text);
    free(document.text);
    return result;
}
