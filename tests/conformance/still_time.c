/* SPDX-License-Identifier: MIT */
#include "tests/conformance/still_time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static FILE *door;
static tl_time now;

static int connect_to(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *port = strchr(address, ':');
    char host[INET_ADDRSTRLEN] = "";
    int at_once = 1;

    if (port == NULL || (size_t)(port - address) >= sizeof host) {
        return -1;
    }
    memcpy(host, address, (size_t)(port - address));
    to.sin_port = htons((uint16_t)strtoul(port + 1, NULL, 10));
    int connected = socket(AF_INET, SOCK_STREAM, 0);
    if (connected >= 0 && (inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
                           connect(connected, (const struct sockaddr *)(const void *)&to, sizeof to) != 0)) {
        (void)close(connected);
        return -1;
    }
    (void)setsockopt(connected, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    return connected;
}

bool still_time_connect(const char *address)
{
    static const struct caller nobody = {.name = "nobody"};
    static const struct tl_leg nowhere = {.to = 0, .stop = TL_NEVER};
    int connected = connect_to(address);

    door = connected < 0 ? NULL : fdopen(connected, "r+");
    if (door == NULL) {
        perror(address);
        return false;
    }
    (void)still_time_go_on(&nobody, &nowhere);
    return true;
}

tl_time still_time_now(void)
{
    return now;
}

/* "NOW STATE" */
static bool read_answer(tl_time *told, char *state, size_t size)
{
    char line[64];
    char *end;

    if (fgets(line, sizeof line, door) == NULL) {
        return false;
    }
    errno = 0;
    *told = strtoll(line, &end, 10);
    line[strcspn(line, "\n")] = '\0';
    (void)snprintf(state, size, "%s", *end == ' ' ? end + 1 : "");
    return errno == 0 && state[0] != '\0';
}

enum tl_world still_time_go_on(const struct caller *caller, const struct tl_leg *leg)
{
    char state[16];

    (void)fprintf(
        door,
        "%s %u %u %" PRId64 " %" PRId64 " %u\n",
        caller->name,
        caller->begun,
        caller->ended,
        leg->to,
        leg->stop,
        leg->kinds);
    (void)fflush(door);
    (void)fseek(door, 0, SEEK_CUR); /* between writing and reading */
    if (!read_answer(&now, state, sizeof state)) {
        (void)fprintf(stderr, "the real server does not tell its time\n");
        exit(1);
    }
    return strcmp(state, "moved") == 0 ? TL_WORLD_MOVED : strcmp(state, "rests") == 0 ? TL_WORLD_RESTS : TL_WORLD_BUSY;
}
