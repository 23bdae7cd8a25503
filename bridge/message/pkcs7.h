/*
 * pkcs7.h - S/MIME in one piece (RFC 8551, RFC 5652): what is in a signed message.
 */
#ifndef BRIDGE_PKCS7_H
#define BRIDGE_PKCS7_H

#include <stddef.h>

enum pkcs7 { PKCS7_SIGNED, PKCS7_ENCRYPTED, PKCS7_COMPRESSED, PKCS7_CERTIFICATES, PKCS7_UNKNOWN };

/*
 * Tell what len bytes of CMS are. Of a signed message, what was signed is moved to the front of
 * data and its length is in *content: as much of it as there is, when the end is cut off. Nothing
 * is verified: what is shown is what a reader without the means to verify would see. data may be
 * NULL.
 */
enum pkcs7 pkcs7_open(char *data, size_t len, size_t *content);

#endif
