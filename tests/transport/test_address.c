/* SPDX-License-Identifier: MIT */
#include "worker/transport/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_reads(const char *text, const char *host, unsigned port)
{
    struct address address;
    char written[ADDRESS_TEXT_SIZE];

    assert_int_equal(address_read(&address, text, "address", NULL), TL_OK);
    assert_string_equal(address.host, host);
    assert_int_equal(address.port, port);
    address_write(&address, written);
    assert_string_equal(written, text);
}

static void names_and_numbers_are_read(void **state)
{
    (void)state;
    assert_reads("localhost:7233", "localhost", 7233);
    assert_reads("127.0.0.1:1", "127.0.0.1", 1);
    assert_reads("[::1]:65535", "::1", 65535);
    assert_reads("ns.acct.tmprl.cloud:7233", "ns.acct.tmprl.cloud", 7233);
}

static void assert_refused(const char *text, const char *why)
{
    struct address address = {.port = 7};
    struct tl_error error = {0};

    assert_int_equal(address_read(&address, text, "proxy", &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "proxy");
    assert_non_null(strstr(error.message, why));
    assert_int_equal(address.port, 7);
}

static void what_is_no_address_is_told(void **state)
{
    (void)state;
    assert_refused("", "port is missing");
    assert_refused("localhost", "port is missing");
    assert_refused("[::1]", "port is missing");
    assert_refused("[::1", "port is missing");
    assert_refused("http://localhost:7233", "scheme");
    assert_refused("::1:7233", "brackets");
    assert_refused("[nothing]:7233", "neither a name nor an address");
    assert_refused(":7233", "neither a name nor an address");
    assert_refused("user@host:7233", "neither a name nor an address");
    assert_refused("host/path:7233", "neither a name nor an address");
    assert_refused("host:", "no number");
    assert_refused("host:0", "no number");
    assert_refused("host:65536", "no number");
    assert_refused("host:99999999999999999999", "no number");
    assert_refused("host:72x3", "no number");
    assert_refused("host: 7233", "no number");
}

static void a_host_has_253_bytes_at_most(void **state)
{
    char text[ADDRESS_HOST_MAX + 16];

    (void)state;
    memset(text, 'a', ADDRESS_HOST_MAX + 1);
    memcpy(text + ADDRESS_HOST_MAX, ":1", 3);
    assert_int_equal(address_read(&(struct address){0}, text, "address", NULL), TL_OK);
    memset(text, 'a', ADDRESS_HOST_MAX + 1);
    memcpy(text + ADDRESS_HOST_MAX + 1, ":1", 3);
    assert_refused(text, "253");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_are_read),
        cmocka_unit_test(what_is_no_address_is_told),
        cmocka_unit_test(a_host_has_253_bytes_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
