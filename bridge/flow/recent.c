/*
 * recent.c - which submissions were taken lately: a table in which a newer one takes the place of an older.
 */
#include "bridge/flow/recent.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/digest.h"
#include "bridge/base/mem.h"
#include "bridge/message/msg.h"

enum { PLACES = 32768, KEY = 32, KEEP_MS = 60 * 60 * 1000 };

struct place {
	unsigned char key[KEY];
	int64_t until;
};

struct recent {
	struct place places[PLACES];
};

struct recent_note {
	size_t n;
	struct {
		unsigned char key[KEY], pair[KEY];
		int64_t ms;
	} rcpts[];
};

struct recent *
recent_new(void)
{
	return xcalloc(1, sizeof(struct recent));
}

void
recent_free(struct recent *r)
{
	free(r);
}

/* Keys are digests, so any of their bytes will do. */
static size_t
place_of(const unsigned char key[KEY])
{
	return (size_t)(key[0] | key[1] << 8) % PLACES;
}

static bool
has(const struct recent *r, const unsigned char key[KEY], int64_t now)
{
	const struct place *p = &r->places[place_of(key)];

	return p->until > now && memcmp(p->key, key, KEY) == 0;
}

static void
add(struct recent *r, const unsigned char key[KEY], int64_t until)
{
	struct place *p = &r->places[place_of(key)];

	memcpy(p->key, key, KEY);
	p->until = until;
}

static void
pair_key(const struct msg *m, unsigned i, unsigned char key[KEY])
{
	struct digest *d = digest_begin(DIGEST_SHA256);

	digest_add(d, m->from, strlen(m->from) + 1);
	digest_add(d, m->rcpts[i].to, strlen(m->rcpts[i].to));
	digest_end(d, key);
}

struct recent_note *
recent_note(const struct msg *m)
{
	struct recent_note *note = xcalloc(1, sizeof *note + m->nrcpts * sizeof *note->rcpts);

	note->n = m->nrcpts;
	for (unsigned i = 0; i < m->nrcpts; i++) {
		int64_t ms = m->rcpts[i].key_ms;

		memcpy(note->rcpts[i].key, m->rcpts[i].key, KEY);
		pair_key(m, i, note->rcpts[i].pair);
		note->rcpts[i].ms = ms && ms < KEEP_MS ? ms : KEEP_MS;
	}
	return note;
}

void
recent_add(struct recent *r, const struct recent_note *note, int64_t now)
{
	for (size_t i = 0; r && i < note->n; i++) {
		add(r, note->rcpts[i].key, now + note->rcpts[i].ms);
		add(r, note->rcpts[i].pair, now + KEEP_MS);
	}
}

bool
recent_has(const struct recent *r, const struct msg *m, int64_t now)
{
	for (size_t i = 0; r && i < m->nrcpts; i++)
		if (!has(r, m->rcpts[i].key, now))
			return false;
	return r && m->nrcpts;
}

bool
recent_pair(const struct recent *r, const struct msg *m, unsigned i, int64_t now)
{
	unsigned char pair[KEY];

	if (!r)
		return false;
	pair_key(m, i, pair);
	return has(r, pair, now);
}
