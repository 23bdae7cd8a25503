/*
 * users.c - `triviumctl users`: what users have changed themselves, listed, and moved out and in as text.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"
#include "bridge/store/kept.h"

enum { SINCE, VIA, JID, NUMBER, TELL, COLUMNS };

static const char *const heads[COLUMNS] = { [SINCE] = "SINCE", [VIA] = "GATEWAY", [JID] = "USER",
	[NUMBER] = "NUMBER", [TELL] = "TELL" };
static const bool right[COLUMNS] = { false };

enum {
	CHUNK = 400,	   /* lines that are sent at once */
	SIZE = 60 * 1024,  /* and bytes: less than CONTROL_BODY */
};

/* Every binding: each(arg, b), page by page. 0, or what to exit with. */
static int
each_binding(struct ctl *c, void (*each)(void *arg, const struct value *b), void *arg)
{
	char after[24] = "0";
	int rc;

	do {
		const char *const parameters[] = { "after", after, NULL };
		struct value *answer;

		if ((rc = ask(c, false, "/users", parameters, &answer)) != 0)
			return rc;
		for (size_t i = 0; i < value_count(answer, "bindings"); i++)
			each(arg, value_at(answer, "bindings", i));
		snprintf(after, sizeof after, "%" PRId64, value_number(answer, "next"));
		ask_free(answer);
	} while (strcmp(after, "0") != 0);
	return 0;
}

static void
add_row(void *arg, const struct value *b)
{
	struct columns *t = arg;
	char at[PRINT_TIME];

	columns_add(t, print_time(value_number(b, "since"), at));
	columns_add(t, value_text(b, "via"));
	columns_add(t, value_text(b, "jid"));
	columns_add(t, value_text(b, "number"));
	columns_add(t, value_true(b, "tell") ? "yes" : "no");
}

static void
print_row(void *arg, const struct value *b)
{
	(void)arg;
	value_print(b);
}

static int
list(struct ctl *c)
{
	struct columns table;
	int rc;

	if (c->json)
		return each_binding(c, print_row, NULL);
	columns_init(&table, COLUMNS, heads, right);
	rc = each_binding(c, add_row, &table);
	if (rc == 0 && table.ncells)
		columns_flush(&table);
	else if (rc == 0)
		puts("no user has registered");
	columns_free(&table);
	return rc;
}

/* Out. */

static void
write_binding(void *arg, const struct value *v)
{
	struct binding b = { .via = value_text(v, "via"), .jid = value_text(v, "jid"),
		.since = value_number(v, "since"), .tell = value_true(v, "tell") };
	struct buf line;

	(void)arg;
	snprintf(b.number, sizeof b.number, "%s", value_text(v, "number"));
	buf_init(&line, 2 * KEPT_LINE);
	kept_binding(&b, &line);
	fputs(buf_str(&line), stdout);
	buf_free(&line);
}

static void
write_decision(const struct value *v)
{
	struct consent d = { .phone = value_text(v, "phone"), .service = value_text(v, "service"),
		.peer = value_text(v, "peer"), .stop = value_true(v, "stop"), .at = value_number(v, "time"),
		.text = value_text(v, "text") };
	struct buf line;

	buf_init(&line, 2 * KEPT_LINE);
	kept_consent(&d, &line);
	fputs(buf_str(&line), stdout);
	buf_free(&line);
}

static int
export(struct ctl *c)
{
	struct value *answer;
	int rc;

	puts("# What users have registered and phones have said, for `triviumctl users import`.");
	if ((rc = each_binding(c, write_binding, NULL)) != 0 ||
	    (rc = ask(c, false, "/consent", NULL, &answer)) != 0)
		return rc;
	for (size_t i = 0; i < value_count(answer, "decisions"); i++)
		write_decision(value_at(answer, "decisions", i));
	ask_free(answer);
	return 0;
}

/* In. */

/* The lines of a file, each checked as the daemon will. */
struct lines {
	char **all;
	size_t n, wrong;
};

static void
lines_free(struct lines *l)
{
	while (l->n)
		free(l->all[--l->n]);
	free(l->all);
}

/* Check one line. What is wrong, or NULL. */
static const char *
wrong_line(const struct ctl *c, const char *line, struct verdict *v)
{
	struct kept k;
	struct ctl_transport t;

	if (kept_parse(line, &k, v) < 0)
		return v->text;
	if (k.is_binding && !ctl_transport(c, k.binding.via, &t))
		never(v, "5.3.5", "there is no transport \"%s\"", k.binding.via);
	else if (k.is_binding && strcmp(t.kind, "im") != 0)
		never(v, "5.3.5", "transport \"%s\" is no im section", k.binding.via);
	else
		return NULL;
	return v->text;
}

static void
read_lines(const struct ctl *c, FILE *f, const char *name, struct lines *l)
{
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t len;

	while ((len = getline(&line, &room, f)) > 0) {
		struct verdict v;
		const char *wrong;

		number++;
		len -= line[len - 1] == '\n';
		line[len] = '\0';
		if (line[strspn(line, " \t")] == '\0' || *line == '#')
			continue;
		if (strlen(line) != (size_t)len || len >= KEPT_LINE)
			wrong = "it is too long, or no text";
		else
			wrong = wrong_line(c, line, &v);
		if (wrong) {
			ctl_error(c, 0, "%s:%zu: %s", name, number, wrong);
			l->wrong++;
			continue;
		}
		l->all = xrealloc(l->all, (l->n + 1) * sizeof *l->all);
		l->all[l->n++] = xstrdup(line);
	}
	free(line);
}

/* Send the lines, some at a time. 0, or what to exit with. */
static int
send_lines(struct ctl *c, const struct lines *l)
{
	bool seen = isatty(2) && l->n > 10 * CHUNK;
	size_t taken = 0;
	struct buf body;
	int rc = 0;

	buf_init(&body, SIZE + KEPT_LINE);
	for (size_t i = 0; i < l->n; i++) {
		struct value *answer;

		buf_addf(&body, "%s\n", l->all[i]);
		if (i + 1 < l->n && (i + 1) % CHUNK && body.len < SIZE)
			continue;
		/* Until the last are there, what phones have said need not count. */
		if ((rc = ask_post(c, i + 1 < l->n ? "/users?more=yes" : "/users?learn=yes", buf_str(&body), &answer)) != 0) {
			ctl_error(c, 0, "%zu lines of %zu were taken; all may be given again", taken, l->n);
			break;
		}
		taken = i + 1;
		ask_free(answer);
		buf_reset(&body);
		if (seen)
			fprintf(stderr, "\r%zu of %zu%s", i + 1, l->n, i + 1 == l->n ? "\n" : "");
	}
	buf_free(&body);
	return rc;
}

static int
import(struct ctl *c, const char *name)
{
	bool standard = strcmp(name, "-") == 0;
	struct lines l = { 0 };
	FILE *f;
	int rc = ctl_configure(c);

	if (rc)
		return rc;
	if (!(f = standard ? stdin : fopen(name, "re")))
		return ctl_error(c, EX_NOINPUT, "%s: %s", name, strerror(errno));
	read_lines(c, f, standard ? "standard input" : name, &l);
	if (ferror(f))
		rc = ctl_error(c, EX_NOINPUT, "%s: %s", name, strerror(errno));
	if (!standard)
		fclose(f);
	if (rc)
		;
	else if (l.wrong)
		rc = ctl_error(c, EX_DATAERR, "nothing is imported");
	else if ((rc = send_lines(c, &l)) == 0)
		printf("%zu line%s imported\n", l.n, l.n == 1 ? "" : "s");
	lines_free(&l);
	return rc;
}

int
ctl_users(struct ctl *c, char **words)
{
	if (!words[0])
		return list(c);
	if (strcmp(words[0], "export") == 0 && !words[1])
		return export(c);
	if (strcmp(words[0], "import") == 0 && words[1])
		return import(c, words[1]);
	return ctl_error(c, EX_USAGE, "expected nothing, export, or import and a FILE or -");
}
