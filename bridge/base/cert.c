/*
 * cert.c - certificates and keys, read by libcrypto.
 */
#include "bridge/base/cert.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/verdict.h"

/* Nobody is asked for a passphrase: who starts a daemon is not there. */
static int
no_passphrase(char *into, int room, int writing, void *arg)
{
	(void)into, (void)room, (void)writing, (void)arg;
	return -1;
}

/* The file's first certificate, for X509_free(); or NULL and *v. */
static X509 *
read_cert(const char *path, struct verdict *v)
{
	FILE *f = fopen(path, "re");
	X509 *x;

	if (!f) {
		never(v, "5.3.5", "%s: %s", path, strerror(errno));
		return NULL;
	}
	x = PEM_read_X509(f, NULL, no_passphrase, NULL);
	fclose(f);
	if (!x)
		never(v, "5.3.5", "%s: there is no certificate in it (PEM)", path);
	return x;
}

static EVP_PKEY *
read_key(const char *path, struct verdict *v)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key;

	if (!f) {
		never(v, "5.3.5", "%s: %s", path, strerror(errno));
		return NULL;
	}
	key = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
	fclose(f);
	if (!key)
		never(v, "5.3.5", "%s: there is no private key in it that can be read (PEM, without a "
		    "passphrase)", path);
	return key;
}

int
cert_check(const char *cert, struct verdict *v)
{
	X509 *x = read_cert(cert, v);

	X509_free(x);
	ERR_clear_error();
	return x ? 0 : -1;
}

int
cert_check_key(const char *cert, const char *key, struct verdict *v)
{
	X509 *x = read_cert(cert, v);
	EVP_PKEY *k = x ? read_key(key, v) : NULL;
	int rc = -1;

	if (!k)
		goto out;
	rc = X509_check_private_key(x, k) == 1
	    ? 0 : never(v, "5.3.5", "%s is not the key of the certificate in %s", key, cert);
out:
	EVP_PKEY_free(k);
	X509_free(x);
	ERR_clear_error();
	return rc;
}
