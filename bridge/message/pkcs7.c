/*
 * pkcs7.c - what is in a signed message, by the few steps of BER that lead there.
 *
 * A library would want the whole message, and its certificates in order; a reader wants the text,
 * also of a message that is cut or whose signature is none.
 */
#include "bridge/message/pkcs7.h"

#include <stdbool.h>
#include <string.h>

enum {
	OCTETS = 0x04,
	OBJECT = 0x06,
	OCTETS_IN_PIECES = 0x24,
	SEQUENCE = 0x30,
	EXPLICIT_0 = 0xA0,
	DEEPEST = 20, /* elements without a length within each other */
};

/* Bytes that are left of an element. */
struct ber {
	const unsigned char *at, *end;
};

/* The head of the next element: its tag and its bytes, as many as there are. `open`: it has no
 * length and ends with two zeros. */
static bool
head(struct ber *b, unsigned *tag, struct ber *in, bool *open)
{
	const unsigned char *p = b->at;
	size_t n, left;

	if (b->end - p < 2)
		return false;
	*tag = *p++;
	n = *p++;
	*open = n == 0x80;
	if (n > 0x80) {
		size_t digits = n & 0x7f;

		if (digits > 8 || (size_t)(b->end - p) < digits)
			return false;
		for (n = 0; digits; digits--)
			n = n << 8 | *p++;
	}
	left = (size_t)(b->end - p);
	in->at = p;
	in->end = *open || n > left ? b->end : p + n;
	return true;
}

/* Go into the next element, which must be of that tag. */
static bool
enter(struct ber *b, unsigned tag)
{
	unsigned found;
	struct ber in;
	bool open;

	if (!head(b, &found, &in, &open) || found != tag)
		return false;
	*b = in;
	return true;
}

/* Go over the next element. */
static bool
skip(struct ber *b)
{
	int depth = 0;

	do {
		unsigned tag;
		struct ber in;
		bool open;

		if (!head(b, &tag, &in, &open) || depth > DEEPEST)
			return false;
		if (tag == 0 && depth) {
			depth--;
			b->at = in.at;
		} else if (open) {
			depth++;
			b->at = in.at;
		} else {
			b->at = in.end;
		}
	} while (depth);
	return true;
}

/* Move the bytes of a string, whole or in pieces, to `to`. Returns how many they are. */
static size_t
move_octets(struct ber *b, char *to)
{
	unsigned tag;
	struct ber in;
	bool open;
	size_t n = 0;

	if (!head(b, &tag, &in, &open))
		return 0;
	if (tag == OCTETS) {
		n = (size_t)(in.end - in.at);
		memmove(to, in.at, n);
		return n;
	}
	if (tag != OCTETS_IN_PIECES)
		return 0;
	for (struct ber piece; head(&in, &tag, &piece, &open) && tag == OCTETS && !open;
	     in.at = piece.end) {
		memmove(to + n, piece.at, (size_t)(piece.end - piece.at));
		n += (size_t)(piece.end - piece.at);
	}
	return n;
}

/* RFC 5652 3, 14: what the content is. */
static enum pkcs7
kind(struct ber *b)
{
	static const struct {
		const char *object;
		size_t len;
		enum pkcs7 is;
	} rows[] = {
		{ "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9, PKCS7_SIGNED },
		{ "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 9, PKCS7_ENCRYPTED },
		{ "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09", 11, PKCS7_COMPRESSED },
	};
	struct ber name = *b;

	if (!enter(&name, OBJECT) || !skip(b))
		return PKCS7_UNKNOWN;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((size_t)(name.end - name.at) == rows[i].len &&
		    memcmp(name.at, rows[i].object, rows[i].len) == 0)
			return rows[i].is;
	return PKCS7_ENCRYPTED;
}

enum pkcs7
pkcs7_open(char *data, size_t len, size_t *content)
{
	struct ber b = { (const unsigned char *)data, NULL };
	enum pkcs7 is;

	*content = 0;
	if (!data)
		return PKCS7_UNKNOWN;
	b.end = b.at + len;
	if (!enter(&b, SEQUENCE))
		return PKCS7_UNKNOWN;
	is = kind(&b);
	if (is != PKCS7_SIGNED)
		return is;
	/* SignedData: version, digestAlgorithms, encapContentInfo { eContentType, eContent }. */
	if (!enter(&b, EXPLICIT_0) || !enter(&b, SEQUENCE) || !skip(&b) || !skip(&b) ||
	    !enter(&b, SEQUENCE) || !skip(&b) || !enter(&b, EXPLICIT_0))
		return PKCS7_CERTIFICATES;
	*content = move_octets(&b, data);
	return PKCS7_SIGNED;
}
