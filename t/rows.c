/*
 * rows.c - print every key that Trivium's configuration has, for t/02-conf.t, which holds the
 * manual page to them. A line is: section, key, type, preset, lower bound or choices, upper bound,
 * with tabs between them; "-" is what is not there. A driver's keys are in the section "sdp
 * DRIVER".
 */
#include <stdio.h>

#include "bridge/base/conf.h"
#include "bridge/base/daemon.h"
#include "bridge/flow/callback.h"
#include "bridge/flow/heartbeat.h"
#include "bridge/flow/fit.h"
#include "bridge/flow/links.h"
#include "bridge/flow/optout.h"
#include "bridge/flow/pumping.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/shape.h"
#include "bridge/flow/transport.h"
#include "bridge/flow/transport_mail.h"
#include "bridge/message/addr.h"
#include "bridge/store/queue.h"
#include "bridge/store/retry.h"
#include "bridge/store/scan.h"
#include "bridge/store/settings.h"
#include "milter/milter.h"

static const char *const types[] = {
	[CONF_STRING] = "string",
	[CONF_INT] = "number",
	[CONF_BOOL] = "yes/no",
	[CONF_TIME] = "time",
	[CONF_SIZE] = "size",
	[CONF_SECRET] = "secret file",
	[CONF_CHOICE] = "word",
};

static void
print(const char *section, const char *driver, const struct setting *row)
{
	for (; row && row->name; row++)
		printf("%s%s%s\t%s\t%s\t%s\t%s\t%s\n", section, *driver ? " " : "", driver,
		    row->name, types[row->type], row->preset ? row->preset : "-",
		    row->min ? row->min : "-", row->max ? row->max : "-");
}

static void
print_drivers(const char *section, const struct transport_driver *const *drivers)
{
	for (; *drivers; drivers++)
		print(section, (*drivers)->name, (*drivers)->settings);
}

int
main(void)
{
	print("", "", daemon_rows);
	print("", "", addr_settings);
	print("milter", "", milter_rows);
	print("milter", "", milter_place_rows);
	print("milter", "", content_rows);
	print("bridge", "", bridge_rows);
	print("bridge", "", optout_rows);
	print("bridge", "", pumping_rows);
	print("bridge", "", links_rows);
	print("bridge", "", queue_rows);
	print("tables", "", tables_rows);
	print("retry", "", retry_rows);
	print("scan", "", scan_rows);
	print("mail", "", mail_rows);
	print("mail", "", mail_pump_rows);
	print("sdp", "", pump_rows);
	print("sdp", "", shape_rows);
	print("sdp", "", fit_rows);
	print("sdp", "", callback_rows);
	print("sdp", "", heartbeat_rows);
	print_drivers("sdp", sdp_drivers);
	print_drivers("im", im_drivers);
	return 0;
}
