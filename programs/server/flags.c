/* SPDX-License-Identifier: MIT */
#include "programs/server/flags.h"

#include <string.h>

#include "base/check.h"

enum how {
    SWITCH,
    VALUE,
    LIST
};

struct row {
    const char *name; /* with _ for - */
    enum how how;
    const char *value;
    const char *text; /* NULL: passed over */
};

static const struct row rows[] = {
#define FLAG(name, how, value, text) {#name, how, value, text},
#define OTHER(name, how)             {#name, how, "", NULL},
#include "programs/server/flags.def"
};

/* ---- Words ---- */

/* "--tls-cert=x" is tls_cert; one dash will do for a letter. */
static bool is_named(const char *word, size_t len, const char *name)
{
    if (len != strlen(name)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (word[i] != name[i] && !(word[i] == '-' && name[i] == '_')) {
            return false;
        }
    }
    return true;
}

static const struct row *find(const char *word, size_t len)
{
    static const struct {
        const char *letter;
        enum flag flag;
    } letters[] = {{"p", FLAG_port}, {"n", FLAG_namespace}, {"h", FLAG_help}, {"v", FLAG_version}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (is_named(word, len, rows[i].name)) {
            return &rows[i];
        }
    }
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        if (is_named(word, len, letters[i].letter)) {
            return &rows[letters[i].flag];
        }
    }
    return NULL;
}

/* One word of the command line that begins with a dash. */
struct option {
    const struct row *row; /* NULL: unknown */
    const char *value;     /* NULL: it has none, or in the next word */
    int words;             /* that it takes */
};

static struct option read_option(char **words, int count)
{
    const char *name = words[0] + strspn(words[0], "-");
    const char *equals = strchr(name, '=');
    size_t len = equals == NULL ? strlen(name) : (size_t)(equals - name);
    struct option option = {.row = find(name, len), .value = equals == NULL ? NULL : equals + 1, .words = 1};
    bool wants = option.row == NULL || option.row->how != SWITCH;

    /* of one that is not known, what follows and is no flag is taken for its value */
    if (wants && option.value == NULL && count > 1 && (option.row != NULL || words[1][0] != '-')) {
        option.value = words[1];
        option.words = 2;
    }
    return option;
}

static enum tl_status
take(struct flags *flags, const struct option *option, const char *word, FILE *warnings, struct tl_error *error)
{
    if (option->row == NULL) {
        fprintf(warnings, "timelapse-server: there is no flag %s: it is passed over\n", word);
        return TL_OK;
    }
    if (option->row->how != SWITCH && option->value == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, NULL, "%s needs a value", word);
    }
    if (option->row->text != NULL) {
        flags->values[option->row - rows] = option->row->how == SWITCH ? option->row->name : option->value;
    }
    return TL_OK;
}

/* "7233", the port; "server start-dev". */
static enum tl_status take_word(struct flags *flags, const char *word, struct tl_error *error)
{
    if (strcmp(word, "server") == 0) {
        return TL_OK;
    }
    if (strcmp(word, "start-dev") == 0) {
        flags->is_dev_server = true;
        return TL_OK;
    }
    if (flags->values[FLAG_port] != NULL || strspn(word, "0123456789") != strlen(word)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, NULL, "there is no command %s", word);
    }
    flags->values[FLAG_port] = word;
    return TL_OK;
}

enum tl_status flags_read(struct flags *flags, int argc, char **argv, FILE *warnings, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    *flags = (struct flags){.words = argv, .count = argc};
    for (int i = 1; i < argc && status == TL_OK;) {
        if (argv[i][0] != '-') {
            status = take_word(flags, argv[i++], error);
            continue;
        }
        struct option option = read_option(argv + i, argc - i);
        status = take(flags, &option, argv[i], warnings, error);
        i += option.words;
    }
    return status;
}

const char *flags_next(const struct flags *flags, enum flag flag, int *place)
{
    for (int i = *place == 0 ? 1 : *place; i < flags->count;) {
        struct option option = {.words = 1};
        if (flags->words[i][0] == '-') {
            option = read_option(flags->words + i, flags->count - i);
        }
        i += option.words;
        if (option.row == &rows[flag]) {
            *place = i;
            return option.value;
        }
    }
    return NULL;
}

/* ---- Help ---- */

static void print_flag(FILE *out, const struct row *row)
{
    char left[64];
    size_t len = (size_t)snprintf(left, sizeof(left), "--%s %s", row->name, row->value);

    for (size_t i = 2; i < len && left[i] != ' '; i++) {
        left[i] = left[i] == '_' ? '-' : left[i];
    }
    fprintf(out, "  %-32s %s\n", left, row->text);
}

void flags_print_help(FILE *out)
{
    fputs(
        "usage: timelapse-server PORT [--enable-time-skipping] [FLAG...]\n"
        "       timelapse-server server start-dev [FLAG...]\n"
        "\n"
        "A Temporal service in memory. Its time goes at the wall's pace and is skipped ahead, when nothing is under\n"
        "way, while clients have it unlocked; `server start-dev` never skips. It starts locked.\n"
        "\n",
        out);
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        print_flag(out, &rows[i]);
    }
    fputs("\nSIGTERM and SIGINT end it at once.\n", out);
}
