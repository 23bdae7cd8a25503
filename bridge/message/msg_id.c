/*
 * msg_id.c - a message's id: its time, and chance that nobody can guess.
 */
#include "bridge/message/msg.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bridge/base/log.h"

/* Crockford's base 32: no I, L, O or U, and in ASCII's order, so ids sort as their values do. */
static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
random_bytes(void *into, size_t n)
{
	/* So few bytes come whole (getrandom(2)); a signal can only interrupt it early at boot. */
	while (getrandom(into, n, 0) != (ssize_t)n) {
		if (errno == EINTR)
			continue;
		log_error("getrandom: %s", strerror(errno));
		abort();
	}
}

/* The ids given so far by this process: 80 bits of chance behind 48 of time. Chance is fetched from
 * the kernel in larger portions, each byte of which is used once. */
static struct {
	pthread_mutex_t lock;
	uint64_t ms;
	unsigned __int128 chance;
	uint64_t pool[64];
	size_t left;
} ids = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t
next_random(void)
{
	uint64_t r;

	if (ids.left == 0) {
		random_bytes(ids.pool, 256);
		random_bytes(ids.pool + 32, 256);
		ids.left = 64;
	}
	r = ids.pool[--ids.left];
	ids.pool[ids.left] = 0;
	return r;
}

/*
 * Ids also order messages that come within one millisecond, and after the clock was set back: the
 * chance of the one before is then raised by a random 64 bits, which nobody can guess either. (It
 * would take sixty thousand of them in one millisecond to run over.)
 */
static void
next_id(uint64_t now, uint64_t *ms, unsigned __int128 *chance)
{
	pthread_mutex_lock(&ids.lock);
	if (now > ids.ms) {
		ids.ms = now;
		ids.chance = (unsigned __int128)(next_random() & 0xffff) << 64 | next_random();
	} else {
		ids.chance += next_random() | 1;
	}
	*ms = ids.ms;
	*chance = ids.chance;
	pthread_mutex_unlock(&ids.lock);
}

void
msg_new_id(char id[MSG_ID])
{
	struct timespec now;
	unsigned __int128 chance;
	uint64_t ms;

	clock_gettime(CLOCK_REALTIME, &now);
	next_id((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, &ms, &chance);
	for (int i = 9; i >= 0; i--, ms >>= 5)
		id[i] = base32[ms & 31];
	for (int i = 25; i >= 10; i--, chance >>= 5)
		id[i] = base32[chance & 31];
	id[26] = '\0';
}

int64_t
msg_id_time(const char *id)
{
	int64_t ms = 0;

	/* 10 characters could say 50 bits, and an id has 48. */
	if (strnlen(id, MSG_ID) != MSG_ID - 1 || id[0] > '7')
		return -1;
	for (int i = 0; i < MSG_ID - 1; i++) {
		const char *digit = strchr(base32, id[i]);

		if (!digit)
			return -1;
		if (i < 10)
			ms = ms << 5 | (digit - base32);
	}
	return ms;
}
