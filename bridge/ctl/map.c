/*
 * map.c - `triviumctl map`: makes a table from its text, named as in the configuration or by where
 * it is. Needs no daemon, and no configuration for the latter.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"
#include "bridge/store/map.h"
#include "bridge/store/route.h"

int
ctl_map(struct ctl *c, char **words)
{
	const char *name = words[0];
	int rc;

	/* There is one table so far; so whatever file is named, it is checked as that one. */
	if (!strpbrk(name, ":/")) {
		if (strcmp(name, "routes") != 0)
			return ctl_error(
			    c, EX_NOINPUT, "there is no table \"%s\"; there is: routes", name);
		if ((rc = ctl_configure(c)) != 0)
			return rc;
		name = c->tables.routes;
	}
	rc = map_build(name, route_check, stderr);
	if (rc == 0) {
		print_text(stdout, name);
		puts(": made");
	}
	return rc;
}
