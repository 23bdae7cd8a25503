/*
 * msg_format.c - a message as bytes, and read back.
 *
 * The form is read from a socket and from the disk, so reading trusts nothing: each length is
 * checked against what is left before it is used, and a value may not hold a NUL, since all of
 * them become strings. Which field goes where stands in two tables, one for the message and one
 * for a recipient; writing and reading both walk them, so they cannot come apart.
 */
#include "bridge/message/msg.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"

enum {
	MAX_NAME = 32,   /* bytes of a field's name, also of those a later version will bring */
	MAX_DIGITS = 18, /* of a number: what fits into 63 bits whatever the digits are */
};

enum kind {
	STRING,
	LONG,
	SOME,  /* long; left out when 0 */
	TIME, /* int64_t */
	ID,
	HOW,
	FLAG,  /* bool; left out when false */
	BYTES, /* of a part: any bytes, and their number */
};

struct field {
	const char *name;
	enum kind kind;
	size_t offset;
};

#define OF_MSG(member) offsetof(struct msg, member)
#define OF_RCPT(member) offsetof(struct msg_rcpt, member)
#define OF_PART(member) offsetof(struct msg_part, member)

static const struct field msg_fields[] = {
	{ "id", ID, OF_MSG(id) },
	{ "mta_id", STRING, OF_MSG(mta_id) },
	{ "from", STRING, OF_MSG(from) },
	{ "client", STRING, OF_MSG(client) },
	{ "login", STRING, OF_MSG(login) },
	{ "auth", SOME, OF_MSG(auth) },
	{ "message_id", STRING, OF_MSG(message_id) },
	{ "date", STRING, OF_MSG(date) },
	{ "digest", STRING, OF_MSG(digest) },
	{ "envid", STRING, OF_MSG(envid) },
	{ "ret", STRING, OF_MSG(ret) },
	{ "subject", STRING, OF_MSG(subject) },
	{ "name", STRING, OF_MSG(name) },
	{ "in_reply_to", STRING, OF_MSG(in_reply_to) },
	{ "references", STRING, OF_MSG(references) },
	{ "automatic", FLAG, OF_MSG(automatic) },
	{ "urgent", FLAG, OF_MSG(urgent) },
	{ "via", STRING, OF_MSG(via) },
	{ "called", STRING, OF_MSG(called) },
	{ "mail_id", STRING, OF_MSG(mail_id) },
	{ "about", STRING, OF_MSG(about) },
	{ "report", STRING, OF_MSG(report) },
	{ "action", STRING, OF_MSG(action) },
	{ "link", STRING, OF_MSG(link) },
	{ "head", STRING, OF_MSG(head) },
	{ "size", LONG, OF_MSG(size) },
	{ "arrived", TIME, OF_MSG(arrived) },
	{ "text", STRING, OF_MSG(text) },
	{ "full", STRING, OF_MSG(full) },
	{ "left", STRING, OF_MSG(left) },
	{ "also", STRING, OF_MSG(also) },
};

/* The first one opens a recipient, and the others are about the one opened last. */
static const struct field rcpt_fields[] = {
	{ "rcpt", STRING, OF_RCPT(given) },
	{ "to", STRING, OF_RCPT(to) },
	{ "transport", STRING, OF_RCPT(transport) },
	{ "how", HOW, OF_RCPT(how) },
	{ "notify", STRING, OF_RCPT(notify) },
	{ "orcpt", STRING, OF_RCPT(orcpt) },
	{ "style", STRING, OF_RCPT(style) },
	{ "sender", STRING, OF_RCPT(sender) },
};

/* Likewise of a part. */
static const struct field part_fields[] = {
	{ "part", STRING, OF_PART(type) },
	{ "part_name", STRING, OF_PART(name) },
	{ "part_bytes", BYTES, OF_PART(bytes) },
};

/* A file of another kind begins with this one, and goes on as a part does. */
static const struct field file_field = { "file", STRING, OF_PART(type) };

enum {
	MSG_FIELDS = sizeof msg_fields / sizeof msg_fields[0],
	RCPT_FIELDS = sizeof rcpt_fields / sizeof rcpt_fields[0],
	PART_FIELDS = sizeof part_fields / sizeof part_fields[0],
};

static const char *const how_names[] = {
	[MSG_NOWHERE] = "nowhere",
	[MSG_SMS] = "sms",
	[MSG_MMS] = "mms",
	[MSG_PHONE] = "phone",
	[MSG_IM] = "im",
	[MSG_MAIL] = "mail",
	[MSG_BOUNCE] = "bounce",
};
enum { HOWS = sizeof how_names / sizeof how_names[0] };

const char *
msg_how_name(enum msg_how how)
{
	return (size_t)how < HOWS && how_names[how] ? how_names[how] : "nowhere";
}

/* Write v, which is not negative, in decimal; returns where in room it starts. */
static const char *
decimal(char room[21], int64_t v)
{
	char *p = room + 20;

	assert(v >= 0);
	*p = '\0';
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	return p;
}

/* Not by printf: this runs for each field of each message, and texts are long. */
static void
put_field(struct buf *out, const char *name, const char *value, size_t len)
{
	char room[21];

	buf_adds(out, name);
	buf_add(out, "=", 1);
	buf_adds(out, decimal(room, (int64_t)len));
	buf_add(out, ":", 1);
	buf_add(out, value, len);
	buf_add(out, "\n", 1);
}

static void
put_fields(struct buf *out, const struct field *fields, size_t n, const void *from)
{
	char room[21];

	for (size_t i = 0; i < n; i++) {
		const void *at = (const char *)from + fields[i].offset;
		const char *value = NULL;
		size_t len;

		switch (fields[i].kind) {
		case STRING:
			value = *(const char *const *)at;
			break;
		case LONG:
			value = decimal(room, *(const long *)at);
			break;
		case SOME:
			value = *(const long *)at ? decimal(room, *(const long *)at) : NULL;
			break;
		case TIME:
			value = decimal(room, *(const int64_t *)at);
			break;
		case ID:
			value = *(const char *)at ? at : NULL;
			break;
		case HOW:
			assert((size_t) * (const enum msg_how *)at < HOWS);
			value = how_names[*(const enum msg_how *)at];
			assert(value);
			break;
		case FLAG:
			value = *(const bool *)at ? "1" : NULL;
			break;
		case BYTES:
			value = *(const char *const *)at;
			break;
		}
		if (!value)
			continue;
		len = fields[i].kind == BYTES ? ((const struct msg_part *)from)->len : strlen(value);
		put_field(out, fields[i].name, value, len);
	}
}

void
msg_format(const struct msg *m, struct buf *out)
{
	put_fields(out, msg_fields, MSG_FIELDS, m);
	for (size_t i = 0; i < m->nrcpts; i++)
		put_fields(out, rcpt_fields, RCPT_FIELDS, &m->rcpts[i]);
	for (size_t i = 0; i < m->nparts; i++)
		put_fields(out, part_fields, PART_FIELDS, &m->parts[i]);
	for (size_t i = m->nparts; i < m->nparts + m->nfiles; i++) {
		put_fields(out, &file_field, 1, &m->parts[i]);
		put_fields(out, part_fields + 1, PART_FIELDS - 1, &m->parts[i]);
	}
}

/* A reading: where it stands, what it has seen, and the field being read. */
struct reader {
	const char *start, *at, *end;
	const char *field; /* where the field being read starts */
	const char *name;
	size_t name_len;
	const char *value;
	size_t len;
	struct msg *msg;
	struct msg_rcpt *rcpt; /* the one opened last; NULL before */
	struct msg_part *part; /* likewise */
	size_t media;          /* bytes of parts so far */
	uint64_t seen;         /* message fields, a bit each */
	uint64_t rcpt_seen;    /* those of rcpt */
	uint64_t part_seen;    /* those of part */
	struct verdict *v;
};

static int
refuse(const struct reader *r, const char *why)
{
	return never(r->v, "5.6.0", "message: field \"%.*s\" at byte %zu: %s", (int)r->name_len,
	    r->name, (size_t)(r->field - r->start), why);
}

/* Read n decimal digits, without sign or leading zeros; -1 when they are not that. */
static int64_t
number(const char *digits, size_t n)
{
	int64_t value = 0;

	if (n == 0 || n > MAX_DIGITS || (digits[0] == '0' && n > 1))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return -1;
		value = value * 10 + (digits[i] - '0');
	}
	return value;
}

static bool
in_name(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* Cut "name=LENGTH:bytes\n" off; r->at is before the end. 0, or -1 and the verdict. */
static int
cut_field(struct reader *r)
{
	size_t left = (size_t)(r->end - r->at);
	const char *digits, *colon;
	int64_t len;

	r->field = r->name = r->at;
	r->name_len = 0;
	while (r->name_len < left && r->name_len < MAX_NAME && in_name(r->name[r->name_len]))
		r->name_len++;
	if (r->name_len == 0 || r->name_len == left || r->name[r->name_len] != '=')
		return refuse(r, "no name of small letters and \"=\"");
	digits = r->name + r->name_len + 1;
	left = (size_t)(r->end - digits);
	colon = memchr(digits, ':', left < MAX_DIGITS + 1 ? left : MAX_DIGITS + 1);
	if (!colon || (len = number(digits, (size_t)(colon - digits))) < 0)
		return refuse(r, "no length and \":\"");
	r->value = colon + 1;
	left = (size_t)(r->end - r->value);
	if ((uint64_t)len >= left)
		return refuse(r, "longer than what is left");
	r->len = (size_t)len;
	if (r->value[r->len] != '\n')
		return refuse(r, "no line feed behind its bytes");
	r->at = r->value + r->len + 1;
	return 0;
}

/* The field's row, or NULL. */
static const struct field *
find(const struct reader *r, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(fields[i].name, r->name, r->name_len) == 0 &&
		    fields[i].name[r->name_len] == '\0')
			return &fields[i];
	return NULL;
}

static int
take_how(const struct reader *r, enum msg_how *how)
{
	for (size_t i = 0; i < HOWS; i++)
		if (how_names[i] && strlen(how_names[i]) == r->len &&
		    memcmp(how_names[i], r->value, r->len) == 0) {
			*how = (enum msg_how)i;
			return 0;
		}
	return refuse(r, "unknown kind");
}

static int
take_id(const struct reader *r, char id[MSG_ID])
{
	if (r->len != MSG_ID - 1)
		return refuse(r, "no id");
	memcpy(id, r->value, r->len);
	id[r->len] = '\0';
	return msg_id_time(id) < 0 ? refuse(r, "no id") : 0;
}

static int
take_bytes(struct reader *r)
{
	if ((r->media += r->len) > MSG_MAX_MEDIA)
		return refuse(r, "too much in the message's parts");
	r->part->bytes = arena_strndup(r->msg->arena, r->value, r->len);
	r->part->len = r->len;
	return 0;
}

/* Store the value where the row says, in the struct at `into`. */
static int
take_value(struct reader *r, const struct field *f, void *into)
{
	void *at = (char *)into + f->offset;
	int64_t n;

	if (f->kind == BYTES)
		return take_bytes(r);
	if (memchr(r->value, '\0', r->len))
		return refuse(r, "a NUL in its bytes");
	switch (f->kind) {
	case STRING:
		*(const char **)at = arena_strndup(r->msg->arena, r->value, r->len);
		return 0;
	case LONG:
	case SOME:
	case TIME:
		if ((n = number(r->value, r->len)) < 0)
			return refuse(r, "no number");
		if (f->kind != TIME)
			*(long *)at = (long)n;
		else
			*(int64_t *)at = n;
		return 0;
	case ID:
		return take_id(r, at);
	case HOW:
		return take_how(r, at);
	case FLAG:
		*(bool *)at = r->len == 1 && *r->value == '1';
		return 0;
	case BYTES:
		break;
	}
	return 0;
}

/* Each field stands once in what it is about: note it, a bit each. */
static int
note_seen(const struct reader *r, uint64_t *seen, size_t field)
{
	if (*seen & UINT64_C(1) << field)
		return refuse(r, "given twice");
	*seen |= UINT64_C(1) << field;
	return 0;
}

static int
take_of_msg(struct reader *r, const struct field *f)
{
	if (note_seen(r, &r->seen, (size_t)(f - msg_fields)) < 0)
		return -1;
	if ((f->offset == OF_MSG(text) && r->len > MSG_MAX_TEXT) ||
	    (f->offset == OF_MSG(full) && r->len > MSG_MAX_FULL) ||
	    (f->offset == OF_MSG(head) && r->len > MSG_MAX_HEAD))
		return refuse(r, "too long a text");
	return take_value(r, f, r->msg);
}

/* The first of the rows opens a recipient. */
static int
take_of_rcpt(struct reader *r, const struct field *f)
{
	if (f == rcpt_fields) {
		if (!(r->rcpt = msg_add_rcpt(r->msg, NULL)))
			return refuse(r, "too many recipients");
		r->rcpt_seen = 0;
	}
	if (!r->rcpt)
		return refuse(r, "stands before any recipient");
	if (note_seen(r, &r->rcpt_seen, (size_t)(f - rcpt_fields)) < 0)
		return -1;
	return take_value(r, f, r->rcpt);
}

static int
take_of_part(struct reader *r, const struct field *f)
{
	bool file = f == &file_field;

	if (f == part_fields || file) {
		r->part = file ? msg_add_file(r->msg, "", NULL, "", 0) : msg_add_part(r->msg, "", NULL, "", 0);
		if (!r->part)
			return refuse(r, "too many parts");
		r->part_seen = 0;
	}
	if (!r->part)
		return refuse(r, "stands before any part");
	if (note_seen(r, &r->part_seen, file ? 0 : (size_t)(f - part_fields)) < 0)
		return -1;
	return take_value(r, f, r->part);
}

static int
take_field(struct reader *r)
{
	const struct field *f;

	if ((f = find(r, msg_fields, MSG_FIELDS)))
		return take_of_msg(r, f);
	if ((f = find(r, rcpt_fields, RCPT_FIELDS)))
		return take_of_rcpt(r, f);
	if ((f = find(r, part_fields, PART_FIELDS)) || (f = find(r, &file_field, 1)))
		return take_of_part(r, f);
	return 0;
}

struct msg *
msg_parse(const char *bytes, size_t len, struct verdict *v)
{
	struct reader r = { .start = bytes, .at = bytes, .end = bytes + len, .v = v };

	if (len > MSG_MAX_FORMATTED) {
		never(v, "5.3.4", "message: %zu bytes, and %d is the most", len, MSG_MAX_FORMATTED);
		return NULL;
	}
	r.msg = msg_new();
	while (r.at < r.end)
		if (cut_field(&r) < 0 || take_field(&r) < 0)
			goto bad;
	/* Every message has a sender, if only the null one: those who read it rely on that. */
	if (!r.msg->from) {
		never(v, "5.6.0", "message: field \"from\" is missing at byte %zu", len);
		goto bad;
	}
	return r.msg;
bad:
	msg_free(r.msg);
	return NULL;
}
