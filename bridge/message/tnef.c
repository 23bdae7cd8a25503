/*
 * tnef.c - Outlook's own form of a mail.
 *
 * It is a list of attributes; two of them, of the message and of each file, hold lists of MAPI
 * properties. Every length is a stranger's: what is longer than what is left ends the list.
 * Checksums are not looked at, since readers do not.
 */
#include "bridge/message/tnef.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/message/charset.h"
#include "bridge/message/flatten.h"
#include "bridge/message/rtf.h"

enum {
	SIGNATURE = 0x223E9F78,
	/* Attributes, MS-OXTNEF 2.1.3. */
	BODY = 0x800C,
	RENDER_DATA = 0x9002, /* a file begins */
	PROPERTIES = 0x9003,
	FILE_PROPERTIES = 0x9005,
	CODEPAGE = 0x9007,
	FILE_TITLE = 0x8010,
	/* MAPI properties. */
	PR_BODY = 0x1000,
	PR_RTF_COMPRESSED = 0x1009,
	PR_BODY_HTML = 0x1013,
	PR_DISPLAY_NAME = 0x3001,
	PR_ATTACH_FILENAME = 0x3704,
	PR_ATTACH_LONG_FILENAME = 0x3707,
	PR_INTERNET_CPID = 0x3FDE,
	/* Their types. */
	OF_UNICODE = 0x1F,
	RTF_MAX = 16 << 20, /* bytes of a rich text, expanded */
	NAME = 255,
	FILES = 200,
};

/* Bytes, lent. */
struct slice {
	const char *s;
	size_t len;
	bool unicode;
};

struct tnef {
	struct slice body, plain, page, rich, long_name, name, title, display;
	unsigned codepage;      /* of 8-bit text; 0: unknown */
	unsigned page_codepage; /* of the page */
	bool in_file;
	unsigned files;
	struct buf list; /* lines for the files */
	void (*on_file)(void *to, const char *name);
	void *to;
};

/* What is left to read. */
struct input {
	const char *s;
	size_t len;
};

/* A little-endian number of n bytes; 0 when there are not so many: then nothing is left. */
static uint32_t
number(struct input *in, size_t n)
{
	uint32_t v = 0;

	if (in->len < n) {
		in->len = 0;
		return 0;
	}
	for (size_t i = n; i > 0; i--)
		v = v << 8 | (unsigned char)in->s[i - 1];
	in->s += n;
	in->len -= n;
	return v;
}

/* The next n bytes; fewer when there are not so many. */
static struct slice
take(struct input *in, size_t n)
{
	struct slice got = { in->s, n < in->len ? n : in->len, false };

	in->s += got.len;
	in->len -= got.len;
	return got;
}

static void
add_text(const struct tnef *t, const struct slice *s, struct buf *out)
{
	char label[32] = "";
	size_t len = s->len;

	if (s->unicode)
		snprintf(label, sizeof label, "UTF-16LE");
	else if (t->codepage)
		snprintf(label, sizeof label, "cp%u", t->codepage);
	while (!s->unicode && len && s->s[len - 1] == '\0')
		len--;
	charset_text(*label ? label : NULL, s->s, len, out);
}

/* A file is complete: its name goes into the list. */
static void
end_file(struct tnef *t)
{
	const struct slice *names[] = { &t->long_name, &t->name, &t->title, &t->display };
	struct buf name, line;

	if (!t->in_file)
		return;
	t->in_file = false;
	buf_init(&name, NAME * 4);
	buf_init(&line, NAME);
	for (size_t i = 0; i < sizeof names / sizeof *names && !name.len; i++)
		if (names[i]->len && names[i]->len <= NAME * 2)
			add_text(t, names[i], &name);
	flatten_line(&line, buf_str(&name), name.len);
	if (line.len && t->files++ < FILES) {
		t->on_file(t->to, line.data);
		buf_addf(&t->list, "%s[attachment: %s]", t->list.len ? "\n" : "", line.data);
	}
	buf_free(&line);
	buf_free(&name);
	t->long_name = t->name = t->title = t->display = (struct slice){ NULL, 0, false };
}

static void
on_property(struct tnef *t, unsigned id, const struct slice *value)
{
	struct input n = { value->s, value->len };

	switch (id) {
	case PR_BODY:
		t->plain = *value;
		break;
	case PR_BODY_HTML:
		t->page = *value;
		break;
	case PR_RTF_COMPRESSED:
		t->rich = *value;
		break;
	case PR_INTERNET_CPID:
		t->page_codepage = number(&n, 4);
		break;
	case PR_ATTACH_LONG_FILENAME:
		t->long_name = *value;
		break;
	case PR_ATTACH_FILENAME:
		t->name = *value;
		break;
	case PR_DISPLAY_NAME:
		t->display = *value;
		break;
	default:
		break;
	}
}

/* The bytes of a value of that type; 0: it says its own length. */
static size_t
fixed_size(unsigned type)
{
	switch (type) {
	case 0x02: /* short, boolean and their like are filled up to four */
	case 0x03:
	case 0x04:
	case 0x0A:
	case 0x0B:
		return 4;
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x14:
	case 0x40:
		return 8;
	case 0x48:
		return 16;
	default:
		return 0;
	}
}

/* The name of a named property. */
static void
skip_name(struct input *in)
{
	uint32_t n;

	take(in, 16);
	if (number(in, 4) == 0) {
		number(in, 4);
	} else {
		n = number(in, 4);
		take(in, ((size_t)n + 3) & ~(size_t)3);
	}
}

/* A list of MAPI properties, MS-OXTNEF 2.1.3.4. */
static void
read_properties(struct tnef *t, struct slice list)
{
	struct input in = { list.s, list.len };
	uint32_t count = number(&in, 4);

	for (; count && in.len; count--) {
		unsigned type = number(&in, 2), id = number(&in, 2);
		size_t fixed = fixed_size(type & 0xfff);
		uint32_t values = 1;

		if (id >= 0x8000)
			skip_name(&in);
		if (!fixed || (type & 0x1000))
			values = number(&in, 4);
		for (; values && in.len; values--) {
			size_t n = fixed ? fixed : number(&in, 4);
			struct slice value = take(&in, n);

			if (!fixed)
				take(&in, (4 - n % 4) % 4);
			value.unicode = (type & 0xfff) == OF_UNICODE;
			on_property(t, id, &value);
		}
	}
}

static void
on_attribute(struct tnef *t, unsigned id, struct slice value)
{
	struct input n = { value.s, value.len };

	switch (id) {
	case BODY:
		t->body = value;
		break;
	case CODEPAGE:
		t->codepage = number(&n, 4);
		break;
	case RENDER_DATA:
		end_file(t);
		t->in_file = true;
		break;
	case FILE_TITLE:
		t->title = value;
		break;
	case PROPERTIES:
	case FILE_PROPERTIES:
		read_properties(t, value);
		break;
	default:
		break;
	}
}

/* Bytes that are a page or plain text, to text. */
static void
add_flat(const struct slice *s, unsigned codepage, enum flatten_how how, struct buf *out)
{
	char label[32] = "";
	struct flatten *f;
	size_t len = s->len;

	if (s->unicode)
		snprintf(label, sizeof label, "UTF-16LE");
	else if (codepage)
		snprintf(label, sizeof label, "cp%u", codepage);
	while (!s->unicode && len && s->s[len - 1] == '\0')
		len--;
	f = flatten_begin(*label ? label : NULL, how, out);
	flatten_feed(f, s->s, len);
	flatten_end(f);
}

/* The best of the forms in which the message is there. */
static void
add_message(const struct tnef *t, struct buf *out)
{
	struct buf rich;

	if (t->plain.len > 2)
		add_flat(&t->plain, t->codepage, FLATTEN_PLAIN, out);
	else if (t->body.len > 1)
		add_flat(&t->body, t->codepage, FLATTEN_PLAIN, out);
	if (out->len || t->page.len) {
		if (!out->len)
			add_flat(&t->page, t->page_codepage, FLATTEN_HTML, out);
		return;
	}
	buf_init(&rich, RTF_MAX);
	rtf_expand(t->rich.s, t->rich.len, &rich);
	rtf_text(buf_str(&rich), rich.len, out);
	buf_free(&rich);
}

void
tnef_text(const char *s, size_t len, struct buf *out, void (*on_file)(void *to, const char *name),
    void *to)
{
	struct tnef t = { .on_file = on_file, .to = to };
	struct input in = { s, len };
	struct buf text;

	if (number(&in, 4) != SIGNATURE)
		return;
	buf_init(&t.list, (NAME + 20) * FILES);
	number(&in, 2);
	while (in.len > 9) {
		unsigned id, type;
		uint32_t n;

		number(&in, 1); /* of the message or of a file */
		id = number(&in, 2);
		type = number(&in, 2);
		n = number(&in, 4);
		(void)type;
		on_attribute(&t, id, take(&in, n));
		number(&in, 2); /* a checksum */
	}
	end_file(&t);
	buf_init(&text, out->max);
	add_message(&t, &text);
	flatten_join(out, buf_str(&text), text.len);
	flatten_join(out, buf_str(&t.list), t.list.len);
	buf_free(&text);
	buf_free(&t.list);
}
