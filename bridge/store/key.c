/*
 * key.c - the keys under which the store has things.
 */
#include "bridge/store/key.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/digest.h"
#include "bridge/store/job.h"

bool
key_is_uri(const char *uri, const char *one)
{
	size_t n = strlen(one);

	return strncasecmp(uri, one, n) == 0 &&
	       (!uri[n] || (uri[n] == '/' && strncasecmp(one, "xmpp:", 5) == 0));
}

void
key_add(struct key *k, const void *bytes, size_t len)
{
	assert(len <= sizeof k->bytes - k->len);
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

void
key_put64(unsigned char out[8], int64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		out[i] = (unsigned char)value;
}

int64_t
key_get64(const void *bytes)
{
	const unsigned char *p = bytes;
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | p[i];
	return (int64_t)value;
}

struct key
key_due_prefix(const char *transport)
{
	struct key k = { .len = 0 };

	key_add(&k, transport, strnlen(transport, 63));
	key_add(&k, "", 1);
	return k;
}

static struct key
due_behind(struct key prefix, const char *id, unsigned rcpt, int64_t due)
{
	struct key k = prefix;
	unsigned char time[8], job[JOB_KEY];

	key_put64(time, due);
	key_add(&k, time, sizeof time);
	job_key(id, rcpt, job);
	key_add(&k, job, sizeof job);
	return k;
}

struct key
key_due(const struct job *j, int64_t due)
{
	return due_behind(key_due_prefix(job_rcpt(j)->transport), j->msg->id, j->rcpt, due);
}

/* No section's title begins with a control byte, so these are no transport's. */

struct key
key_await_prefix(const char *transport)
{
	struct key k = { .len = 0 };

	key_add(&k, "\1", 1);
	key_add(&k, transport, strnlen(transport, 63));
	key_add(&k, "", 1);
	return k;
}

struct key
key_await(const struct job *j, int64_t due)
{
	return due_behind(key_await_prefix(job_rcpt(j)->transport), j->msg->id, j->rcpt, due);
}

struct key
key_notice_prefix(void)
{
	struct key k = { .len = 0 };

	key_add(&k, "\2", 2);
	return k;
}

struct key
key_notice(const char *id, int64_t due)
{
	return due_behind(key_notice_prefix(), id, 0, due);
}

struct key
key_turn(const struct job *j)
{
	const struct msg_rcpt *r = job_rcpt(j);
	struct digest *d = digest_begin(DIGEST_SHA256);
	unsigned char sum[DIGEST_MOST], job[JOB_KEY];
	struct key k = { .len = 0 };

	digest_add(d, r->transport, strlen(r->transport) + 1);
	digest_add(d, j->msg->from, strlen(j->msg->from) + 1);
	digest_add(d, r->to, strlen(r->to));
	if (j->apart)
		digest_add(d, "", 1);
	digest_end(d, sum);
	key_add(&k, sum, KEY_CONVERSATION);
	job_key(j->msg->id, j->rcpt, job);
	key_add(&k, job, sizeof job);
	return k;
}

struct key
key_name_prefix(char kind, const char *text)
{
	struct key k = { .len = 0 };

	key_add(&k, &kind, 1);
	key_add(&k, text, strnlen(text, KEY_NAME));
	key_add(&k, "", 1);
	return k;
}

struct key
key_name(char kind, const char *text, const struct job *j)
{
	struct key k = key_name_prefix(kind, text);
	unsigned char job[JOB_KEY];

	job_key(j->msg->id, j->rcpt, job);
	key_add(&k, job, sizeof job);
	return k;
}
