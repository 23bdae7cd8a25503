/*
 * map.c - make a table's file from its text.
 *
 * postmap(1) builds in place, so a reader may meet half a table, and a crash leaves one. Here the
 * new file is built beside the old one and then takes its name: a reader has the one or the other.
 */
#include "bridge/store/map.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/bdb_file.h"
#include "bridge/store/records.h"
#include "bridge/store/table.h"

enum { LOGICAL_LINE = 64 * 1024 };

struct map {
	const char *path; /* of the text */
	bool btree;
	const struct map_kind *kind;
	FILE *errors;
	unsigned nerrors;
	struct records *records;
	struct records *lines; /* where each key stands */
	struct stat text;      /* of the text's file */
};

static void __attribute__((format(printf, 3, 4)))
complain(struct map *m, int line, const char *format, ...)
{
	va_list ap;

	m->nerrors++;
	fprintf(m->errors, "%s:%d: ", m->path, line);
	va_start(ap, format);
	vfprintf(m->errors, format, ap);
	va_end(ap);
	fputc('\n', m->errors);
}

static void
add(struct map *m, char *key, const char *value, int line)
{
	const char *before = records_get(m->lines, key);
	struct verdict v;
	char where[20];

	if (before)
		complain(m, line, "key %s stands there before, on line %s", key, before);
	else if (strlen(value) >= TABLE_VALUE)
		complain(
		    m, line, "the value of key %s is longer than %d bytes", key, TABLE_VALUE - 1);
	else if (m->kind->check(key, value, &v) < 0)
		complain(m, line, "%s", v.text);
	else if (records_add(m->records, key, strlen(key), value, strlen(value)) < 0)
		complain(
		    m, line, "more than %d records or %d MB", RECORDS_MOST, RECORDS_BYTES >> 20);
	snprintf(where, sizeof where, "%d", line);
	records_add(m->lines, key, strlen(key), where, strlen(where));
}

/* Put the word behind the key to it, unless it is the value already. Returns where the value begins. */
static char *
take_second_word(char *key, char *value)
{
	size_t len = strcspn(value, " \t\r\v\f"), at = strlen(key);
	char *rest = value + len + strspn(value + len, " \t\r\v\f");

	if (!*rest || memchr(value, ':', len))
		return value;
	key[at] = '/'; /* at least one blank was there */
	memmove(key + at + 1, value, len);
	key[at + 1 + len] = '\0';
	return rest;
}

/* One logical line that began on `line`: a key, white space, a value. */
static void
logical_line(struct map *m, struct buf *b, int line)
{
	char *key = b->data, *value;

	if (b->over) {
		complain(m, line, "the line is longer than %d bytes", LOGICAL_LINE);
		return;
	}
	if (strlen(key) != b->len) {
		complain(m, line, "there is a NUL byte in it");
		return;
	}
	while (b->len && isspace((unsigned char)key[b->len - 1]))
		key[--b->len] = '\0';
	value = key + strcspn(key, " \t\r\v\f");
	if (!*value) {
		complain(m, line, "key %s has no value", key);
		return;
	}
	*value++ = '\0';
	value += strspn(value, " \t\r\v\f");
	if (m->kind->two_words)
		value = take_second_word(key, value);
	for (char *p = key; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	add(m, key, value, line);
}

/* What every row is also found by. A key that two rows claim so is the first one's. */
static void
add_other_keys(struct map *m)
{
	size_t n = records_count(m->records);
	char other[MAP_KEY];

	for (size_t i = 0; m->kind->other_key && i < n; i++) {
		const char *value, *key = records_at(m->records, i, &value);
		char *row = xstrdup(value), *name = xstrdup(key);

		for (unsigned k = 0; m->kind->other_key(name, row, k, other); k++)
			if (records_add(m->records, other, strlen(other), row, strlen(row)) < 0)
				complain(m, 1, "more than %d records or %d MB", RECORDS_MOST,
				    RECORDS_BYTES >> 20);
		free(row);
		free(name);
	}
}

/* Read the text, logical line by logical line. */
static void
read_lines(struct map *m, FILE *f)
{
	char *physical = NULL;
	struct buf logical;
	size_t room = 0;
	ssize_t n;
	int line = 0, began = 0;

	buf_init(&logical, LOGICAL_LINE);
	while ((n = getline(&physical, &room, f)) > 0) {
		const char *text = physical + strspn(physical, " \t\r\v\f");

		line++;
		if (*text == '#' || *text == '\n' || text == physical + n)
			continue;
		n -= physical[n - 1] == '\n';
		if (text == physical) {
			if (began)
				logical_line(m, &logical, began);
			buf_reset(&logical);
			began = line;
		} else if (!began) {
			complain(m, line, "a line that continues another has none before it");
			continue;
		}
		buf_add(&logical, physical, (size_t)n);
	}
	if (began)
		logical_line(m, &logical, began);
	buf_free(&logical);
	free(physical);
}

/* 0, or a code of sysexits(3). */
static int
read_text(struct map *m)
{
	FILE *f = fopen(m->path, "re");
	bool failed = !f || fstat(fileno(f), &m->text) < 0;

	if (!failed) {
		read_lines(m, f);
		add_other_keys(m);
		failed = ferror(f);
	}
	if (failed)
		complain(m, 1, "cannot read it: %s", strerror(errno));
	if (f)
		fclose(f);
	return failed ? EX_NOINPUT : m->nerrors ? EX_DATAERR : 0;
}

/* Give the new file the owner and mode of the old one, or of the text, and flush it. */
static int
finish_file(const struct map *m, const char *new, const char *db)
{
	int rc, fd = open(new, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (stat(db, &st) < 0)
		st = m->text;
	/* Only root can give a file away; others make it their own, as postmap(1) would. */
	rc = geteuid() == 0 ? fchown(fd, st.st_uid, st.st_gid) : 0;
	if (rc == 0)
		rc = fchmod(fd, st.st_mode & 0777 & ~(mode_t)S_IWOTH);
	if (rc == 0)
		rc = fsync(fd);
	close(fd);
	return rc;
}

/* After a rename(2), so that the name is on the disk too. */
static void
flush_folder(char *path)
{
	int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int
write_file(struct map *m)
{
	char *db = xasprintf("%s.db", m->path), *new = xasprintf("%s.db.XXXXXX", m->path);
	int rc = EX_CANTCREAT, fd = mkostemp(new, O_CLOEXEC);
	struct verdict v;

	if (fd < 0) {
		fprintf(m->errors, "%s: %s\n", new, strerror(errno));
		goto out;
	}
	close(fd);
	if (bdb_file_write(new, m->btree, m->records, &v) < 0)
		fprintf(m->errors, "%s\n", v.text);
	else if (finish_file(m, new, db) < 0 || rename(new, db) < 0)
		fprintf(m->errors, "%s: %s\n", db, strerror(errno));
	else
		rc = 0;
	if (rc == 0)
		flush_folder(new);
	else
		unlink(new);
out:
	free(new);
	free(db);
	return rc;
}

int
map_build(const char *name, const struct map_kind *kind, FILE *errors)
{
	struct map m = { .path = name, .kind = kind, .errors = errors };
	int rc;

	m.btree = strncmp(name, "btree:", 6) == 0;
	if (m.btree || strncmp(name, "hash:", 5) == 0)
		m.path = strchr(name, ':') + 1;
	if (!m.path[0] || (m.path == name && strchr(name, ':'))) {
		fprintf(errors, "%s: a table's name is hash:FILE, btree:FILE or FILE\n", name);
		return EX_USAGE;
	}
	m.records = records_new();
	m.lines = records_new();
	rc = read_text(&m);
	if (rc == 0)
		rc = write_file(&m);
	records_free(m.lines);
	records_free(m.records);
	return rc;
}
