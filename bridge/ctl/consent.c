/*
 * consent.c - `triviumctl consent`: what phones have said of whose messages they want, as evidence.
 */
#include <stdio.h>

#include "bridge/base/verdict.h"
#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"

enum { TIME, PHONE, WORD, SERVICE, PEER, TEXT, COLUMNS };

static const char *const heads[COLUMNS] = { [TIME] = "TIME", [PHONE] = "PHONE", [WORD] = "WANTS",
	[SERVICE] = "NUMBER", [PEER] = "FROM", [TEXT] = "SAID" };
static const bool right[COLUMNS] = { false };

static void
add_row(struct columns *t, const struct value *d)
{
	char at[PRINT_TIME];

	columns_add(t, print_time(value_number(d, "time"), at));
	columns_add(t, value_text(d, "phone"));
	columns_add(t, value_true(d, "stop") ? "no more" : "again");
	columns_add(t, value_text(d, "service"));
	columns_add(t, value_text(d, "peer"));
	columns_add(t, value_text(d, "text"));
}

int
ctl_consent(struct ctl *c, char **words)
{
	char number[ADDR_NUMBER];
	const char *const parameters[] = { words[0] ? "phone" : NULL, number, NULL };
	struct columns table;
	struct value *answer;
	struct verdict v;
	int rc = words[0] ? ctl_configure(c) : 0;

	if (rc)
		return rc;
	if (words[0] && addr_number(words[0], &c->rules, number, &v) < 0)
		return ctl_error(c, CTL_NO, "%s", v.text);
	if ((rc = ask(c, false, "/consent", parameters, &answer)) != 0)
		return rc;
	columns_init(&table, COLUMNS, heads, right);
	for (size_t i = 0; i < value_count(answer, "decisions"); i++)
		if (c->json)
			value_print(value_at(answer, "decisions", i));
		else
			add_row(&table, value_at(answer, "decisions", i));
	if (!c->json && value_count(answer, "decisions"))
		columns_flush(&table);
	else if (!c->json)
		puts("no phone has said anything");
	columns_free(&table);
	ask_free(answer);
	return 0;
}
