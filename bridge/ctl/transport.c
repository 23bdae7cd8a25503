/*
 * transport.c - `triviumctl transports`, `probe` and `backup`: the daemon's other parts.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"

static const char *const heads[] = { "NAME", "DRIVER", "STATE", "PROBE", "SENDING", "QUEUED",
	"SENT", "DEFERRED", "FAILED", "UNCERTAIN", "REASON" };
enum { COLUMNS = sizeof(heads) / sizeof(heads[0]) };
static const bool right[COLUMNS] = { [3] = true, true, true, true, true, true, true };

static void
add_row(struct columns *table, const struct value *t)
{
	static const char *const counters[] = { "busy", "queued", "sent", "deferred", "failed",
		"uncertain" };
	bool paused = value_true(t, "paused");
	char span[PRINT_TIME];

	columns_add(table, value_text(t, "name"));
	columns_add(table, value_text(t, "driver"));
	columns_add(table, paused ? "paused" : "running");
	columns_add(
	    table, paused ? print_span((value_number(t, "probe_in") + 999) / 1000, span) : "-");
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		columns_addf(table, "%lld", (long long)value_number(t, counters[i]));
	columns_add(table, paused ? value_text(t, "reason") : "");
}

int
ctl_transports(struct ctl *c, char **words)
{
	struct columns table;
	struct value *answer;
	int rc = ask(c, false, "/transports", NULL, &answer);

	(void)words;
	if (rc)
		return rc;
	columns_init(&table, COLUMNS, heads, right);
	for (size_t i = 0; i < value_count(answer, "transports"); i++)
		if (c->json)
			value_print(value_at(answer, "transports", i));
		else
			add_row(&table, value_at(answer, "transports", i));
	if (!c->json)
		columns_flush(&table);
	columns_free(&table);
	ask_free(answer);
	return 0;
}

int
ctl_probe(struct ctl *c, char **words)
{
	const char *const parameters[] = { "transport", words[0], NULL };
	struct value *answer;
	int rc = ask(c, true, "/probe", parameters, &answer);

	if (rc)
		return rc;
	printf("%s: will be probed now\n", words[0]);
	ask_free(answer);
	return 0;
}

int
ctl_backup(struct ctl *c, char **words)
{
	char dir[2 * PATH_MAX], here[PATH_MAX] = "";
	const char *const parameters[] = { "dir", dir, NULL };
	struct value *answer;
	int n, rc;

	/* What is meant is a directory seen from here, not from where the daemon stands. */
	if (words[0][0] != '/' && !getcwd(here, sizeof(here)))
		return ctl_error(c, EX_OSERR, "the current directory has no path");
	n = snprintf(dir, sizeof(dir), "%s%s%s", here, *here ? "/" : "", words[0]);
	if (n < 0 || (size_t)n >= sizeof(dir))
		return ctl_error(c, EX_DATAERR, "the directory's name is too long");
	rc = ask(c, true, "/backup", parameters, &answer);
	if (rc)
		return rc;
	printf("%s: the queue is copied\n", dir);
	ask_free(answer);
	return 0;
}
