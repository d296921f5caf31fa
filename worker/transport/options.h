/* SPDX-License-Identifier: MIT */
/* The options of a connection: checked, and with their defaults. Members stand in timelapse/connection.h. */
#ifndef TIMELAPSE_TRANSPORT_OPTIONS_H
#define TIMELAPSE_TRANSPORT_OPTIONS_H

#include <stdbool.h>
#include <timelapse/connection.h>

/* TL_OK, or TL_INVALID_ARGUMENT with the member's name and no value. */
TL_MUST_CHECK enum tl_status options_check(const struct tl_connection_options *options, struct tl_error *error);

/* TL_OK when a header can carry it; NULL is fine. */
TL_MUST_CHECK enum tl_status options_check_api_key(const char *api_key, struct tl_error *error);

/* Of options that have been checked. Texts: borrowed from the options, or constant. */
bool options_tls(const struct tl_connection_options *options);
const char *options_address(const struct tl_connection_options *options);
const char *options_name_space(const struct tl_connection_options *options);
tl_duration options_keepalive_time(const struct tl_connection_options *options); /* TL_NEVER: none */
tl_duration options_keepalive_timeout(const struct tl_connection_options *options);
size_t options_most_message_bytes(const struct tl_connection_options *options);
tl_duration options_connect_timeout(const struct tl_connection_options *options);

/* "Proxy-Authorization:Basic ..." for a proxy_user; its size counts the NUL. */
size_t options_proxy_header_size(const struct tl_connection_options *options);
void options_proxy_header(const struct tl_connection_options *options, char *text);

#endif
