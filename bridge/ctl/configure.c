/*
 * configure.c - the configuration as triviumctl needs it.
 *
 * It reads what triviumd reads, by the same rows, so that both agree on what is an error. But it
 * needs no secret: those rows are read as plain strings, the file's name. So whoever may read the
 * configuration may trace an address.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/base/conf.h"
#include "bridge/base/daemon.h"
#include "bridge/base/mem.h"
#include "bridge/ctl/ctl.h"
#include "bridge/flow/callback.h"
#include "bridge/flow/fit.h"
#include "bridge/flow/heartbeat.h"
#include "bridge/flow/links.h"
#include "bridge/flow/optout.h"
#include "bridge/flow/pumping.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/shape.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "bridge/store/scan.h"

enum { TABLES = 32 }; /* of rows, in a kind: one for each driver, the pump's, the callbacks' */

/* A kind's tables of rows with the drivers they are for, as struct conf_kind has them. */
struct rows {
	const struct setting *rows[TABLES];
	const char *drivers[TABLES];
	struct setting *made[TABLES]; /* those of rows to be freed */
};

static struct setting *
without_secrets(const struct setting *rows)
{
	size_t n = 0;
	struct setting *copy;

	while (rows[n].name)
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++) {
		copy[i] = rows[i];
		if (copy[i].type == CONF_SECRET)
			copy[i].type = CONF_STRING;
	}
	return copy;
}

static void
rows_of(struct rows *r, const struct transport_driver *const *drivers, const struct setting *more)
{
	size_t n = 3;

	*r = (struct rows){ .rows = { pump_rows, shape_rows, fit_rows } };
	if (more) {
		r->rows[n] = r->made[n] = without_secrets(more);
		n++;
		r->rows[n] = r->made[n] = without_secrets(heartbeat_rows);
		n++;
	}
	for (; *drivers && n < TABLES - 1; drivers++) {
		if (!(*drivers)->settings)
			continue;
		r->drivers[n] = (*drivers)->name;
		r->rows[n] = r->made[n] = without_secrets((*drivers)->settings);
		n++;
	}
}

static void
rows_free(struct rows *r)
{
	for (size_t i = 0; i < TABLES; i++)
		free(r->made[i]);
}

int
ctl_configure(struct ctl *c)
{
	static const struct setting *const top[] = { daemon_rows, addr_settings, NULL };
	static const struct setting *const bridge[] = { bridge_rows, queue_rows, optout_rows, links_rows, pumping_rows, NULL };
	static const struct setting *const tables[] = { tables_rows, NULL };
	static const struct setting *const scan[] = { scan_rows, NULL };
	static const struct setting rest[] = {
		{ CONF_REST, CONF_STRING, 0, "", NULL, NULL, "what only the milter reads" },
		{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
	};
	static const struct setting *const milter[] = { content_rows, milter_place_rows, rest, NULL };
	struct rows sdp, im;
	const struct conf_kind kinds[] = {
		{ "", false, top, NULL },
		{ "milter", false, milter, NULL },
		{ "bridge", false, bridge, NULL },
		{ "tables", false, tables, NULL },
		{ "scan", false, scan, NULL },
		{ "sdp", true, sdp.rows, sdp.drivers },
		{ "im", true, im.rows, im.drivers },
		{ NULL, false, NULL, NULL },
	};

	if (c->conf)
		return 0;
	rows_of(&sdp, sdp_drivers, callback_rows);
	rows_of(&im, im_drivers, NULL);
	c->conf = conf_read(c->file, kinds, stderr);
	if (c->conf) {
		section_fill(conf_section(c->conf, "", 0), addr_settings, &c->rules);
		section_fill(conf_section(c->conf, "milter", 0), content_rows, &c->content);
		section_fill(conf_section(c->conf, "bridge", 0), bridge_rows, &c->bridge);
		section_fill(conf_section(c->conf, "tables", 0), tables_rows, &c->tables);
	}
	rows_free(&sdp);
	rows_free(&im);
	return c->conf ? 0 : EX_CONFIG;
}

static bool
find_in(const struct ctl *c, const char *kind, const struct transport_driver *const *drivers,
    const char *name, struct ctl_transport *t)
{
	const struct section *s;
	struct pump_settings pump;

	for (size_t n = 0; (s = conf_section(c->conf, kind, n)) != NULL; n++) {
		if (strcmp(section_title(s), name) != 0)
			continue;
		section_fill(s, pump_rows, &pump);
		t->kind = kind;
		t->where = section_where(s);
		t->section = s;
		t->driver = transport_driver_find(drivers, pump.driver);
		return true;
	}
	return false;
}

bool
ctl_transport(const struct ctl *c, const char *name, struct ctl_transport *t)
{
	return find_in(c, "sdp", sdp_drivers, name, t) || find_in(c, "im", im_drivers, name, t);
}

unsigned
ctl_carries(const struct ctl_transport *t)
{
	/* No driver's row has another meaning. */
	static const struct setting rows[] = {
		{ "mms_url", CONF_STRING, 0, "", NULL, NULL, "" },
		{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
	};
	unsigned carries = t->driver ? t->driver->carries : 0;
	const char *url;

	section_fill(t->section, rows, &url);
	return *url ? carries : carries & ~(unsigned)MSG_MMS;
}
