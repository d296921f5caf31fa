/* SPDX-License-Identifier: MIT */
#include "worker/runtime/symbols.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/pool.h"
#include "worker/runtime/frames.h"

#define PATH_SIZE 4096

struct symbols {
    Dwfl *dwfl;          /* NULL: nothing can be read */
    const char *sources; /* where our own stand, as the compiler was told; "" when that is not known */
    size_t sources_length;
    char directory[PATH_SIZE]; /* the working one, with a slash behind it; "": not known */
};

/* One address on its way to frames. */
struct looking {
    const struct symbols *symbols;
    struct frame_list *list;
    Dwfl_Module *module; /* NULL: nothing is mapped there */
    Dwarf_Addr address;
    Dwarf_Die *unit; /* NULL: no debug information */
    Dwarf_Addr unit_bias;
    struct frame frame; /* what all frames of the address have in common */
};

/* ---- The files ---- */

/* By build id in the system's directory, and not by asking a server, as elfutils' own would. */
/* NOLINTNEXTLINE(readability-function-size): a callback of elfutils */
static int find_debug_file(
    Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file, const char *link,
    GElf_Word sum, char **found)
{
    return dwfl_build_id_find_debuginfo(module, user, name, base, file, link, sum, found);
}

static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf, .find_debuginfo = find_debug_file};

static Dwfl *open_files(void)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);

    if (dwfl != NULL && (dwfl_linux_proc_report(dwfl, getpid()) != 0 || dwfl_report_end(dwfl, NULL, NULL) != 0)) {
        dwfl_end(dwfl);
        return NULL;
    }
    return dwfl;
}

/* The compilation unit of an address. clang writes no index of addresses: without one all units are asked. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);

    if (unit != NULL || dwfl_module_getdwarf(module, bias) == NULL) {
        return unit;
    }
    do {
        unit = dwfl_module_nextcu(module, unit, bias);
    } while (unit != NULL && dwarf_haspc(unit, address - *bias) != 1);
    return unit;
}

/* ---- What is ours ---- */

/* This function's own file tells in which directory our sources stood. */
static void find_own_sources(struct symbols *symbols)
{
    static const char own[] = "worker/runtime/symbols.c";
    Dwarf_Addr address = (Dwarf_Addr)(uintptr_t)find_own_sources;
    Dwfl_Module *module = symbols->dwfl == NULL ? NULL : dwfl_addrmodule(symbols->dwfl, address);
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = module == NULL ? NULL : unit_of(module, address, &bias);
    const char *name = unit == NULL ? NULL : dwarf_diename(unit);
    size_t length = name == NULL ? 0 : strlen(name);

    symbols->sources = "";
    if (length >= sizeof(own) - 1 && strcmp(name + length - (sizeof(own) - 1), own) == 0) {
        symbols->sources = name;
        symbols->sources_length = length - (sizeof(own) - 1);
    }
}

static bool is_our_source(const struct symbols *symbols, const char *unit)
{
    static const char *const folders[] = {"base/", "model/", "worker/", "sim/"};

    if (symbols->sources[0] == '\0' || unit == NULL || strncmp(unit, symbols->sources, symbols->sources_length) != 0) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        if (strncmp(unit + symbols->sources_length, folders[i], strlen(folders[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_our_module(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;

    return strncmp(name, "libtimelapse", strlen("libtimelapse")) == 0;
}

/* ---- One address ---- */

static const char *relative(const struct symbols *symbols, const char *path)
{
    size_t length = strlen(symbols->directory);

    return path != NULL && length > 1 && strncmp(path, symbols->directory, length) == 0 ? path + length : path;
}

static void add(const struct looking *looking, const char *function, const char *file, int line)
{
    struct frame frame = looking->frame;

    frame.function = function;
    frame.file = file == NULL || line <= 0 ? NULL : relative(looking->symbols, file);
    frame.line = frame.file == NULL ? 0 : line;
    frames_add(looking->list, &frame);
}

static Dwarf_Word number_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;

    return dwarf_attr(die, name, &attribute) == NULL || dwarf_formudata(&attribute, &value) != 0 ? 0 : value;
}

static const char *file_of(Dwarf_Die *unit, Dwarf_Word number)
{
    Dwarf_Files *files;
    size_t count;

    return dwarf_getsrcfiles(unit, &files, &count) != 0 || number >= count ? NULL
                                                                           : dwarf_filesrc(files, number, NULL, NULL);
}

/* The blocks and functions around the address, innermost first, those inlined among them; to be freed. */
static int scopes_of(const struct looking *looking, Dwarf_Die **scopes)
{
    Dwarf_Die innermost;
    int count = dwarf_getscopes(looking->unit, looking->address - looking->unit_bias, scopes);

    if (count <= 0) {
        return 0;
    }
    innermost = (*scopes)[0];
    free(*scopes);
    count = dwarf_getscopes_die(&innermost, scopes);
    return count < 0 ? 0 : count;
}

/* A function that is under way at the address, or that was inlined there. */
struct place {
    const char *function;
    const char *file;
    int line;
};

#define MOST_INLINED 16

/*
 * The function, and before it those that were inlined there; how many, 0 when it has no name. What elfutils
 * allocated is given back before anything else is: running out of memory does not return.
 */
static int places_of(const struct looking *looking, const char *file, int line, struct place places[MOST_INLINED])
{
    Dwarf_Die *scopes = NULL;
    int count = scopes_of(looking, &scopes);
    int found = 0;
    bool whole = false;

    for (int i = 0; i < count && !whole && found < MOST_INLINED; i++) {
        int tag = dwarf_tag(&scopes[i]);

        if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine) {
            places[found++] = (struct place){dwarf_diename(&scopes[i]), file, line};
            whole = tag == DW_TAG_subprogram;
            file = file_of(looking->unit, number_of(&scopes[i], DW_AT_call_file));
            line = (int)number_of(&scopes[i], DW_AT_call_line);
        }
    }
    if (count > 0) {
        free(scopes);
    }
    return whole ? found : 0;
}

static void look_at_lines(struct looking *looking)
{
    struct place places[MOST_INLINED];
    Dwarf_Line *at =
        looking->unit == NULL ? NULL : dwarf_getsrc_die(looking->unit, looking->address - looking->unit_bias);
    const char *file = at == NULL ? NULL : dwarf_linesrc(at, NULL, NULL);
    int line = 0;

    if (at != NULL) {
        (void)dwarf_lineno(at, &line);
    }
    int count = looking->unit == NULL ? 0 : places_of(looking, file, line, places);
    for (int i = 0; i < count; i++) {
        add(looking, places[i].function, places[i].file, places[i].line);
    }
    if (count == 0) {
        add(looking, dwfl_module_addrname(looking->module, looking->address), file, line);
    }
}

static void look(const struct symbols *symbols, Dwarf_Addr address, struct frame_list *list)
{
    struct looking looking = {.symbols = symbols, .list = list, .address = address, .frame.offset = address};
    Dwarf_Addr bias = 0;

    looking.module = symbols->dwfl == NULL ? NULL : dwfl_addrmodule(symbols->dwfl, address);
    if (looking.module == NULL) {
        frames_add(list, &looking.frame);
        return;
    }
    looking.frame.module = dwfl_module_info(looking.module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    if (dwfl_module_getelf(looking.module, &bias) != NULL) {
        looking.frame.offset = address - bias;
    }
    looking.unit = unit_of(looking.module, address, &looking.unit_bias);
    looking.frame.ours = is_our_module(looking.frame.module) ||
                         (looking.unit != NULL && is_our_source(symbols, dwarf_diename(looking.unit)));
    look_at_lines(&looking);
}

struct frames symbols_frames(const struct symbols *symbols, struct arena *arena, const struct backtrace *backtrace)
{
    struct frame_list list = {.arena = arena};

    for (size_t i = 0; i < backtrace->count; i++) {
        look(symbols, backtrace->addresses[i], &list);
    }
    return frames_show(&list);
}

/* ---- Use ---- */

/* Kept tiny: nothing but the guard's own state may live across its return. */
static bool guarded(
    struct pool *pool, void (*body)(void *user, const struct symbols *symbols), const struct symbols *symbols,
    void *user)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return false;
    }
    body(user, symbols);
    pool_guard_pop(pool, &guard);
    return true;
}

/* With a slash behind it. */
static void find_directory(struct symbols *symbols)
{
    char *directory = symbols->directory;

    if (getcwd(directory, sizeof(symbols->directory) - 1) == NULL) {
        directory[0] = '\0';
        return;
    }
    size_t length = strlen(directory);
    directory[length] = '/';
    directory[length + 1] = '\0';
}

void symbols_use(struct pool *pool, void (*body)(void *user, const struct symbols *symbols), void *user)
{
    struct symbols symbols = {.dwfl = open_files()};

    find_own_sources(&symbols);
    find_directory(&symbols);
    bool done = guarded(pool, body, &symbols, user);
    dwfl_end(symbols.dwfl);
    if (!done) {
        pool_unwind(pool);
    }
}
