/*
 * print.c - columns, times, and strangers' text made safe for a terminal.
 */
#include "bridge/ctl/print.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"

enum {
	WIDEST = 48,      /* a cell longer than that moves its row, not the whole table */
	TEXT_MOST = 8192, /* bytes shown of one text */
};

const char *
print_time(int64_t seconds, char out[PRINT_TIME])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds <= 0 || !localtime_r(&t, &tm) ||
	    !strftime(out, PRINT_TIME, "%Y-%m-%dT%H:%M:%S", &tm))
		strcpy(out, "-");
	return out;
}

const char *
print_span(int64_t seconds, char out[PRINT_TIME])
{
	int64_t s = seconds > 0 ? seconds : 0, m = s / 60, h = m / 60;

	if (s < 60)
		snprintf(out, PRINT_TIME, "%llds", (long long)s);
	else if (m < 60)
		snprintf(out, PRINT_TIME, "%lldm", (long long)m);
	else if (h < 24)
		snprintf(out, PRINT_TIME, "%lldh%02lldm", (long long)h, (long long)(m % 60));
	else
		snprintf(out, PRINT_TIME, "%lldd%02lldh", (long long)(h / 24), (long long)(h % 24));
	return out;
}

/* What would move the cursor, or hide or reorder text: C0, DEL, C1, and the marks of direction. */
static bool
is_safe(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e))
		return false;
	return !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff;
}

void
print_safe(struct buf *b, const char *s)
{
	const char *end = s + strlen(s);

	while (s < end) {
		const char *from = s;
		size_t len = utf8_valid(s, (size_t)(end - s));
		uint32_t c = utf8_next(&s, end);

		if (len == 0 || !is_safe(c))
			buf_adds(b, "?");
		else
			buf_add(b, from, len);
	}
}

void
print_text(FILE *to, const char *s)
{
	struct buf b;

	buf_init(&b, TEXT_MOST);
	print_safe(&b, s);
	fputs(buf_str(&b), to);
	buf_free(&b);
}

void
columns_init(struct columns *t, size_t n, const char *const *heads, const bool *right)
{
	*t = (struct columns){ .n = n, .heads = heads, .right = right };
	t->widths = xcalloc(n, sizeof(*t->widths));
	for (size_t i = 0; i < n; i++)
		t->widths[i] = strlen(heads[i]);
}

void
columns_free(struct columns *t)
{
	for (size_t i = 0; i < t->ncells; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->widths);
}

/* Places on the screen: characters, near enough. */
static size_t
width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void
columns_add(struct columns *t, const char *cell)
{
	size_t column = t->ncells % t->n, w;
	struct buf b;

	buf_init(&b, TEXT_MOST);
	print_safe(&b, !*cell && column < t->n - 1 ? "-" : cell);
	w = width(buf_str(&b));
	if (w > t->widths[column])
		t->widths[column] = w < WIDEST ? w : WIDEST;
	if (t->ncells == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->cells = xrealloc(t->cells, t->room * sizeof(*t->cells));
	}
	t->cells[t->ncells++] = xstrdup(buf_str(&b));
	buf_free(&b);
}

void
columns_addf(struct columns *t, const char *format, ...)
{
	char cell[300];
	va_list ap;

	va_start(ap, format);
	vsnprintf(cell, sizeof(cell), format, ap);
	va_end(ap);
	columns_add(t, cell);
}

static void
write_row(const struct columns *t, const char *const *cells)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t w = width(cells[i]);
		int pad = t->widths[i] > w ? (int)(t->widths[i] - w) : 0;

		if (t->right[i])
			printf("%*s", pad, "");
		fputs(cells[i], stdout);
		if (i == t->n - 1)
			break;
		printf("%*s  ", t->right[i] ? 0 : pad, "");
	}
	putchar('\n');
}

void
columns_flush(struct columns *t)
{
	if (!t->headed)
		write_row(t, t->heads);
	t->headed = true;
	for (size_t i = 0; i + t->n <= t->ncells; i += t->n)
		write_row(t, (const char *const *)&t->cells[i]);
	for (size_t i = 0; i < t->ncells; i++)
		free(t->cells[i]);
	t->ncells = 0;
}

void
print_object(const char *name, ...)
{
	json_t *o = json_object();
	va_list ap;

	va_start(ap, name);
	for (; name; name = va_arg(ap, const char *)) {
		const char *value = va_arg(ap, const char *);
		struct buf safe;

		buf_init(&safe, SIZE_MAX / 4);
		print_safe(&safe, value); /* so it is UTF-8 */
		json_object_set_new(o, name, json_string(buf_str(&safe)));
		buf_free(&safe);
	}
	va_end(ap);
	json_dumpf(o, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(o);
}
