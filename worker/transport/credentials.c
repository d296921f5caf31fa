/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "worker/transport/channel_private.h"
#include "worker/transport/options.h"

static void add_certificates(grpc_tls_credentials_options *tls, const struct tl_connection_options *options)
{
    grpc_tls_identity_pairs *pairs = NULL;
    grpc_tls_certificate_provider *provider;

    if (options->tls_server_ca_pem == NULL && options->tls_client_cert_pem == NULL) {
        return;
    }
    if (options->tls_client_cert_pem != NULL) {
        pairs = grpc_tls_identity_pairs_create();
        grpc_tls_identity_pairs_add_pair(pairs, options->tls_client_key_pem, options->tls_client_cert_pem);
        grpc_tls_credentials_options_watch_identity_key_cert_pairs(tls);
    }
    if (options->tls_server_ca_pem != NULL) {
        grpc_tls_credentials_options_watch_root_certs(tls);
    }
    provider = grpc_tls_certificate_provider_static_data_create(options->tls_server_ca_pem, pairs);
    grpc_tls_credentials_options_set_certificate_provider(tls, provider);
    grpc_tls_certificate_provider_release(provider);
}

static void add_verification(grpc_tls_credentials_options *tls, const struct tl_connection_options *options)
{
    grpc_tls_certificate_verifier *verifier = options->tls_disable_host_verification
                                                  ? grpc_tls_certificate_verifier_no_op_create()
                                                  : grpc_tls_certificate_verifier_host_name_create();

    grpc_tls_credentials_options_set_certificate_verifier(tls, verifier);
    grpc_tls_certificate_verifier_release(verifier);
    grpc_tls_credentials_options_set_verify_server_cert(tls, !options->tls_disable_host_verification);
    /* The server's name was verified as it connected; a call's :authority may be another one. */
    grpc_tls_credentials_options_set_check_call_host(tls, 0);
}

grpc_channel_credentials *credentials_new(const struct tl_connection_options *options)
{
    grpc_tls_credentials_options *tls;

    if (!options_tls(options)) {
        return grpc_insecure_credentials_create();
    }
    tls = grpc_tls_credentials_options_create();
    add_certificates(tls, options);
    add_verification(tls, options);
    return grpc_tls_credentials_create(tls);
}
