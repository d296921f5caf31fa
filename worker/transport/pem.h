/* SPDX-License-Identifier: MIT */
/* PEM texts, looked at before gRPC is given them: it takes what it cannot use, and fails at each connection. */
#ifndef TIMELAPSE_TRANSPORT_PEM_H
#define TIMELAPSE_TRANSPORT_PEM_H

#include <stddef.h>
#include <timelapse/status.h>

struct x509_st; /* OpenSSL's X509 */

/* At least one certificate, and nothing broken. TL_INVALID_ARGUMENT with `field`. */
TL_MUST_CHECK enum tl_status pem_check_certificates(const char *pem, const char *field, struct tl_error *error);

/* A private key that is not encrypted and belongs to the first of the certificates, which have been checked. */
TL_MUST_CHECK enum tl_status
pem_check_key(const char *pem, const char *certificates, const char *field, struct tl_error *error);

/* Writes "expired on 2020-01-01" or "is not valid before ..." when that holds for the first certificate now; else "".
 */
void pem_describe_dates(const char *certificates, char *text, size_t size);
void pem_describe_dates_of(const struct x509_st *certificate, char *text, size_t size);

#endif
