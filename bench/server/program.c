/* SPDX-License-Identifier: MIT */
#include "bench/server/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/transport/report.h"

/* Time may be skipped from the start; nothing is logged. */
static _Noreturn void become(const char *path, int out)
{
    (void)dup2(out, STDOUT_FILENO);
    (void)execl(path, path, "--port", "0", "--enable-time-skipping", "--log-level", "never", (char *)NULL);
    _exit(127);
}

struct program program_start(const char *path)
{
    struct program program;
    char line[16] = "";
    int out[2];

    require(pipe2(out, O_CLOEXEC) == 0, "no pipe");
    program.pid = fork();
    require(program.pid >= 0, "no process");
    if (program.pid == 0) {
        become(path, out[1]);
    }
    (void)close(out[1]);
    require(read(out[0], line, sizeof(line) - 1) > 0, "the server does not tell its port");
    (void)close(out[0]);
    (void)snprintf(program.address, sizeof(program.address), "127.0.0.1:%ld", strtol(line, NULL, 10));
    return program;
}

void program_stop(const struct program *program)
{
    int status = 0;

    require(kill(program->pid, SIGTERM) == 0, "the server is gone");
    require(waitpid(program->pid, &status, 0) == program->pid && status == 0, "the server does not end well");
}

/* A file of /proc/PID, in `text`. */
static void read_file(const struct program *program, const char *name, char *text, size_t size)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)program->pid, name);
    FILE *file = fopen(path, "r");
    require(file != NULL, "the system does not tell what the server uses");
    text[fread(text, 1, size - 1, file)] = '\0';
    (void)fclose(file);
}

size_t program_resident(const struct program *program)
{
    char text[256];

    read_file(program, "statm", text, sizeof(text));
    const char *resident = strchr(text, ' '); /* the second number, in pages */
    require(resident != NULL, "/proc/PID/statm has no second number");
    return strtoul(resident, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

/* proc(5): utime and stime are the 14th and the 15th word, the second of which is the name in brackets. */
double program_cpu(const struct program *program)
{
    char text[1024];
    unsigned long ticks[2] = {0, 0};

    read_file(program, "stat", text, sizeof(text));
    char *word = strrchr(text, ')');
    for (int i = 2; i < 14 && word != NULL; i++) {
        word = strchr(word + 1, ' ');
    }
    require(word != NULL, "/proc/PID/stat is too short");
    ticks[0] = strtoul(word, &word, 10);
    ticks[1] = strtoul(word, NULL, 10);
    return (double)(ticks[0] + ticks[1]) / (double)sysconf(_SC_CLK_TCK);
}
