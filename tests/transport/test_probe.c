/* SPDX-License-Identifier: MIT */
/* Looking at a server that is gone again: SIGPIPE, unless it is kept away, ends the process that looks. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/transport/wire_test.h"
#include "worker/transport/probe.h"

#define LOOKS 5 /* how far a look is when the other side goes is not the same each time */

static int listener = -1;
static volatile sig_atomic_t pipes;

static void count_pipe(int number)
{
    (void)number;
    pipes++;
}

/* Says nothing more, and then that it hears nothing more either. */
static void *go_away(void *user)
{
    const struct linger at_once = {.l_onoff = 1};

    (void)user;
    for (int i = 0; i < LOOKS; i++) {
        int fd = accept(listener, NULL, NULL);
        assert_true(fd >= 0);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
        assert_int_equal(close(fd), 0);
    }
    return NULL;
}

static void a_server_that_is_gone_raises_no_signal(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    char where[32];
    pthread_t thread;
    struct probe found;

    (void)state;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(where, sizeof(where), "127.0.0.1:%d", ntohs(address.sin_port));
    (void)signal(SIGPIPE, count_pipe);
    assert_int_equal(pthread_create(&thread, NULL, go_away, NULL), 0);
    for (int i = 0; i < LOOKS; i++) {
        probe_look(&found, &(const struct tl_connection_options){.address = where}, TL_SECONDS(5));
        assert_false(found.speaks_tls);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)close(listener);
    assert_int_equal(pipes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_server_that_is_gone_raises_no_signal)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
