/* SPDX-License-Identifier: MIT */
/*
 * Writes the diagrams of all machine tables: machines DIRECTORY makes worker_<name>.md and
 * sim_<name>.md there, each a Mermaid state diagram with its rows as a table below.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/machine.h"
#include "sim/machines/machines.h"
#include "worker/machines/machines.h"

static void write_text(void *user, const char *text)
{
    fputs(text, user);
}

static void write_targets(FILE *file, const struct machine_table *table, uint32_t targets)
{
    const char *separator = "";

    for (size_t state = 0; state < table->state_count; state++) {
        if ((targets >> state & 1U) != 0) {
            fprintf(file, "%s%s", separator, table->state_names[state]);
            separator = " or ";
        }
    }
}

static void write_rows(FILE *file, const struct machine_table *table)
{
    fputs("\n| from | event | to | what history shows |\n| --- | --- | --- | --- |\n", file);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct machine_row_text *row = &table->rows[i];
        fprintf(file, "| %s | %s | ", table->state_names[row->from], table->event_names[row->event]);
        write_targets(file, table, row->targets);
        fprintf(file, " | %s |\n", row->note);
    }
}

/* The name of the .def file: a machine of the simulator's bears its side's name before it. */
static const char *entity_of(const char *side, const struct machine_table *table)
{
    size_t len = strlen(side);

    return strncmp(table->name, side, len) == 0 && table->name[len] == '_' ? table->name + len + 1 : table->name;
}

static int write_machine(const char *directory, const char *side, const struct machine_table *table)
{
    char path[4096];
    const char *entity = entity_of(side, table);

    snprintf(path, sizeof(path), "%s/%s_%s.md", directory, side, entity);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    fprintf(
        file,
        "# The %s's machine `%s`\n\nWritten by `./dev docs` from %s/machines/%s.def.\n\n```mermaid\n",
        side,
        entity,
        side,
        entity);
    machine_diagram(table, write_text, file);
    fputs("```\n", file);
    write_rows(file, table);
    return fclose(file);
}

static int write_all(const char *directory, const char *side, const struct machine_table *const *tables)
{
    int status = 0;

    for (; *tables != NULL; tables++) {
        status |= write_machine(directory, side, *tables);
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: machines DIRECTORY\n", stderr);
        return EXIT_FAILURE;
    }
    if (mkdir(argv[1], 0777) != 0 && errno != EEXIST) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    int status = write_all(argv[1], "worker", worker_machine_tables);
    status |= write_all(argv[1], "sim", sim_machine_tables);
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
