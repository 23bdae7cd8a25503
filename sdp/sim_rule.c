/*
 * sim_rule.c - rules: a list, of which the first that matches is used. Behind them stand the magic
 * numbers: a number that ends in one of those six digits always misbehaves in the same way, so that
 * one can try things by hand. Nobody has such a number by accident.
 */
#include "sdp/sim_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/mem.h"
#include "sdp/sim_action.h"

enum { RULES_MAX = 1000 };

struct rule {
	TAILQ_ENTRY(rule) link;
	char *number; /* NULL: any; without the '*' when prefix is set */
	bool prefix;
	char *text;      /* contained in the message; NULL: any */
	json_int_t left; /* uses; -1: no end */
	json_int_t used;
	struct sim_action action;
};

struct sim_rules {
	TAILQ_HEAD(rule_list, rule) list;
	unsigned count;
};

static const struct {
	const char *ending, *text, *what;
} magic[] = {
	{ "999001", "fault:SVC0001", "service error, try again" },
	{ "999002", "fault:SVC0004", "no such number" },
	{ "999003", "fault:POL0904", "too many messages, try again" },
	{ "999004", "http:503", "the platform is down for a while" },
	{ "999005", "receipt:DeliveryImpossible", "accepted, then not delivered" },
	{ "999006", "hang-accept", "delivered, but no answer comes" },
	{ "999007", "reset-accept", "delivered, but the connection breaks" },
	{ "999008", "receipt:early", "the receipt comes before the answer" },
	{ "999009", "slow:3000", "the answer takes three seconds" },
	{ "999010", "receipt:never", "delivered, but no receipt comes" },
	{ "999011", "receipt:twice", "the receipt comes two times" },
};
enum { MAGIC = sizeof magic / sizeof *magic };

/* The actions of the magic numbers; parsed at birth. */
static struct sim_action magic_action[MAGIC];

struct sim_rules *
sim_rules_new(void)
{
	struct sim_rules *r = xcalloc(1, sizeof *r);
	unsigned i;

	TAILQ_INIT(&r->list);
	for (i = 0; i < MAGIC; i++)
		if (sim_action_parse(magic[i].text, &magic_action[i]) < 0)
			abort();
	return r;
}

static void
free_rule(struct rule *rule)
{
	unsigned i;

	for (i = 0; i < SIM_FAULT_VARIABLES; i++)
		free(rule->action.variables[i]);
	free(rule->number);
	free(rule->text);
	free(rule);
}

void
sim_rules_clear(struct sim_rules *r)
{
	struct rule *rule;

	while ((rule = TAILQ_FIRST(&r->list))) {
		TAILQ_REMOVE(&r->list, rule, link);
		free_rule(rule);
	}
	r->count = 0;
}

void
sim_rules_free(struct sim_rules *r)
{
	if (!r)
		return;
	sim_rules_clear(r);
	free(r);
}

/* "+49*" or "+4915550100", as the messages' numbers are; "tel:" and a missing plus are mended. */
static void
set_number(struct rule *rule, const char *number)
{
	size_t len;

	number += strncmp(number, "tel:", 4) == 0 ? 4 : 0;
	rule->number = xasprintf("%s%s", *number >= '1' && *number <= '9' ? "+" : "", number);
	len = strlen(rule->number);
	rule->prefix = len > 0 && rule->number[len - 1] == '*';
	if (rule->prefix)
		rule->number[len - 1] = '\0';
}

/* The action's own members: what to do, and the details that belong to it. */
static int
read_action(struct sim_action *a, const json_t *json, char *why, size_t room)
{
	const char *what = json_string_value(json_object_get(json, "do"));
	const json_t *variables = json_object_get(json, "variables");
	const json_t *retry_after = json_object_get(json, "retry_after");
	size_t i;

	if (!what || sim_action_parse(what, a) < 0) {
		snprintf(
		    why, room, "\"do\" is none of the actions: %.60s", what ? what : "(missing)");
		return -1;
	}
	if (retry_after)
		a->retry_after = (long)json_integer_value(retry_after);
	for (i = 0; i < json_array_size(variables) && i < SIM_FAULT_VARIABLES - 1; i++) {
		const char *value = json_string_value(json_array_get(variables, i));

		if (!value || strlen(value) > 200) {
			snprintf(why, room, "\"variables\" are strings of at most 200 bytes");
			return -1;
		}
		a->variables[i] = xstrdup(value);
	}
	return 0;
}

/* A key nobody knows is a slip of the pen, and the test that made it would prove nothing. */
static int
known_keys(const json_t *json, const char *const *known, char *why, size_t room)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)json, key, value)
	{
		unsigned i = 0;

		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i]) {
			snprintf(why, room, "unknown key \"%.60s\"", key);
			return -1;
		}
	}
	return 0;
}

static struct rule *
read_rule(const json_t *json, char *why, size_t room)
{
	static const char *const keys[] = { "match", "count", "do", "retry_after", "variables",
		NULL };
	static const char *const match_keys[] = { "number", "text", NULL };
	const json_t *match = json_object_get(json, "match");
	const json_t *count = json_object_get(json, "count");
	const char *number = json_string_value(json_object_get(match, "number"));
	const char *text = json_string_value(json_object_get(match, "text"));
	struct rule *rule;

	if (!json_is_object(json) || (match && !json_is_object(match)) ||
	    (count && !json_is_integer(count))) {
		snprintf(why, room, "a rule is {\"match\":{…},\"count\":N,\"do\":\"…\"}");
		return NULL;
	}
	if (known_keys(json, keys, why, room) < 0 ||
	    (match && known_keys(match, match_keys, why, room) < 0))
		return NULL;
	rule = xcalloc(1, sizeof *rule);
	rule->left = count ? json_integer_value(count) : -1;
	if (read_action(&rule->action, json, why, room) < 0) {
		free_rule(rule);
		return NULL;
	}
	if (number)
		set_number(rule, number);
	rule->text = xstrdup(text);
	return rule;
}

int
sim_rules_add(struct sim_rules *r, const json_t *json, char *why, size_t room)
{
	size_t n = json_is_array(json) ? json_array_size(json) : 1, i;
	struct rule_list fresh = TAILQ_HEAD_INITIALIZER(fresh);
	struct rule *rule = NULL;

	if (r->count + n > RULES_MAX) {
		snprintf(why, room, "more than %d rules", RULES_MAX);
		return -1;
	}
	for (i = 0; i < n; i++) {
		rule = read_rule(json_is_array(json) ? json_array_get(json, i) : json, why, room);
		if (!rule)
			break;
		TAILQ_INSERT_TAIL(&fresh, rule, link);
	}
	if (i == n) {
		TAILQ_CONCAT(&r->list, &fresh, link);
		r->count += (unsigned)n;
		return 0;
	}
	while ((rule = TAILQ_FIRST(&fresh))) {
		TAILQ_REMOVE(&fresh, rule, link);
		free_rule(rule);
	}
	return -1;
}

int
sim_rules_report(struct sim_rules *r, const char *number, const char *status)
{
	struct rule *rule, *next;
	struct sim_action action;
	char text[100];

	snprintf(text, sizeof text, "receipt:%s", status);
	if (*status && (r->count >= RULES_MAX || sim_action_parse(text, &action) < 0))
		return -1;
	for (rule = TAILQ_FIRST(&r->list); rule; rule = next) {
		next = TAILQ_NEXT(rule, link);
		if (rule->action.act == SIM_ACT_RECEIPT && rule->number && !rule->prefix &&
		    !rule->text && strcmp(rule->number, number) == 0) {
			TAILQ_REMOVE(&r->list, rule, link);
			free_rule(rule);
			r->count--;
		}
	}
	if (*status == '\0')
		return 0;
	rule = xcalloc(1, sizeof *rule);
	rule->left = -1;
	rule->action = action;
	set_number(rule, number);
	TAILQ_INSERT_HEAD(&r->list, rule, link);
	r->count++;
	return 0;
}

static bool
matches(const struct rule *rule, const char *number, const char *text)
{
	if (rule->left == 0 || (rule->text && !strstr(text, rule->text)))
		return false;
	if (!rule->number)
		return true;
	return rule->prefix ? strncmp(rule->number, number, strlen(rule->number)) == 0
			    : strcmp(rule->number, number) == 0;
}

const struct sim_action *
sim_rules_match(struct sim_rules *r, bool receipt, const char *number, const char *text)
{
	size_t len = strlen(number), i;
	struct rule *rule;

	TAILQ_FOREACH(rule, &r->list, link)
	{
		if ((rule->action.act == SIM_ACT_RECEIPT) != receipt ||
		    !matches(rule, number, text))
			continue;
		rule->left -= rule->left > 0;
		rule->used++;
		return &rule->action;
	}
	for (i = 0; i < MAGIC; i++) {
		size_t n = strlen(magic[i].ending);

		if ((magic_action[i].act == SIM_ACT_RECEIPT) == receipt && len > n &&
		    strcmp(number + len - n, magic[i].ending) == 0)
			return &magic_action[i];
	}
	return NULL;
}

static json_t *
show_rule(const struct rule *rule)
{
	json_t *match = json_object(), *shown = json_object();
	char number[100];

	if (rule->number) {
		snprintf(number, sizeof number, "%s%s", rule->number, rule->prefix ? "*" : "");
		json_object_set_new(match, "number", json_string(number));
	}
	if (rule->text)
		json_object_set_new(match, "text", json_string(rule->text));
	json_object_set_new(shown, "match", match);
	json_object_set_new(shown, "do", json_string(rule->action.text));
	if (rule->left >= 0)
		json_object_set_new(shown, "left", json_integer(rule->left));
	json_object_set_new(shown, "used", json_integer(rule->used));
	return shown;
}

json_t *
sim_rules_show(const struct sim_rules *r)
{
	json_t *rules = json_array(), *numbers = json_array();
	const struct rule *rule;
	size_t i;

	TAILQ_FOREACH(rule, &r->list, link)
	json_array_append_new(rules, show_rule(rule));
	for (i = 0; i < MAGIC; i++)
		json_array_append_new(
		    numbers, json_pack("{s:s, s:s, s:s}", "ending", magic[i].ending, "do",
				 magic[i].text, "what", magic[i].what));
	return json_pack("{s:o, s:o}", "rules", rules, "magic", numbers);
}
