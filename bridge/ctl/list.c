/*
 * list.c - `triviumctl queue`: what waits, page by page, so that a long queue needs no more memory
 * than a short one.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"

enum { ID, AGE, STATE, TRIES, NEXT, TRANSPORT, FROM, TO, REASON, COLUMNS };

static const char *const heads[COLUMNS] = { [ID] = "ID",
	[AGE] = "AGE",
	[STATE] = "STATE",
	[TRIES] = "TRIES",
	[NEXT] = "NEXT",
	[TRANSPORT] = "TRANSPORT",
	[FROM] = "FROM",
	[TO] = "TO",
	[REASON] = "REASON" };
static const bool right[COLUMNS] = { [AGE] = true, [TRIES] = true };

enum { STATES = 8 };

/* What the last line says. */
struct sum {
	char states[STATES][16]; /* the states seen, in the order of their first job */
	unsigned long jobs[STATES];
	unsigned long messages;
	char last[64]; /* the message seen last; its jobs stand side by side */
};

static void
count(struct sum *s, const struct value *job)
{
	const char *state = value_text(job, "state"), *id = value_text(job, "id");
	size_t i = 0;

	while (i < STATES - 1 && *s->states[i] && strcmp(s->states[i], state) != 0)
		i++;
	snprintf(s->states[i], sizeof(s->states[i]), "%s", state);
	s->jobs[i]++;
	if (strcmp(s->last, id) != 0)
		s->messages++;
	snprintf(s->last, sizeof(s->last), "%s", id);
}

/* Of `mailto:` only the address: a sender is nearly always one. */
static const char *
sender(const char *from)
{
	if (strncmp(from, "mailto:", 7) != 0)
		return from;
	return from[7] ? from + 7 : "<>";
}

static void
add_row(struct columns *t, const struct value *job, int64_t now)
{
	const struct value *last = value_at(job, "history", 0);
	const char *state = value_text(job, "state"), *why = value_text(last, "text");
	/* For the others it is no try that comes next. */
	bool tried = strcmp(state, "queued") == 0 && value_has(job, "due");
	int64_t due = value_number(job, "due"), probe = value_number(job, "probe");
	char text[PRINT_TIME];

	if (!*why)
		why = value_text(job, "waits");
	columns_addf(t, "%s/%lld", value_text(job, "id"), (long long)value_number(job, "rcpt"));
	columns_add(t, print_span(now - value_number(job, "arrived"), text));
	columns_add(t, state);
	columns_addf(t, "%lld", (long long)value_number(job, "tries"));
	columns_add(t, tried ? print_time((probe > due ? probe : due) / 1000, text) : "-");
	columns_add(t, value_text(job, "transport"));
	columns_add(t, sender(value_text(job, "from")));
	columns_add(t, *value_text(job, "to") ? value_text(job, "to") : value_text(job, "given"));
	columns_add(t, why);
}

static void
print_sum(const struct sum *s)
{
	unsigned long jobs = 0;
	const char *mark = ": ";

	for (size_t i = 0; i < STATES; i++)
		jobs += s->jobs[i];
	printf("-- %lu job%s of %lu message%s", jobs, jobs == 1 ? "" : "s", s->messages,
	    s->messages == 1 ? "" : "s");
	for (size_t i = 0; i < STATES && s->jobs[i]; i++) {
		printf("%s%lu %s", mark, s->jobs[i], s->states[i]);
		mark = ", ";
	}
	putchar('\n');
}

int
ctl_queue(struct ctl *c, char **words)
{
	struct columns table;
	struct sum sum = { 0 };
	char after[64] = "";
	int64_t now = time(NULL);
	int rc;

	(void)words;
	columns_init(&table, COLUMNS, heads, right);
	do {
		const char *const page[] = { "after", after, "max", "1000", NULL };
		struct value *answer;

		rc = ask(c, false, "/queue", page, &answer);
		if (rc)
			break;
		for (size_t i = 0; i < value_count(answer, "jobs"); i++) {
			if (c->json) {
				value_print(value_at(answer, "jobs", i));
				continue;
			}
			count(&sum, value_at(answer, "jobs", i));
			add_row(&table, value_at(answer, "jobs", i), now);
		}
		if (sum.messages)
			columns_flush(&table);
		snprintf(after, sizeof(after), "%s", value_text(answer, "next"));
		ask_free(answer);
	} while (*after);
	columns_free(&table);
	if (c->json)
		return rc;
	if (rc == 0 && sum.messages == 0)
		puts("queue is empty");
	else if (rc == 0)
		print_sum(&sum);
	return rc;
}
