/*
 * digest.h - digests and base64, on OpenSSL's libcrypto, which stays in digest.c.
 */
#ifndef BRIDGE_DIGEST_H
#define BRIDGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256 };
enum {
	DIGEST_MOST = 32,		 /* bytes of the longest */
	DIGEST_HEX = 2 * DIGEST_MOST + 1, /* room for it in hexadecimal, and NUL */
};

struct digest; /* one being made */

/* Begin a digest, for digest_end(). */
struct digest *digest_begin(enum digest_kind kind);
/* Take in len more bytes. */
void digest_add(struct digest *d, const void *bytes, size_t len);
/* Put the digest into out (as many bytes as the kind has) and free d. Returns how many. */
size_t digest_end(struct digest *d, unsigned char out[DIGEST_MOST]);
/* All in one: the digest of len bytes. Returns how many bytes it has. */
size_t digest_of(enum digest_kind kind, const void *bytes, size_t len,
    unsigned char out[DIGEST_MOST]);
/* The HMAC (RFC 2104) of len bytes by a key, over SHA-256: DIGEST_MOST bytes into out. */
void digest_mac(const void *key, size_t key_len, const void *bytes, size_t len,
    unsigned char out[DIGEST_MOST]);
/* n bytes as lower-case hexadecimal digits and NUL: 2 * n + 1 bytes of room. */
void digest_hex(const unsigned char *bytes, size_t n, char *out);
/* Read n bytes back from exactly 2 * n hexadecimal digits; 0, or -1 when they are not that. */
int digest_unhex(const char *hex, unsigned char *bytes, size_t n);
/* n bytes in base64 (RFC 4648 section 4) and NUL: 4 * ((n + 2) / 3) + 1 bytes of room. */
void digest_base64(const unsigned char *bytes, size_t n, char *out);
/* Read bytes back from base64, padded and without white space. Returns how many there are, or -1
 * when the text is not that or they are more than room. */
int digest_unbase64(const char *text, unsigned char *bytes, size_t room);

/* Are the two the same? For secrets: the time it takes tells nothing of how much was right. */
bool digest_same(const char *given, const char *secret);

#endif
