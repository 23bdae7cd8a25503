/*
 * charset.h - bytes in whatever charset a stranger's label claims, to UTF-8.
 */
#ifndef BRIDGE_CHARSET_H
#define BRIDGE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct charset;

/* GB 2312 in seven bits (RFC 1843), which iconv(3) does not know. */
#define CHARSET_HZ "HZ"

enum {
	CHARSET_LABEL = 48,  /* room for the longest label looked at, and NUL */
	CHARSET_GROWTH = 16, /* a byte never becomes more bytes of UTF-8 than this */
};

/*
 * The charset meant by a label, as iconv(3) writes it: "gb2312" says less than its users mean by
 * it, so it becomes "GB18030", and so on. Returns name, or NULL when the label is none that iconv
 * could know (empty, too long, odd bytes) or claims no more than "some text".
 */
const char *charset_name(const char *label, char name[CHARSET_LABEL]);

/*
 * A decoder, for charset_free(). label may be NULL: the bytes then speak for themselves, as they do
 * when the label is unknown, when a byte order mark contradicts it, or when what it makes of them is
 * no language (see guess.h). `start` are the first len bytes of the text, looked at and not decoded;
 * of a page of HTML a <meta charset> counts when label is NULL.
 */
struct charset *charset_new(const char *label, bool html, const char *start, size_t len);
/* Accepts NULL. */
void charset_free(struct charset *c);

/*
 * Append the UTF-8 of len bytes to out, which must have room for CHARSET_GROWTH times len + 16. No
 * byte is lost: what cannot be decoded becomes U+FFFD. UTF-8 that was taken for windows-1252 and
 * encoded once more is undone. Returns how many bytes were used; the rest, fewer than 32, are the
 * first part of a character: pass them again with what follows. When `last`, all are used.
 */
size_t charset_decode(struct charset *c, const char *bytes, size_t len, bool last, struct buf *out);

/* A whole text at once, as by charset_new() and charset_decode(): what fits into out. */
void charset_text(const char *label, const char *bytes, size_t len, struct buf *out);

/* The character of a byte of windows-1252. Its 27 own ones stand where Latin-1 has controls; the
 * five places it leaves empty are those controls, as browsers read them. */
uint32_t charset_1252(unsigned char byte);

#endif
