/*
 * digest.c - digests and base64.
 */
#include "bridge/base/digest.h"

#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"

/* OpenSSL 3 looks an algorithm up by name on each use, which costs more than the digest. */
static const EVP_MD *kinds[3];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
fetch_kinds(void)
{
	kinds[DIGEST_MD5] = EVP_MD_fetch(NULL, "MD5", NULL);
	kinds[DIGEST_SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
	kinds[DIGEST_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
}

/* libcrypto fails here only when memory runs out or the installation is broken. */
static void
must(int rc)
{
	if (rc != 1) {
		log_error("libcrypto refuses to make a digest");
		abort();
	}
}

struct digest *
digest_begin(enum digest_kind kind)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	pthread_once(&once, fetch_kinds);
	must(ctx && kinds[kind] && EVP_DigestInit_ex(ctx, kinds[kind], NULL));
	return (struct digest *)ctx;
}

void
digest_add(struct digest *d, const void *bytes, size_t len)
{
	must(EVP_DigestUpdate((EVP_MD_CTX *)d, bytes, len));
}

size_t
digest_end(struct digest *d, unsigned char out[DIGEST_MOST])
{
	unsigned n = 0;

	must(EVP_DigestFinal_ex((EVP_MD_CTX *)d, out, &n));
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
	return n;
}

size_t
digest_of(enum digest_kind kind, const void *bytes, size_t len, unsigned char out[DIGEST_MOST])
{
	struct digest *d = digest_begin(kind);

	digest_add(d, bytes, len);
	return digest_end(d, out);
}

void
digest_mac(const void *key, size_t key_len, const void *bytes, size_t len,
    unsigned char out[DIGEST_MOST])
{
	enum { BLOCK = 64 };
	unsigned char pad[BLOCK] = { 0 };
	struct digest *d;

	if (key_len > BLOCK)
		digest_of(DIGEST_SHA256, key, key_len, pad);
	else
		memcpy(pad, key, key_len);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	d = digest_begin(DIGEST_SHA256);
	digest_add(d, pad, BLOCK);
	digest_add(d, bytes, len);
	digest_end(d, out);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	d = digest_begin(DIGEST_SHA256);
	digest_add(d, pad, BLOCK);
	digest_add(d, out, DIGEST_MOST);
	digest_end(d, out);
}

void
digest_hex(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
digest_unhex(const char *hex, unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = nibble(hex[2 * i]), low = high < 0 ? -1 : nibble(hex[2 * i + 1]);

		if (low < 0)
			return -1;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return hex[2 * n] == '\0' ? 0 : -1;
}

void
digest_base64(const unsigned char *bytes, size_t n, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

int
digest_unbase64(const char *text, unsigned char *bytes, size_t room)
{
	size_t len = strlen(text), data = strcspn(text, "="), n = len / 4 * 3 - (len - data);
	unsigned char *whole;
	int written;

	/* EVP_DecodeBlock() forgives white space at both ends, which would shift the count. */
	if (len % 4 != 0 || len > INT_MAX / 4 || len - data > 2 || strpbrk(text, " \t\r\n\v\f-") ||
	    strspn(text + data, "=") != len - data)
		return -1;
	if (n > room)
		return -1;
	/* It writes the padding as bytes, too. */
	whole = xcalloc(1, len / 4 * 3 + 1);
	written = EVP_DecodeBlock(whole, (const unsigned char *)text, (int)len);
	if (written >= 0)
		memcpy(bytes, whole, n);
	free(whole);
	return written < 0 ? -1 : (int)n;
}

bool
digest_same(const char *given, const char *secret)
{
	unsigned char a[DIGEST_MOST], b[DIGEST_MOST];
	unsigned differ = 0;

	/* Digests have one length, so not even the secret's length shows. */
	digest_of(DIGEST_SHA256, given, strlen(given), a);
	digest_of(DIGEST_SHA256, secret, strlen(secret), b);
	for (size_t i = 0; i < DIGEST_MOST; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}
