/*
 * triviumd_conf.c - the keys that triviumd reads, which are those of its rooms.
 */
#include "bridge/triviumd_conf.h"

#include <stdbool.h>

#include "bridge/base/daemon.h"
#include "bridge/flow/callback.h"
#include "bridge/flow/fit.h"
#include "bridge/flow/heartbeat.h"
#include "bridge/flow/links.h"
#include "bridge/flow/optout.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/pumping.h"
#include "bridge/flow/shape.h"
#include "bridge/flow/transport.h"
#include "bridge/flow/transport_mail.h"
#include "bridge/message/addr.h"
#include "bridge/store/queue.h"
#include "bridge/store/retry.h"
#include "bridge/store/scan.h"
#include "bridge/store/settings.h"

enum { DRIVERS = 16 };

/* A kind of transport's rows: everyone's, and those of every driver by its name. */
struct rows {
	const struct setting *rows[DRIVERS + 6];
	const char *drivers[DRIVERS + 6];
};

static void
gather_rows(struct rows *r, const struct transport_driver *const *drivers,
    const struct setting *more)
{
	size_t n = 0;

	*r = (struct rows){ .rows = { pump_rows, shape_rows, fit_rows, more, more ? heartbeat_rows : NULL } };
	for (n = more ? 5 : 3; *drivers && n <= DRIVERS + 4; drivers++) {
		if (!(*drivers)->settings)
			continue;
		r->rows[n] = (*drivers)->settings;
		r->drivers[n++] = (*drivers)->name;
	}
}

struct conf *
triviumd_conf(const char *path, FILE *errors)
{
	static const struct setting *const top[] = { daemon_rows, addr_settings, NULL };
	static const struct setting *const bridge[] = { bridge_rows, queue_rows, optout_rows, links_rows, pumping_rows, NULL };
	static const struct setting *const tables[] = { tables_rows, NULL };
	static const struct setting *const retry[] = { retry_rows, NULL };
	static const struct setting *const scan[] = { scan_rows, NULL };
	static const struct setting *const mail[] = { mail_rows, mail_pump_rows, NULL };
	struct rows sdp, im;
	const struct conf_kind kinds[] = {
		{ "", false, top, NULL },
		{ "bridge", false, bridge, NULL },
		{ "tables", false, tables, NULL },
		{ "retry", false, retry, NULL },
		{ "scan", false, scan, NULL },
		{ "mail", false, mail, NULL },
		{ "sdp", true, sdp.rows, sdp.drivers },
		{ "im", true, im.rows, im.drivers },
		{ 0 },
	};

	gather_rows(&sdp, sdp_drivers, callback_rows);
	gather_rows(&im, im_drivers, NULL);
	return conf_read(path, kinds, errors);
}
