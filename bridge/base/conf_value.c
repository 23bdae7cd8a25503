/*
 * conf_value.c - one value of the configuration by its type.
 *
 * Times and sizes are numbers with a unit, whole or with a decimal fraction: "1.5 h", "300 kB".
 */
#include "bridge/base/conf_value.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/base/conf.h"
#include "bridge/base/mem.h"

enum { SECRET = 1024 };

struct unit {
	const char *name;
	long factor;
};

static const struct unit times[] = {
	{ "ms", 1 },
	{ "", 1000 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 3600 * 1000 },
	{ "d", 24 * 3600 * 1000 },
	{ NULL, 0 },
};
static const struct unit sizes[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "kB", 1000 },
	{ "MB", 1000 * 1000 },
	{ "GB", 1000 * 1000 * 1000 },
	{ "KiB", 1 << 10 },
	{ "MiB", 1 << 20 },
	{ "GiB", 1 << 30 },
	{ NULL, 0 },
};

/* A number and one of the units, in any case of letters; -1 when it is not that or too large. */
static long
measure(const char *text, const struct unit *u)
{
	long whole = 0, fraction = 0, scale = 1;

	if (!isdigit((unsigned char)*text))
		return -1;
	for (; isdigit((unsigned char)*text); text++) {
		if (whole > 100 * 1000 * 1000 * 1000L)
			return -1;
		whole = whole * 10 + (*text - '0');
	}
	if (*text == '.') {
		if (!isdigit((unsigned char)*++text))
			return -1;
		for (; isdigit((unsigned char)*text); text++)
			if (scale < 1000) {
				fraction = fraction * 10 + (*text - '0');
				scale *= 10;
			}
	}
	text += strspn(text, " \t");
	while (u->name && strcasecmp(text, u->name) != 0)
		u++;
	if (!u->name || whole > LONG_MAX / 2 / u->factor)
		return -1;
	return whole * u->factor + fraction * u->factor / scale;
}

long
conf_time(const char *text)
{
	return measure(text, times);
}

long
conf_size(const char *text)
{
	return measure(text, sizes);
}

/* 0 and *n, or -1: not a whole number. */
static int
whole_number(const char *text, long *n)
{
	char *end;

	errno = 0;
	*n = strtol(text, &end, 10);
	return end == text || *end || errno || isspace((unsigned char)*text) ? -1 : 0;
}

/* 1, 0, or -1: neither yes nor no. */
static int
yes_or_no(const char *text)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };

	for (int i = 0; i < 6; i++)
		if (strcasecmp(text, words[i]) == 0)
			return i % 2;
	return -1;
}

/* The index of the word in a list like "none huawei wsse", or -1. */
static int
choice(const char *text, const char *list)
{
	size_t len = strlen(text);

	for (int i = 0; *list; i++) {
		size_t n = strcspn(list, " ");

		if (n == len && strncmp(text, list, n) == 0)
			return i;
		list += n;
		list += strspn(list, " ");
	}
	return -1;
}

/* The number in the text by type; 0, or -1. */
static int
number(enum conf_type type, const char *text, long *n)
{
	if (type == CONF_INT)
		return whole_number(text, n);
	*n = type == CONF_TIME ? conf_time(text) : conf_size(text);
	return *n < 0 ? -1 : 0;
}

static int
number_check(const struct setting *row, const char *text, char *why, size_t room)
{
	static const char *const kinds[] = {
		[CONF_INT] = "a whole number",
		[CONF_TIME] = "a time, such as \"500ms\", \"30s\", \"5m\", \"2h\" or \"3d\"",
		[CONF_SIZE] = "a size, such as \"64\", \"300kB\", \"10MB\" or \"4KiB\"",
	};
	long n, bound;

	if (number(row->type, text, &n) < 0) {
		snprintf(why, room, "\"%s\" is not %s", text, kinds[row->type]);
		return -1;
	}
	if ((row->min && number(row->type, row->min, &bound) == 0 && n < bound) ||
	    (row->max && number(row->type, row->max, &bound) == 0 && n > bound)) {
		snprintf(why, room, "%s is out of bounds; allowed is %s%s%s%s", text,
		    row->min ? "" : "at most", row->min ? row->min : "",
		    row->min && row->max ? " to "
		    : row->max           ? " "
					 : " or more",
		    row->max ? row->max : "");
		return -1;
	}
	return 0;
}

/* One line of text without control bytes: what is set goes into protocols and log lines. */
static int
string_check(const char *text, char *why, size_t room)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			snprintf(why, room, "there is a control character in it");
			return -1;
		}
	return 0;
}

int
conf_value_check(const struct setting *row, const char *text, char *why, size_t room)
{
	if (string_check(text, why, room) < 0)
		return -1;
	switch (row->type) {
	case CONF_STRING:
	case CONF_SECRET:
		return 0;
	case CONF_INT:
	case CONF_TIME:
	case CONF_SIZE:
		return number_check(row, text, why, room);
	case CONF_BOOL:
		if (yes_or_no(text) >= 0)
			return 0;
		snprintf(why, room, "\"%s\" is neither yes nor no", text);
		return -1;
	case CONF_CHOICE:
		if (choice(text, row->min) >= 0)
			return 0;
		snprintf(why, room, "\"%s\" is not one of: %s", text, row->min);
		return -1;
	}
	return -1;
}

void
conf_value_store(const struct setting *row, const char *text, void *into)
{
	char *at = (char *)into + row->offset;
	long n = 0;
	bool yes;
	int index;

	switch (row->type) {
	case CONF_STRING:
	case CONF_SECRET:
		memcpy(at, &text, sizeof text);
		break;
	case CONF_INT:
	case CONF_TIME:
	case CONF_SIZE:
		number(row->type, text, &n);
		memcpy(at, &n, sizeof n);
		break;
	case CONF_BOOL:
		yes = yes_or_no(text) == 1;
		memcpy(at, &yes, sizeof yes);
		break;
	case CONF_CHOICE:
		index = choice(text, row->min);
		memcpy(at, &index, sizeof index);
		break;
	}
}

/* The first line in `line`, SECRET + 2 bytes long, or why not. */
static const char *
secret_line(int fd, char *line)
{
	struct stat st;
	char why[64], *end;
	size_t len;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_mode & 007)
		return "everyone on this machine may use the file; chmod o-rwx it";
	n = read(fd, line, SECRET + 2);
	if (n < 0)
		return strerror(errno);
	/* At most a byte too long, and the line end. */
	end = memchr(line, '\n', (size_t)n);
	len = end ? (size_t)(end - line) : (size_t)n;
	if (len && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	if (len > SECRET)
		return "its first line is longer than 1024 bytes";
	if (strlen(line) != len || string_check(line, why, sizeof why) < 0)
		return "there is a control character in its first line";
	return line[0] ? NULL : "its first line is empty";
}

char *
conf_secret(const char *path, char *why, size_t room)
{
	char line[SECRET + 3];
	const char *wrong;
	int fd;

	if (!path[0])
		return xstrdup("");
	/* Not blocking, for it could be a pipe that nobody writes to. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	wrong = fd < 0 ? strerror(errno) : secret_line(fd, line);
	if (fd >= 0)
		close(fd);
	if (wrong) {
		snprintf(why, room, "%s: %s", path, wrong);
		return NULL;
	}
	return xstrdup(line);
}
