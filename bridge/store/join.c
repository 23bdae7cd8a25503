/*
 * join.c - single segments become one message again.
 *
 * Who waits has a name in the store made of its two parties. The name may outlive the waiting, when
 * the message was sent meanwhile; so what it leads to is looked at before it is believed.
 */
#include "bridge/store/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/job.h"
#include "bridge/store/key.h"
#include "bridge/store/shelf.h"
#include "bridge/store/turn.h"

enum { ALSO = 16 * 1024 }; /* bytes kept of the names of what was put behind */

static char *
name_of(const char *from, const char *to)
{
	return xasprintf("%s %s", from, to);
}

int
join_wait(struct shelf *s, struct job *j, struct verdict *v)
{
	char *name = name_of(j->msg->from, job_rcpt(j)->to);
	int rc = shelf_name(s, NAME_JOIN, name, j, v);

	free(name);
	j->joins = true;
	return rc;
}

int
join_end(struct shelf *s, struct job *j, struct verdict *v)
{
	char *name = name_of(j->msg->from, job_rcpt(j)->to);
	int rc = shelf_unname(s, NAME_JOIN, name, j, v);

	free(name);
	j->joins = false;
	return rc;
}

/* The job of those parties that waits. 1: *j, for job_free(); 0; -1. */
static int
find(struct shelf *s, const char *from, const char *to, struct job **j, struct verdict *v)
{
	char *name = name_of(from, to);
	struct key k = key_name_prefix(NAME_JOIN, name);
	int rc = shelf_seek(s, STORE_NAMES, &k, k.len, v);
	unsigned char key[JOB_KEY];

	free(name);
	if (rc != 1)
		return rc;
	memcpy(key, shelf_found_job(s), sizeof key);
	if ((rc = shelf_read_job(s, key, j, v)) != 1)
		return rc;
	/* A name is cut when it is long. */
	if ((*j)->joins && (*j)->state == JOB_QUEUED && !(*j)->parts && strcmp((*j)->msg->from, from) == 0 &&
	    strcmp(job_rcpt(*j)->to, to) == 0)
		return 1;
	job_free(*j);
	return 0;
}

/* 1: the text stands behind that of the message with that id; 0: it does not fit; -1. */
static int
append(struct shelf *s, const char *id, const struct msg *m, struct verdict *v)
{
	const char *text = m->text;
	struct key k = { .len = 0 };
	struct msg *body;
	int rc = shelf_get(s, STORE_BODIES, id, MSG_ID - 1, v);

	if (rc != 1 || !(body = msg_parse(s->value.data, s->value.len, v)))
		return rc < 0 ? -1 : 0;
	if (strlen(body->text) + strlen(text) + 1 > MSG_MAX_TEXT || body->full || body->nparts) {
		msg_free(body);
		return 0;
	}
	body->text = arena_printf(body->arena, "%s%s%s", body->text, m->gather_ms ? "\n" : "", text);
	body->size += (long)strlen(text);
	if (m->message_id && (!body->also || strlen(body->also) < ALSO))
		body->also = arena_printf(body->arena, "%s%s%s", body->also ? body->also : "",
		    body->also ? " " : "", m->message_id);
	buf_reset(&s->record);
	msg_format(body, &s->record);
	key_add(&k, id, MSG_ID - 1);
	rc = shelf_put(s, STORE_BODIES, &k, s->record.data, s->record.len, v);
	msg_free(body);
	return rc < 0 ? -1 : 1;
}

/* The job is due anew: soon when that was the last piece, a little later when not. */
static int
put_off(struct shelf *s, struct job *j, int64_t due, struct verdict *v)
{
	struct key was = key_due(j, j->due);
	int its_turn = shelf_get(s, STORE_DUE, was.bytes, was.len, v);

	if (its_turn <= 0)
		return its_turn;
	return shelf_del(s, STORE_DUE, &was, v) < 0 ? -1 : turn_due(s, j, due, v);
}

int
join_behind(struct shelf *s, const struct msg *m, size_t i, int64_t now, char id[MSG_ID],
    struct verdict *v)
{
	int64_t wait = m->gather_ms ? m->gather_ms : m->fills_segment ? JOIN_MS : 0;
	struct job *j = NULL;
	int64_t due = now + wait;
	int rc;

	if (m->nparts || m->full || (rc = find(s, m->from, m->rcpts[i].to, &j, v)) == 0)
		return 0;
	if (rc < 0 || (rc = append(s, j->msg->id, m, v)) <= 0)
		goto out;
	if (j->apart && j->due > due)
		due = j->due; /* what policy lets wait, waits on */
	if ((!wait && join_end(s, j, v) < 0) || put_off(s, j, due, v) < 0) {
		rc = -1;
		goto out;
	}
	job_note(j, m->gather_ms ? "another line of it came" : "another segment of it came");
	memcpy(id, j->msg->id, MSG_ID);
	rc = shelf_write_job(s, j, v) < 0 ? -1 : 1;
out:
	job_free(j);
	return rc;
}
