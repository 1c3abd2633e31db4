// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors
//
// mbedTLS 2.28 as a TLS 1.2 client (this version has no client for TLS 1.3) with ECDHE, certificates with ECDSA, curve P-256, SHA-256 and
// AES-128-GCM or AES-256-GCM: for servers whose certificates the maker of the device issues. For public authorities add
// MBEDTLS_RSA_C, MBEDTLS_PKCS1_V15, MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED, MBEDTLS_SHA512_C, MBEDTLS_ECP_DP_SECP384R1_ENABLED, and a
// MBEDTLS_MPI_MAX_SIZE of 512.
#ifndef MBEDTLS_CONFIG_H
#define MBEDTLS_CONFIG_H

// The board: no files, no sockets, no malloc, no printf.
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_PLATFORM_SNPRINTF_ALT
#define MBEDTLS_PLATFORM_EXIT_MACRO stop_for_mbedtls
#ifdef __cplusplus
extern "C"
#endif
    void
    stop_for_mbedtls(int status);

// The dates of certificates are checked.
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#define MBEDTLS_PLATFORM_TIME_MACRO time_for_mbedtls
#define MBEDTLS_PLATFORM_GMTIME_R_ALT
#include <time.h>
#ifdef __cplusplus
extern "C"
#endif
    time_t
    time_for_mbedtls(time_t* out);

// Cryptography.
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_CTR_DRBG_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_GCM_C
#define MBEDTLS_MD_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_SHA256_C

// Certificates.
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_CHECK_KEY_USAGE
#define MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE

// TLS.
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_SERVER_NAME_INDICATION

// Memory. The client asks for records of up to 4096 bytes (RFC 6066 4), which servers with OpenSSL, such as node, send then. One that
// ignores it can send 16384 bytes, and the connection fails. Both sizes have to be that of the extension.
#define MBEDTLS_SSL_IN_CONTENT_LEN 4096
#define MBEDTLS_SSL_OUT_CONTENT_LEN 4096
#define MBEDTLS_MPI_MAX_SIZE 48
#define MBEDTLS_ECP_WINDOW_SIZE 4
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0

#include "mbedtls/check_config.h"

#endif
