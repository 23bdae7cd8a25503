/*
 * map.c - `triviumctl map`: makes a table from its text, named as in the configuration or by where
 * it is. Needs no daemon, and no configuration for the latter.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"
#include "bridge/store/inbound.h"
#include "bridge/store/map.h"
#include "bridge/store/policy.h"
#include "bridge/store/route.h"
#include "bridge/store/user.h"

_Static_assert((int)MAP_KEY == (int)ADDR_MAILBOX, "user_other_key() fills that much");

/* The tables that there are, and where the configuration says where each is. */
static const struct {
	struct map_kind kind;
	size_t offset; /* of its name in the section `tables` */
} tables[] = {
	{ { "routes", route_check, NULL, false }, offsetof(struct tables_settings, routes) },
	{ { "policy", policy_check, NULL, false }, offsetof(struct tables_settings, policy) },
	{ { "users", user_check, user_other_key, false }, offsetof(struct tables_settings, users) },
	{ { "inbound", inbound_check, NULL, true }, offsetof(struct tables_settings, inbound) },
};
enum { TABLES = sizeof tables / sizeof *tables };

/* The table whose file is called as it, whatever stands before and behind; else routes. */
static size_t
kind_of(const char *name)
{
	const char *slash = strrchr(name, '/'), *file = slash ? slash + 1 : name;

	for (size_t i = 0; i < TABLES; i++)
		if (strncmp(file, tables[i].kind.name, strlen(tables[i].kind.name)) == 0)
			return i;
	return 0;
}

int
ctl_map(struct ctl *c, char **words)
{
	const char *name = words[0];
	size_t i = 0;
	int rc;

	if (strpbrk(name, ":/")) {
		i = kind_of(name);
	} else {
		while (i < TABLES && strcmp(name, tables[i].kind.name) != 0)
			i++;
		if (i == TABLES)
			return ctl_error(c, EX_NOINPUT,
			    "there is no table \"%s\"; there are: routes, policy, users, inbound", name);
		if ((rc = ctl_configure(c)) != 0)
			return rc;
		name = *(const char *const *)((const char *)&c->tables + tables[i].offset);
		if (!*name)
			return ctl_error(c, EX_CONFIG, "the configuration names no table \"%s\"",
			    tables[i].kind.name);
	}
	rc = map_build(name, &tables[i].kind, stderr);
	if (rc == 0) {
		print_text(stdout, name);
		puts(": made");
	}
	return rc;
}
