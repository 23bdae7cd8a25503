/*
 * cert.h - certificates and their keys, looked at before they are used, so that a mistake is told by its
 * name. libcrypto's part of it stays in cert.c; TLS itself is libmicrohttpd's and libcurl's.
 */
#ifndef BRIDGE_CERT_H
#define BRIDGE_CERT_H

struct verdict;

/* Can that PEM file be read, and is its first certificate one? 0; -1 and *v (NEVER, names the file). */
int cert_check(const char *cert, struct verdict *v);
/* Can that PEM file be read, is it a private key without a passphrase, and is it the key of that
 * certificate, which cert_check() has found good? 0; -1 and *v (NEVER). */
int cert_check_key(const char *cert, const char *key, struct verdict *v);

#endif
