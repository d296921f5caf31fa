/* SPDX-License-Identifier: MIT */
#include "worker/transport/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static BIO *open_text(const char *pem)
{
    size_t len = strlen(pem);

    return len > INT32_MAX ? NULL : BIO_new_mem_buf(pem, (int)len);
}

static X509 *first_certificate(const char *pem)
{
    BIO *bio = open_text(pem);
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

/* How many certificates there are; -1: one of them is broken. */
static int count_certificates(BIO *bio)
{
    X509 *certificate;
    int count = 0;

    while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        X509_free(certificate);
        count++;
    }
    /* The reader's way of saying that nothing is left. */
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        count = -1;
    }
    ERR_clear_error();
    return count;
}

enum tl_status pem_check_certificates(const char *pem, const char *field, struct tl_error *error)
{
    BIO *bio = open_text(pem);
    int count = bio == NULL ? -1 : count_certificates(bio);

    BIO_free(bio);
    if (count > 0) {
        return TL_OK;
    }
    return tl_error_set(
        error,
        TL_INVALID_ARGUMENT,
        field,
        "%s",
        count < 0 ? "a certificate in it cannot be read" : "it holds no PEM text of a certificate");
}

/* Keys with a password are told from broken ones: nobody is asked for it. */
static int no_password(char *buffer, int size, int writing, void *asked)
{
    (void)buffer;
    (void)size;
    (void)writing;
    *(int *)asked = 1;
    return -1;
}

static const char *wrong_with(EVP_PKEY *key, int asked, const char *certificates)
{
    const char *wrong = NULL;

    if (asked) {
        return "the key is encrypted: it has to be given as it is";
    }
    if (key == NULL) {
        return "it holds no PEM text of a private key";
    }
    X509 *certificate = first_certificate(certificates);
    if (certificate == NULL || X509_check_private_key(certificate, key) != 1) {
        wrong = "the key does not belong to the certificate in tls_client_cert_pem";
    }
    X509_free(certificate);
    return wrong;
}

enum tl_status pem_check_key(const char *pem, const char *certificates, const char *field, struct tl_error *error)
{
    int asked = 0;
    BIO *bio = open_text(pem);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_password, &asked);
    const char *wrong = wrong_with(key, asked, certificates);

    EVP_PKEY_free(key);
    BIO_free(bio);
    ERR_clear_error();
    return wrong == NULL ? TL_OK : tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s", wrong);
}

static void write_date(char *text, size_t size, const char *what, const ASN1_TIME *time)
{
    struct tm date;

    if (ASN1_TIME_to_tm(time, &date) == 1) {
        (void)snprintf(text, size, "%s %04d-%02d-%02d", what, date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
    }
}

void pem_describe_dates_of(const X509 *certificate, char *text, size_t size)
{
    text[0] = '\0';
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
        write_date(text, size, "expired on", X509_get0_notAfter(certificate));
    } else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
        write_date(text, size, "is not valid before", X509_get0_notBefore(certificate));
    }
}

void pem_describe_dates(const char *certificates, char *text, size_t size)
{
    X509 *certificate = first_certificate(certificates);

    text[0] = '\0';
    if (certificate != NULL) {
        pem_describe_dates_of(certificate, text, size);
    }
    X509_free(certificate);
}
