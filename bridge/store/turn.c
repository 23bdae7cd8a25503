/*
 * turn.c - whose turn it is in a conversation.
 */
#include "bridge/store/turn.h"

#include "bridge/store/shelf.h"

int
turn_take(struct shelf *s, const struct job *j, bool brief, struct verdict *v)
{
	struct key turn = key_turn(j), conversation = turn;
	int busy;

	conversation.len = KEY_CONVERSATION;
	if ((busy = shelf_seek(s, STORE_TURNS, &conversation, KEY_CONVERSATION, v)) < 0)
		return -1;
	if ((busy || !brief) && shelf_put(s, STORE_TURNS, &turn, "", 0, v) < 0)
		return -1;
	return !busy;
}

int
turn_due(struct shelf *s, struct job *j, int64_t due, struct verdict *v)
{
	struct key k = key_due(j, due);

	j->due = due;
	return shelf_put(s, STORE_DUE, &k, "", 0, v);
}

int
turn_leave(struct shelf *s, const struct job *j, bool was_its_turn, int64_t now, struct verdict *v)
{
	struct key turn = key_turn(j), conversation = turn;
	struct job *next;
	int rc;

	conversation.len = KEY_CONVERSATION;
	if (shelf_del(s, STORE_TURNS, &turn, v) < 0)
		return -1;
	if (!was_its_turn || (rc = shelf_seek(s, STORE_TURNS, &conversation, KEY_CONVERSATION, v)) == 0)
		return 0;
	if (rc < 0 || (rc = shelf_read_job(s, shelf_found_job(s), &next, v)) <= 0)
		return rc;
	/* A time of its own, which policy gave it, may be yet to come. */
	rc = turn_due(s, next, next->apart && next->due > now ? next->due : now, v) < 0 || shelf_write_job(s, next, v) < 0 ? -1 : 1;
	job_free(next);
	return rc;
}
