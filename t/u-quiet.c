/*
 * u-quiet.c - quiet hours: by the phone's zone or its country's, over midnight, when clocks change,
 * and in countries of several zones; and zones of names that are hostile.
 */
#include "bridge/flow/quiet.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/store/zones.h"
#include "t/tap.h"

static const struct {
	const char *name, *hours, *zone, *number, *now, *until, *words; /* until "": not quiet */
} rows[] = {
	{ "never", "00:00-00:00", "", "+4915550100", "2026-11-24 23:30", "", "" },
	{ "before", "22:00-07:00", "", "+4915550100", "2026-11-24 20:59", "", "" },
	{ "its beginning", "22:00-07:00", "", "+4915550100", "2026-11-24 21:00", "2026-11-25 06:00",
	    "07:00 in Europe/Berlin" },
	{ "behind midnight", "22:00-07:00", "", "+4915550100", "2026-11-25 05:59", "2026-11-25 06:00",
	    "07:00 in Europe/Berlin" },
	{ "its end", "22:00-07:00", "", "+4915550100", "2026-11-25 06:00", "", "" },
	{ "in summer", "22:00-07:00", "", "+4915550100", "2026-07-01 20:00", "2026-07-02 05:00",
	    "07:00 in Europe/Berlin" },
	{ "clocks go forward in the night", "22:00-07:00", "", "+4915550100", "2026-03-28 22:00",
	    "2026-03-29 05:00", "07:00 in Europe/Berlin" },
	{ "and back", "22:00-07:00", "", "+4915550100", "2026-10-24 22:00", "2026-10-25 06:00",
	    "07:00 in Europe/Berlin" },
	{ "half an hour's zone", "22:00-07:00", "", "+919876543210", "2026-11-24 16:30",
	    "2026-11-25 01:30", "07:00 in Asia/Kolkata" },
	{ "the user's own zone", "22:00-07:00", "Asia/Tokyo", "+4915550100", "2026-11-24 13:00",
	    "2026-11-24 22:00", "07:00 in Asia/Tokyo" },
	{ "which may be awake", "22:00-07:00", "Asia/Tokyo", "+4915550100", "2026-11-24 22:00", "", "" },
	{ "an unknown one is this machine's", "22:00-07:00", "Mars/Olympus", "+4915550100",
	    "2026-11-24 22:30", "2026-11-25 07:00", "07:00 in Mars/Olympus" },
	{ "by day", "12:00-13:00", "", "+8613800138000", "2026-11-24 04:10", "2026-11-24 05:00",
	    "13:00 in Asia/Shanghai" },
	{ "four zones: quiet in the east", "21:00-09:00", "", "+12025550100", "2026-11-24 02:30",
	    "2026-11-24 17:00", "09:00 in America/Los_Angeles" },
	{ "four zones: quiet in the west", "21:00-09:00", "", "+12025550100", "2026-11-24 16:30",
	    "2026-11-24 17:00", "09:00 in America/Los_Angeles" },
	{ "four zones: awake in all", "21:00-09:00", "", "+12025550100", "2026-11-24 18:00", "", "" },
	{ "a longer code counts", "22:00-07:00", "", "+18085550100", "2026-11-24 09:00",
	    "2026-11-24 17:00", "07:00 in Pacific/Honolulu" },
	{ "no country: this machine", "22:00-07:00", "", "+99955501000", "2026-11-24 23:00",
	    "2026-11-25 07:00", "07:00 here" },
};

static const struct {
	const char *name;
	bool good;
} names[] = {
	{ "Europe/Berlin", true }, { "America/Argentina/Buenos_Aires", true }, { "Etc/GMT+5", true },
	{ "", false }, { "/etc/passwd", false }, { "../../etc/passwd", false }, { "Europe/.hidden", false },
	{ "Europe Berlin", false }, { "-x", false },
	{ "Europe/Berlinberlinberlinberlinberlinberlinberlinberlin", false },
};

static int64_t
at(const char *text)
{
	struct tm tm = { 0 };

	return *text && strptime(text, "%Y-%m-%d %H:%M", &tm) ? (int64_t)timegm(&tm) : 0;
}

static void
test_row(struct zones *z, size_t i)
{
	struct policy_hours h;
	unsigned h1, m1, h2, m2;
	char words[64] = "";

	sscanf(rows[i].hours, "%u:%u-%u:%u", &h1, &m1, &h2, &m2);
	h = (struct policy_hours){ h1 * 60 + m1, h2 * 60 + m2 };
	is_int(quiet_until(z, h, rows[i].zone, rows[i].number, at(rows[i].now), words, sizeof words),
	    at(rows[i].until), rows[i].name);
	is_str(words, rows[i].words, "in words");
}

int
main(void)
{
	struct zones *z = zones_new();
	const char *of[ZONES_MOST];

	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		test_row(z, i);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		is_int(zone_is_name(names[i].name), names[i].good, names[i].name);
	ok(zones_know(z, "Europe/Berlin") && !zones_know(z, "Europe/Nowhere") && !zones_know(z, "Europe"),
	    "a zone, none, a folder");
	ok(!zones_know(z, "tzdata.zi") && !zones_know(z, "zone1970"), "files that are no zones");
	for (int code = 1; code < 1000; code++) {
		char number[8];
		size_t n;

		snprintf(number, sizeof number, "+%d", code);
		n = zones_of_number(number, of);
		for (size_t i = 0; i < n; i++)
			if (!zones_know(z, of[i]))
				ok(false, "%s: %s is a zone", number, of[i]);
	}
	ok(true, "all zones of the table are known");
	zones_free(z);
	return tap_done();
}
