/*
 * storm.c - the same text again and again.
 *
 * A window has an entry in the store, named by a digest of sender, phone and text: when it ends, and
 * which job waits for that. What it leads to is looked at before it is believed, as the job may have
 * been sent before its time. The job counts; its text is left as it is, since other recipients of the
 * message share it.
 */
#include "bridge/store/storm.h"

#include <string.h>

#include "bridge/base/digest.h"
#include "bridge/base/verdict.h"
#include "bridge/store/job.h"
#include "bridge/store/key.h"
#include "bridge/store/shelf.h"

enum { VALUE = 8 + 1 + JOB_KEY, SWEPT = 2 };

static struct key
name_of(const struct msg *m, size_t i)
{
	struct digest *d = digest_begin(DIGEST_SHA256);
	unsigned char sum[DIGEST_MOST];
	char hex[DIGEST_HEX];
	const char *const parts[] = { m->from, m->rcpts[i].transport, m->rcpts[i].to,
		m->subject ? m->subject : "", m->text };

	for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
		digest_add(d, parts[p], strlen(parts[p]) + 1);
	digest_hex(sum, digest_end(d, sum), hex);
	return key_name_prefix(NAME_STORM, hex);
}

/* One more in the job that waits. 1, 0 when it waits no more, or -1. */
static int
count(struct shelf *s, const unsigned char key[JOB_KEY], char id[MSG_ID], unsigned *times,
    struct verdict *v)
{
	struct job *j;
	int rc = shelf_read_job(s, key, &j, v);

	if (rc != 1)
		return rc;
	if (j->state != JOB_QUEUED || !j->apart || j->tries || j->sends || j->parts) {
		job_free(j);
		return 0;
	}
	*times = ++j->times;
	if ((j->times & (j->times - 1)) == 0)
		job_note(j, "the same text came again, and again");
	memcpy(id, j->msg->id, MSG_ID);
	rc = shelf_write_job(s, j, v) < 0 ? -1 : 1;
	job_free(j);
	return rc;
}

int
storm_fold(struct shelf *s, const struct msg *m, size_t i, int64_t now, char id[MSG_ID],
    unsigned *times, int64_t *until, struct verdict *v)
{
	struct key k = name_of(m, i);
	unsigned char job[JOB_KEY];
	int rc = shelf_get(s, STORE_NAMES, k.bytes, k.len, v);

	*until = 0;
	if (rc != 1 || s->value.len != VALUE)
		return rc < 0 ? -1 : 0;
	if (key_get64(s->value.data) <= now)
		return 0;
	*until = key_get64(s->value.data);
	if (!s->value.data[8])
		return 0;
	memcpy(job, s->value.data + 9, JOB_KEY);
	return count(s, job, id, times, v);
}

/* Windows that are over go when their neighbours come: names are digests, so that those are any. */
static int
sweep(struct shelf *s, struct key k, int64_t now, struct verdict *v)
{
	for (int i = 0; i < SWEPT; i++) {
		struct key old = { .len = 0 };
		int rc;

		key_add(&k, "", 1);
		if ((rc = shelf_seek(s, STORE_NAMES, &k, 1, v)) <= 0)
			return rc;
		key_add(&old, s->found.data, s->found.len);
		k = old;
		if ((rc = shelf_get(s, STORE_NAMES, old.bytes, old.len, v)) < 0)
			return -1;
		if (rc == 1 && s->value.len == VALUE && key_get64(s->value.data) < now &&
		    shelf_del(s, STORE_NAMES, &old, v) < 0)
			return -1;
	}
	return 0;
}

int
storm_begin(struct shelf *s, const struct msg *m, size_t i, const struct job *j, int64_t now,
    int64_t until, struct verdict *v)
{
	struct key k = name_of(m, i);
	unsigned char value[VALUE] = { 0 };

	if (!until)
		until = now + m->rcpts[i].fold_ms;
	if (j->apart && j->due > until)
		until = j->due;
	key_put64(value, until);
	value[8] = j->apart;
	job_key(j->msg->id, j->rcpt, value + 9);
	return shelf_put(s, STORE_NAMES, &k, value, sizeof value, v) < 0 ? -1 : sweep(s, k, now, v);
}
