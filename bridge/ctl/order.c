/*
 * order.c - `triviumctl retry`, `hold`, `release` and `cancel`: what an administrator does to jobs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"

static void
say(const char *what, const char *done, int64_t n)
{
	printf("%s: %" PRId64 " job%s %s\n", what, n, n == 1 ? "" : "s", done);
}

/* What an order has done, once it is. */
static const char *
done_by(const char *order)
{
	static const struct {
		const char *order, *done;
	} words[] = {
		{ "retry", "will be tried now" },
		{ "hold", "held" },
		{ "release", "released" },
		{ "cancel", "cancelled" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(order, words[i].order) == 0)
			return words[i].done;
	return "changed";
}

/* All jobs: page by page, so that neither the daemon nor an interrupted order holds up for long. */
static int
order_all(struct ctl *c, const char *path)
{
	char after[64] = "";
	int64_t changed = 0;
	int rc;

	do {
		const char *const page[] = { "id", "ALL", "max", "1000", *after ? "after" : NULL,
			after, NULL };
		struct value *answer;

		rc = ask(c, true, path, page, &answer);
		if (rc)
			break;
		changed += value_number(answer, "changed");
		snprintf(after, sizeof(after), "%s", value_text(answer, "next"));
		ask_free(answer);
	} while (*after);
	say("ALL", done_by(c->command), changed);
	return rc;
}

static int
order_one(struct ctl *c, const char *path, const char *id)
{
	const char *const parameters[] = { "id", id, NULL };
	struct value *answer;
	int64_t changed;
	int rc = ask(c, true, path, parameters, &answer);

	if (rc)
		return rc;
	changed = value_number(answer, "changed");
	if (changed == 0)
		rc = ctl_error(
		    c, CTL_NO, "%s: nothing changed, it is %s", id, value_text(answer, "state"));
	else
		say(id, done_by(c->command), changed);
	ask_free(answer);
	return rc;
}

int
ctl_order(struct ctl *c, char **words)
{
	char path[32];
	int rc = 0;

	snprintf(path, sizeof(path), "/%s", c->command);
	for (; *words; words++) {
		int one =
		    strcmp(*words, "ALL") == 0 ? order_all(c, path) : order_one(c, path, *words);
		if (one)
			rc = one;
	}
	return rc;
}
