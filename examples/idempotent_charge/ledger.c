/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <sqlite3.h>
#include <stdlib.h>

struct ledger {
    sqlite3 *database;
};

struct ledger *ledger_open(const char *path)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));

    if (ledger == NULL || sqlite3_open(path, &ledger->database) != SQLITE_OK ||
        sqlite3_exec(
            ledger->database,
            "CREATE TABLE IF NOT EXISTS charge"
            " (receipt INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, card TEXT NOT NULL, cents INTEGER NOT NULL)",
            NULL,
            NULL,
            NULL) != SQLITE_OK) {
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

static sqlite3_stmt *prepare(struct ledger *ledger, const char *sql, const char *first)
{
    sqlite3_stmt *statement = NULL;

    (void)sqlite3_prepare_v2(ledger->database, sql, -1, &statement, NULL);
    (void)sqlite3_bind_text(statement, 1, first, -1, SQLITE_STATIC);
    return statement;
}

/* The number that a query finds, if it finds one. */
static bool find_number(struct ledger *ledger, const char *sql, const char *first, int64_t *out)
{
    sqlite3_stmt *statement = prepare(ledger, sql, first);
    bool found = sqlite3_step(statement) == SQLITE_ROW;

    if (found) {
        *out = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return found;
}

bool ledger_find(struct ledger *ledger, const char *key, int64_t *out_receipt)
{
    return find_number(ledger, "SELECT receipt FROM charge WHERE key = ?", key, out_receipt);
}

bool ledger_charge(struct ledger *ledger, const char *key, const char *card, int64_t cents, int64_t *out_receipt)
{
    sqlite3_stmt *statement = prepare(ledger, "INSERT INTO charge (key, card, cents) VALUES (?, ?, ?)", key);

    (void)sqlite3_bind_text(statement, 2, card, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 3, cents);
    bool charged = sqlite3_step(statement) == SQLITE_DONE;
    (void)sqlite3_finalize(statement);
    if (charged) {
        *out_receipt = sqlite3_last_insert_rowid(ledger->database);
    }
    return charged;
}

int64_t ledger_count(struct ledger *ledger, const char *card)
{
    int64_t count = 0;

    (void)find_number(ledger, "SELECT count(*) FROM charge WHERE card = ?", card, &count);
    return count;
}
