/*
 * loops.c - messages that go in circles.
 *
 * Marks and headers stop what keeps to the rules. A phone's or an IM client's autoresponder knows none:
 * it shows by saying the same to the same again and again.
 */
#include "bridge/flow/loops.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/digest.h"
#include "bridge/base/loop.h"
#include "bridge/base/meter.h"
#include "bridge/base/verdict.h"
#include "bridge/message/compose.h"
#include "bridge/message/msg.h"

enum { MOST = 5, HOUR = 60 * 60 * 1000, SHORT = 16 };

/* The value of a field of the header, at its first character; NULL: it is not there. */
static const char *
field(const char *head, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = head; p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncasecmp(p, name, n) == 0 && p[n] == ':')
			return p + n + 1 + strspn(p + n + 1, " \t");
	}
	return NULL;
}

int
loops_marked(const struct msg *m, const char *domain, struct verdict *v)
{
	const char *mark = field(m->head, LOOP_FIELD);
	size_t n = strlen(domain);

	if (!mark || !n || strncasecmp(mark, domain, n) != 0 || !strchr(" \t\r\n", mark[n]))
		return 0;
	return never(v, "5.4.6", "the mail was made here and has come back: it goes in circles");
}

static bool
is_answer(const struct msg *m)
{
	const char *submitted = field(m->head, "Auto-Submitted");

	return m->via || m->in_reply_to || (submitted && strncasecmp(submitted, "auto-replied", 12) == 0);
}

/* The two parties in an order of their own, and what is said. */
static void
name_of(const struct msg *m, const char *to, char hex[DIGEST_HEX])
{
	bool turned = strcmp(m->from, to) > 0;
	const char *const parts[] = { turned ? to : m->from, turned ? m->from : to, m->text };
	struct digest *d = digest_begin(DIGEST_SHA256);
	unsigned char sum[DIGEST_MOST];

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		digest_add(d, parts[i], strlen(parts[i]) + 1);
	digest_hex(sum, digest_end(d, sum), hex);
}

int
loops_repeat(struct meter *same, const struct msg *m, struct verdict *v)
{
	if (strlen(m->text) < SHORT || !is_answer(m))
		return 0;
	for (size_t i = 0; i < m->nrcpts; i++) {
		char hex[DIGEST_HEX];

		name_of(m, m->rcpts[i].to, hex);
		if (!meter_has(same, hex, MOST, HOUR, 1, loop_ms()))
			return never(v, "5.4.6", "the same text has gone between these two too often: "
			    "programs seem to answer each other");
		meter_take(same, hex, MOST, HOUR, 1, loop_ms());
	}
	return 0;
}
