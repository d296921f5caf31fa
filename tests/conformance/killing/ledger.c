/* SPDX-License-Identifier: MIT */
#include "tests/conformance/killing/ledger.h"

#include <sqlite3.h>
#include <stdlib.h>

/* A writer that was killed leaves a journal, which the next one rolls back. */
static const char schema[] = "CREATE TABLE IF NOT EXISTS effect"
                             " (key TEXT NOT NULL PRIMARY KEY, workflow TEXT NOT NULL, step TEXT NOT NULL)";

struct ledger {
    sqlite3 *database;
};

struct ledger *ledger_open(const char *path)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));

    if (ledger == NULL || sqlite3_open(path, &ledger->database) != SQLITE_OK ||
        sqlite3_busy_timeout(ledger->database, 5000) != SQLITE_OK ||
        sqlite3_exec(ledger->database, schema, NULL, NULL, NULL) != SQLITE_OK) {
        ledger_close(ledger);
        return NULL;
    }
    return ledger;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger != NULL) {
        (void)sqlite3_close(ledger->database);
        free(ledger);
    }
}

static sqlite3_stmt *prepare(struct ledger *ledger, const char *sql, const char *const *texts, int count)
{
    sqlite3_stmt *statement = NULL;

    (void)sqlite3_prepare_v2(ledger->database, sql, -1, &statement, NULL);
    for (int i = 0; i < count; i++) {
        (void)sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC);
    }
    return statement;
}

bool ledger_note(struct ledger *ledger, const char *key, const char *workflow_id, const char *step)
{
    const char *const texts[] = {key, workflow_id, step};
    sqlite3_stmt *statement = prepare(ledger, "INSERT OR IGNORE INTO effect VALUES (?, ?, ?)", texts, 3);
    bool is_noted = sqlite3_step(statement) == SQLITE_DONE;

    (void)sqlite3_finalize(statement);
    return is_noted;
}

static int count(struct ledger *ledger, const char *sql, const char *workflow_id)
{
    sqlite3_stmt *statement = prepare(ledger, sql, &workflow_id, 1);
    int number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;

    (void)sqlite3_finalize(statement);
    return number;
}

int ledger_effects(struct ledger *ledger, const char *workflow_id)
{
    return count(ledger, "SELECT count(*) FROM effect WHERE workflow = ?", workflow_id);
}

int ledger_steps(struct ledger *ledger, const char *workflow_id)
{
    return count(ledger, "SELECT count(DISTINCT step) FROM effect WHERE workflow = ?", workflow_id);
}
