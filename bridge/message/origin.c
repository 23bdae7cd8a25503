/*
 * origin.c - what of a mail's header is kept.
 */
#include "bridge/message/origin.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/classify.h"
#include "bridge/message/msg.h"
#include "bridge/message/safe.h"

enum { IDS = 8 * 1024, FROM = 1000, MAX_HOPS = 50 };

/* Fields that are not kept: the first part of their name, in small letters, is enough. */
static const char *const dropped[] = { "bcc:", "resent-bcc:", "received:", "x-received:", "arc-",
	"authentication-results:", "x-authentication-results:", "received-spf:", "dkim-",
	"domainkey-", "x-google-", "x-gm-", "x-ms-", "x-microsoft-", "x-forefront-", "x-spam-",
	"x-exchange-", "x-virus-", "return-path:", "delivered-to:", NULL };

/* A field with its folds, as it stands. */
struct line {
	const char *bytes;
	size_t len;
};

/* The next field of the header at *p. false when the header is over. */
static bool
next_field(const char **p, const char *end, struct line *f)
{
	const char *at = *p;

	f->bytes = at;
	if (at == end || *at == '\n' || (*at == '\r' && at + 1 < end && at[1] == '\n'))
		return false;
	do {
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		at = nl ? nl + 1 : end;
	} while (at < end && (*at == ' ' || *at == '\t'));
	f->len = (size_t)(at - f->bytes);
	*p = at;
	return true;
}

static bool
is_field(const struct line *f, const char *name)
{
	size_t n = strlen(name);

	return f->len >= n && strncasecmp(f->bytes, name, n) == 0;
}

static bool
is_dropped(const struct line *f)
{
	for (const char *const *name = dropped; *name; name++)
		if (is_field(f, *name))
			return true;
	return false;
}

/* As text: line ends are LF, and there is no NUL. */
static void
keep(struct buf *head, const struct line *f)
{
	size_t before = head->len;

	if (head->len + f->len > head->max)
		return; /* the whole field or nothing of it */
	for (size_t i = 0; i < f->len; i++)
		if (f->bytes[i] != '\r')
			buf_add(head, f->bytes[i] ? f->bytes + i : " ", 1);
	if (head->len > before && head->data[head->len - 1] != '\n')
		buf_add(head, "\n", 1);
}

/* The message ids in a field. NULL when there is none, or there were some already. */
static const char *
ids_of(struct msg *m, const struct line *f, const char *before)
{
	char *value;
	struct buf ids;

	if (before)
		return before;
	value = xstrndup(f->bytes, f->len);
	buf_init(&ids, IDS);
	safe_ids(value, &ids);
	if (ids.len && !ids.over)
		before = arena_strdup(m->arena, ids.data);
	buf_free(&ids);
	free(value);
	return before;
}

/* Does the field say that the mail is urgent? (RFC 4021, 2.1.54 f.; X-Priority as mail programs
 * write it, "1 (Highest)") */
static bool
is_urgent(const struct line *f)
{
	static const struct {
		const char *name, *value;
	} fields[] = { { "priority:", "urgent" }, { "importance:", "high" }, { "x-priority:", "1" } };

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct line value = *f;

		if (!is_field(f, fields[i].name))
			continue;
		value.bytes += strlen(fields[i].name);
		value.len -= strlen(fields[i].name);
		while (value.len && (*value.bytes == ' ' || *value.bytes == '\t')) {
			value.bytes++;
			value.len--;
		}
		if (is_field(&value, fields[i].value))
			return true;
	}
	return false;
}

/* How many mail servers it came by. */
static unsigned
read_head(struct msg *m, const char *bytes, size_t len, char from[FROM])
{
	const char *p = bytes, *end = bytes + len;
	unsigned hops = 0;
	struct line f;
	struct buf head;

	buf_init(&head, MSG_MAX_HEAD);
	while (next_field(&p, end, &f)) {
		if (is_field(&f, "in-reply-to:"))
			m->in_reply_to = ids_of(m, &f, m->in_reply_to);
		else if (is_field(&f, "references:"))
			m->references = ids_of(m, &f, m->references);
		else if (is_field(&f, "from:") && !*from)
			snprintf(from, FROM, "%.*s", (int)f.len - 5, f.bytes + 5);
		hops += is_field(&f, "received:");
		m->urgent = m->urgent || is_urgent(&f);
		if (!is_dropped(&f))
			keep(&head, &f);
	}
	if (head.len)
		m->head = arena_strdup(m->arena, head.data);
	buf_free(&head);
	return hops;
}

/* As much of the file as is looked at. */
static size_t
room_for(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size < CLASSIFY_BYTES)
		return (size_t)st.st_size;
	return CLASSIFY_BYTES;
}

int
origin_read(struct msg *m, int fd, struct verdict *v)
{
	struct classify_text text = { .subject = m->subject, .text = m->text };
	size_t len = 0, room = room_for(fd);
	char *bytes = xmalloc(room), from[FROM] = "";
	unsigned hops;
	ssize_t n;

	while (len < room && (n = pread(fd, bytes + len, room - len, (off_t)len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(bytes);
			return later(v, "4.3.0", "read the mail: %s", strerror(errno));
		}
		len += (size_t)n;
	}
	hops = read_head(m, bytes, len, from);
	text.from = from;
	m->automatic = strcmp(m->from, "mailto:") == 0 || classify_automatic(classify(bytes, len, &text));
	free(bytes);
	/* RFC 5321, 6.3 */
	return hops > MAX_HOPS ? never(v, "5.4.6", "the mail has come by more than %d mail servers: it goes "
	    "in circles", MAX_HOPS) : 0;
}
