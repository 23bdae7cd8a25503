/*
 * link.c - messages that can be read at a link for a time.
 */
#include "bridge/store/link.h"

#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/store/shelf.h"

/* The entry that says when a token ends. */
static struct key
end_key(int64_t until, const char *token)
{
	struct key k = { .len = 0 };
	unsigned char time[8];

	key_add(&k, "", 1);
	key_put64(time, until);
	key_add(&k, time, sizeof time);
	if (token)
		key_add(&k, token, strnlen(token, LINK_TOKEN));
	return k;
}

int
link_write(struct shelf *s, const struct msg *m, struct verdict *v)
{
	struct key k = { .len = 0 }, end = end_key(m->link_until, m->link_token);
	struct msg kept = *m;
	unsigned char until[8];

	kept.nrcpts = 0;
	kept.nparts += kept.nfiles + kept.link_parts;
	kept.nfiles = 0;
	key_add(&k, m->link_token, strlen(m->link_token));
	key_put64(until, m->link_until);
	buf_reset(&s->record);
	buf_add(&s->record, until, sizeof until);
	msg_format(&kept, &s->record);
	if (shelf_put(s, STORE_LINKS, &k, s->record.data, s->record.len, v) < 0)
		return -1;
	return shelf_put(s, STORE_LINKS, &end, "", 0, v);
}

int
link_read(struct shelf *s, const char *token, struct msg **m, int64_t *until, struct verdict *v)
{
	struct verdict bad;
	int rc;

	if (strlen(token) != LINK_TOKEN - 1)
		return 0;
	if ((rc = shelf_get(s, STORE_LINKS, token, LINK_TOKEN - 1, v)) != 1)
		return rc;
	if (s->value.len < 8 || !(*m = msg_parse(s->value.data + 8, s->value.len - 8, &bad)))
		return 0;
	*until = key_get64(s->value.data);
	return 1;
}

int
link_trim(struct shelf *s, int64_t now, unsigned most, struct verdict *v)
{
	struct key k = end_key(0, NULL), at, token;
	unsigned n = 0;
	int rc = 1;

	while (n < most && (rc = shelf_seek(s, STORE_LINKS, &k, 1, v)) == 1) {
		shelf_behind(s, &k);
		at = k;
		at.len--; /* shelf_behind() put a NUL behind the key */
		if (at.len < 9 || key_get64(at.bytes + 1) > now)
			break;
		token.len = 0;
		key_add(&token, at.bytes + 9, at.len - 9);
		if (shelf_del(s, STORE_LINKS, &at, v) < 0 || shelf_del(s, STORE_LINKS, &token, v) < 0)
			return -1;
		n++;
	}
	return rc < 0 ? -1 : (int)n;
}

int
link_forget(struct shelf *s, const char *who, struct key *at, unsigned most, unsigned *gone,
    struct verdict *v)
{
	int rc = 1;

	while (most-- && (rc = shelf_seek(s, STORE_LINKS, at, 0, v)) == 1) {
		struct key token, end;
		int64_t until;
		struct msg *m;
		int found;

		shelf_behind(s, at); /* which puts a NUL behind the key */
		token = *at;
		token.len--;
		if (token.len != LINK_TOKEN - 1 || !token.bytes[0])
			continue;
		if ((found = link_read(s, (const char *)at->bytes, &m, &until, v)) < 0)
			return -1;
		if (found == 0)
			continue;
		end = end_key(until, (const char *)at->bytes);
		found = key_is_uri(m->from, who);
		msg_free(m);
		if (found && (shelf_del(s, STORE_LINKS, &token, v) < 0 || shelf_del(s, STORE_LINKS, &end, v) < 0))
			return -1;
		*gone += (unsigned)found;
	}
	return rc;
}
