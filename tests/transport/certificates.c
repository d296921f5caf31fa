/* SPDX-License-Identifier: MIT */
#include "tests/transport/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char *text_of(BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    char *text = OPENSSL_zalloc((size_t)len + 1);

    assert_non_null(text);
    memcpy(text, data, (size_t)len);
    BIO_free(bio);
    return text;
}

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    assert_non_null(certificate);
    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    assert_non_null(key);
    BIO_free(bio);
    return key;
}

static void add_extension(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);

    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void add_names(X509 *certificate, const struct certificate_options *options)
{
    char names[128];

    if (options->dns == NULL && options->ip == NULL) {
        return;
    }
    (void)snprintf(
        names,
        sizeof(names),
        "%s%s%s%s%s",
        options->dns == NULL ? "" : "DNS:",
        options->dns == NULL ? "" : options->dns,
        options->dns != NULL && options->ip != NULL ? "," : "",
        options->ip == NULL ? "" : "IP:",
        options->ip == NULL ? "" : options->ip);
    add_extension(certificate, NID_subject_alt_name, names);
}

static void sign(X509 *certificate, EVP_PKEY *key, const struct certificate_options *options)
{
    if (options->by == NULL) {
        X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
        assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
        return;
    }
    X509 *issuer = read_certificate(options->by->pem);
    EVP_PKEY *issuer_key = read_key(options->by->key);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    add_names(certificate, options);
    assert_true(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
    X509_free(issuer);
    EVP_PKEY_free(issuer_key);
}

struct certificate certificate_make(const struct certificate_options *options)
{
    static long serial = 1;
    const char *name = options->name != NULL ? options->name : "timelapse test";
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *pem = BIO_new(BIO_s_mem());
    BIO *key_pem = BIO_new(BIO_s_mem());

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), options->starts != 0 ? options->starts : -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), options->ends != 0 ? options->ends : 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    sign(certificate, key, options);
    assert_int_equal(PEM_write_bio_X509(pem, certificate), 1);
    assert_int_equal(PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return (struct certificate){text_of(pem), text_of(key_pem)};
}

void certificate_done(struct certificate *certificate)
{
    OPENSSL_free(certificate->pem);
    OPENSSL_free(certificate->key);
}

char *certificate_encrypt_key(const struct certificate *certificate)
{
    EVP_PKEY *key = read_key(certificate->key);
    BIO *pem = BIO_new(BIO_s_mem());

    assert_int_equal(
        PEM_write_bio_PrivateKey(pem, key, EVP_aes_128_cbc(), (const unsigned char *)"secret", 6, NULL, NULL), 1);
    EVP_PKEY_free(key);
    return text_of(pem);
}

void certificate_free_text(char *text)
{
    OPENSSL_free(text);
}
