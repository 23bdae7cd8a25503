/*
 * icap.c - answers of an ICAP server (RFC 3507).
 *
 * What was found stands in header fields that no standard has: X-Infection-Found
 * ("Type=0; Resolution=2; Threat=NAME;") and X-Violations-Found (a number, and on further lines of
 * the field for each a file, a name, and two numbers) of draft-stecher-icap-subid, X-Virus-ID and
 * X-Virus-Name of several products.
 */
#include "bridge/store/icap.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/dial.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

enum { FIELDS_MOST = 200, HEADER_MOST = 256 * 1024 };

static int
garbled(struct verdict *v, const char *what)
{
	return later(v, "4.3.0", "its answer is not ICAP's: %s", what);
}

/* A number of at most eight digits; -1 when it is none. */
static long
number(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n < 9 ? strtol(text, NULL, 10) : -1;
}

/* Is the word in a list parted by commas? */
static bool
has(const char *list, const char *word)
{
	const char *p = strcasestr(list, word);

	return p && (p == list || strchr(" ,", p[-1])) &&
	       (!p[strlen(word)] || strchr(" ,", p[strlen(word)]));
}

static void
note_found(struct icap_head *h, const char *name, size_t len)
{
	/* The first that says it is as good as any. */
	if (!*h->found && len > 0)
		snprintf(h->found, sizeof h->found, "%.*s", (int)len, name);
}

/* "Encapsulated: res-hdr=0, res-body=222" (RFC 3507 4.4.1): offsets, of which the last is the
 * body's. */
static void
read_encapsulated(struct icap_head *h, const char *value)
{
	const char *body = strcasestr(value, "-body=");

	h->is_response = strcasestr(value, "res-hdr=") || strcasestr(value, "res-body=");
	h->has_body = body && !strcasestr(value, "null-body=");
	h->header = body ? number(body + 6) : -1;
}

static void
read_field(struct icap_head *h, const char *name, const char *value)
{
	const char *threat;

	if (strcasecmp(name, "Methods") == 0) {
		h->respmod = has(value, "RESPMOD");
		h->reqmod = has(value, "REQMOD");
	} else if (strcasecmp(name, "Preview") == 0) {
		h->preview = number(value);
	} else if (strcasecmp(name, "Options-TTL") == 0) {
		h->ttl = number(value);
	} else if (strcasecmp(name, "Encapsulated") == 0) {
		read_encapsulated(h, value);
	} else if (strcasecmp(name, "X-Infection-Found") == 0) {
		threat = strcasestr(value, "Threat=");
		threat = threat ? threat + 7 : value;
		note_found(h, threat, strcspn(threat, ";"));
	} else if (strcasecmp(name, "X-Virus-ID") == 0 || strcasecmp(name, "X-Virus-Name") == 0) {
		/* Some send it always, as "no threats". */
		if (strncasecmp(value, "no", 2) != 0 || isalnum((unsigned char)value[2]))
			note_found(h, value, strlen(value));
	} else if (strcasecmp(name, "X-Violations-Found") == 0 && number(value) != 0) {
		note_found(h, "a violation", strlen("a violation"));
	}
}

static int
read_status(struct dial *d, char *line, struct icap_head *h, struct verdict *v)
{
	char version[4];

	if (dial_line(d, line, ICAP_LINE, v) < 0)
		return -1;
	if (sscanf(line, "ICAP/%3[0-9.] %3d", version, &h->status) != 2 || h->status < 100)
		return garbled(v, "no status");
	return 0;
}

int
icap_head(struct dial *d, struct icap_head *h, struct verdict *v)
{
	char *line = xcalloc(1, ICAP_LINE), *value;
	int rc;

	*h = (struct icap_head){ .preview = -1, .ttl = -1, .header = -1 };
	rc = read_status(d, line, h, v);
	for (int i = 0; rc == 0; i++) {
		rc = i > FIELDS_MOST ? garbled(v, "too many fields")
				     : dial_line(d, line, ICAP_LINE, v);
		if (rc < 0 || !*line)
			break;
		/* Lines that go on with a field are names of files and the like. */
		if (*line == ' ' || *line == '\t')
			continue;
		value = strchr(line, ':');
		if (!value) {
			rc = garbled(v, "a field without a colon");
			break;
		}
		*value++ = '\0';
		value += strspn(value, " \t");
		read_field(h, line, value);
	}
	free(line);
	return rc;
}

/* The next chunk's size (RFC 9112 7.1); 0 at the end; -1 and *v. */
static long
chunk_size(struct dial *d, struct verdict *v)
{
	char line[256];
	size_t n;

	if (dial_line(d, line, sizeof line, v) < 0)
		return -1;
	n = strspn(line, "0123456789abcdefABCDEF");
	if (n == 0 || n > 8 || (line[n] && !strchr("; \t", line[n])))
		return garbled(v, "no size of a chunk");
	return strtol(line, NULL, 16);
}

/* Read a chunk, and compare it. As icap_same(). */
static int
same_chunk(struct dial *d, size_t size, int fd, off_t at, struct verdict *v)
{
	char *theirs = xcalloc(2, DIAL_PIECE), *ours = theirs + DIAL_PIECE;
	int rc = 1;

	while (rc == 1 && size > 0) {
		size_t n = size < DIAL_PIECE ? size : DIAL_PIECE;

		if (dial_read_all(d, theirs, n, v) < 0 || file_piece(fd, ours, n, at, v) < 0)
			rc = -1;
		else
			rc = memcmp(theirs, ours, n) == 0;
		size -= n;
		at += (off_t)n;
	}
	free(theirs);
	return rc;
}

static int
skip(struct dial *d, long len, struct verdict *v)
{
	char bytes[512];

	while (len > 0) {
		size_t n = len < (long)sizeof bytes ? (size_t)len : sizeof bytes;

		if (dial_read_all(d, bytes, n, v) < 0)
			return -1;
		len -= (long)n;
	}
	return 0;
}

int
icap_same(struct dial *d, const struct icap_head *h, int fd, size_t len, struct verdict *v)
{
	size_t at = 0;
	char end[4];
	long size;
	int rc;

	if (!h->has_body)
		return 0;
	if (h->header < 0 || h->header > HEADER_MOST)
		return garbled(v, "no place of the body");
	if (skip(d, h->header, v) < 0)
		return -1;
	while ((size = chunk_size(d, v)) > 0) {
		if ((size_t)size > len - at)
			return 0;
		if ((rc = same_chunk(d, (size_t)size, fd, (off_t)at, v)) != 1)
			return rc;
		at += (size_t)size;
		if (dial_line(d, end, sizeof end, v) < 0)
			return -1;
	}
	return size < 0 ? -1 : at == len;
}
