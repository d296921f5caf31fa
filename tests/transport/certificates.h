/* SPDX-License-Identifier: MIT */
/* Certificates made as a test needs them. Texts are PEM; all fail the test when OpenSSL refuses. */
#ifndef TIMELAPSE_TESTS_CERTIFICATES_H
#define TIMELAPSE_TESTS_CERTIFICATES_H

struct certificate {
    char *pem;
    char *key; /* PEM, not encrypted */
};

struct certificate_options {
    const char *name;             /* of the subject; NULL: "timelapse test" */
    const char *dns;              /* names it is for: "localhost"; NULL: none */
    const char *ip;               /* likewise: "127.0.0.1" */
    const struct certificate *by; /* who signs; NULL: it signs itself, and is an authority */
    long starts;                  /* seconds from now; 0: an hour ago */
    long ends;                    /* seconds from now; 0: in an hour */
};

struct certificate certificate_make(const struct certificate_options *options);
void certificate_done(struct certificate *certificate);

/* The key, encrypted with a password; to be freed with certificate_free_text. */
char *certificate_encrypt_key(const struct certificate *certificate);
void certificate_free_text(char *text);

#endif
