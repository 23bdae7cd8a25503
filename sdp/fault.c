/*
 * fault.c - the table that classes each error of the wire.
 *
 * What the table does not know is temporary: a wrong "for good" loses a message, a wrong "for now"
 * costs some requests until the message expires.
 */
#include "sdp/fault.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

enum {
	MAX_FILE = 256 * 1024, /* bytes of an administrator's table */
	MAX_KEY = 64,
	MAX_TEXT = 160, /* leaves room for the platform's words in a verdict */
};

struct faults {
	struct arena *arena; /* the rows' strings */
	struct fault *rows;
	size_t n;
};

static const char built_in[] =
#include "parlayx.errors.inc"
    ;

/* The digit each class's status codes must start with: what is reported should fit what is done.
 * And whether it can be said of errors, of delivery statuses, or of both. */
static const struct {
	const char *name;
	char first;
	bool error, status;
} classes[] = {
	[FAULT_TRANSPORT] = { "transport", '4', true, false },
	[FAULT_RETRY] = { "retry", '4', true, false },
	[FAULT_FINAL] = { "final", '5', true, true },
	[FAULT_UNKNOWN] = { "unknown", '4', true, false },
	[FAULT_ACCEPTED] = { "accepted", '5', true, false },
	[FAULT_NORECEIPT] = { "noreceipt", '5', true, false },
	[FAULT_DELIVERED] = { "delivered", '2', false, true },
	[FAULT_RELAYED] = { "relayed", '2', false, true },
	[FAULT_WAITING] = { "waiting", '4', false, true },
};

/* Cuts the next word off *line. "" at its end. */
static char *
word(char **line)
{
	char *s = *line + strspn(*line, " \t");
	char *end = s + strcspn(s, " \t");

	*line = end;
	if (*end) {
		*end = '\0';
		*line = end + 1;
	}
	return s;
}

/* RFC 3463: class, subject and detail; the latter two have one to three digits, no leading zero. */
static bool
is_status_code(const char *s, char first)
{
	unsigned subject, detail;
	int end = 0;
	char again[12];

	if (*s != first || sscanf(s, "%*c.%3u.%3u%n", &subject, &detail, &end) != 2 || s[end])
		return false;
	snprintf(again, sizeof again, "%c.%u.%u", first, subject, detail);
	return strcmp(s, again) == 0;
}

static int
class_named(const char *name)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strcmp(name, classes[i].name) == 0)
			return (int)i;
	return -1;
}

/* Is the key one of a delivery status? */
static bool
is_status(const char *key)
{
	return strncasecmp(key, "status", 6) == 0 && (!key[6] || key[6] == '/');
}

static struct fault *
row_of(const struct faults *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcasecmp(f->rows[i].key, key) == 0)
			return &f->rows[i];
	return NULL;
}

static void
put(struct faults *f, const struct fault *row)
{
	struct fault *old = row_of(f, row->key);

	if (!old) {
		f->rows = xrealloc(f->rows, (f->n + 1) * sizeof *f->rows);
		old = &f->rows[f->n++];
	}
	*old = *row;
}

/* One line, which is taken apart in place. */
static int
read_line(struct faults *f, char *line, const char *path, unsigned number, struct verdict *v)
{
	const char *key = word(&line), *class = word(&line), *dsn = word(&line);
	const char *text = line + strspn(line, " \t");
	int is = class_named(class);
	bool status = is_status(key);

	if (strlen(key) >= MAX_KEY)
		return never(v, "5.3.5", "%s:%u: the key is too long", path, number);
	if (is < 0 || (status ? !classes[is].status : !classes[is].error))
		return never(v, "5.3.5", "%s:%u: %s: no class \"%s\" (%s)", path, number, key, class,
		    status ? "delivered, relayed, waiting, final" :
		    "transport, retry, final, unknown, accepted, noreceipt");
	if (!is_status_code(dsn, classes[is].first))
		return never(v, "5.3.5",
		    "%s:%u: %s: \"%s\" is no status code %c.X.X, as class %s needs", path, number,
		    key, dsn, classes[is].first, class);
	if (!*text || strlen(text) > MAX_TEXT)
		return never(v, "5.3.5", "%s:%u: %s: a sentence of 1 to %d bytes must follow", path,
		    number, key, MAX_TEXT);
	put(f, &(struct fault){ .key = arena_strdup(f->arena, key),
	    .class = (enum fault_class)is,
	    .dsn = arena_strdup(f->arena, dsn),
	    .text = arena_strdup(f->arena, text) });
	return 0;
}

static int
read_lines(struct faults *f, char *text, const char *path, struct verdict *v)
{
	unsigned number = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		size_t len = strlen(line);

		number++;
		while (len && isspace((unsigned char)line[len - 1]))
			line[--len] = '\0';
		line += strspn(line, " \t");
		if (*line && *line != '#' && read_line(f, line, path, number, v) < 0)
			return -1;
	}
	return 0;
}

/* The administrator's file as a string, for free(); NULL and *v. */
static char *
slurp(const char *path, struct verdict *v)
{
	FILE *in = fopen(path, "re");
	char *text;
	size_t n;

	if (!in) {
		never(v, "5.3.5", "%s: %s", path, strerror(errno));
		return NULL;
	}
	text = xcalloc(1, MAX_FILE + 1);
	n = fread(text, 1, MAX_FILE + 1, in);
	if (ferror(in) || n > MAX_FILE || strlen(text) < n) {
		never(v, "5.3.5", "%s: cannot be read, is longer than %d bytes, or is no text",
		    path, MAX_FILE);
		free(text);
		text = NULL;
	}
	fclose(in);
	return text;
}

struct faults *
fault_table(const char *path, struct verdict *v)
{
	struct faults *f = xcalloc(1, sizeof *f);
	char *text = xstrdup(built_in);
	int rc;

	f->arena = arena_new();
	rc = read_lines(f, text, "etc/parlayx.errors", v);
	free(text);
	assert(rc == 0 && row_of(f, "default") && row_of(f, "status"));
	if (path && *path) {
		text = slurp(path, v);
		rc = text ? read_lines(f, text, path, v) : -1;
		free(text);
	}
	if (rc == 0)
		return f;
	fault_free(f);
	return NULL;
}

void
fault_free(struct faults *f)
{
	if (!f)
		return;
	arena_free(f->arena);
	free(f->rows);
	free(f);
}

const struct fault *
fault_find(const struct faults *f, const char *key, const char *variable)
{
	char longer[2 * MAX_KEY];
	const struct fault *row = NULL;

	if (variable && *variable) {
		snprintf(longer, sizeof longer, "%s/%s", key, variable);
		row = row_of(f, longer);
	}
	if (!row)
		row = row_of(f, key);
	if (!row && strncmp(key, "http/", 5) == 0 && key[5]) {
		snprintf(longer, sizeof longer, "http/%cxx", key[5]);
		row = row_of(f, longer);
	}
	return row ? row : row_of(f, "default");
}

int
fault_verdict(const struct fault *f, bool again, const char *said, struct verdict *v)
{
	char text[sizeof v->text];

	if (*said)
		snprintf(text, sizeof text, "%s (%s)", f->text, said);
	else
		snprintf(text, sizeof text, "%s", f->text);
	switch (f->class) {
	case FAULT_TRANSPORT:
		later(v, f->dsn, "%s", text);
		v->whole = true;
		return -1;
	case FAULT_RETRY:
		return later(v, f->dsn, "%s", text);
	case FAULT_UNKNOWN:
		return unknown(v, f->dsn, "%s", text);
	case FAULT_ACCEPTED:
		if (again)
			return done(v, "2.0.0", "taken on an earlier try, whose answer was lost");
		return never(v, f->dsn, "%s", text);
	case FAULT_DELIVERED:
	case FAULT_RELAYED:
	case FAULT_WAITING:
		/* No error is classed so: read_line() sees to it. */
	case FAULT_FINAL:
	case FAULT_NORECEIPT:
		break;
	}
	return never(v, f->dsn, "%s", text);
}

enum report_is
fault_report(const struct fault *f)
{
	switch (f->class) {
	case FAULT_DELIVERED:
		return REPORT_DELIVERED;
	case FAULT_RELAYED:
		return REPORT_RELAYED;
	case FAULT_WAITING:
		return REPORT_WAITING;
	case FAULT_TRANSPORT:
	case FAULT_RETRY:
	case FAULT_FINAL:
	case FAULT_UNKNOWN:
	case FAULT_ACCEPTED:
	case FAULT_NORECEIPT:
		break;
	}
	return REPORT_FAILED;
}
