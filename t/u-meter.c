/* u-meter.c - rates. */
#include <stdio.h>

#include "bridge/base/meter.h"
#include "t/tap.h"

int
main(void)
{
	struct meter *m = meter_new(100);
	unsigned taken = 0;
	char name[16];

	while (meter_has(m, "ann", 10, 60000, 1, 1000) && taken < 100) {
		meter_take(m, "ann", 10, 60000, 1, 1000);
		taken++;
	}
	is_int(taken, 10, "ten a minute at once, and no more");
	ok(!meter_has(m, "ann", 10, 60000, 1, 6999), "none a moment too early");
	ok(meter_has(m, "ann", 10, 60000, 1, 7000), "one more after a tenth of the minute");
	ok(!meter_has(m, "ann", 10, 60000, 2, 7000), "but not two");
	ok(meter_has(m, "bob", 10, 60000, 10, 1000), "each name has its own");
	ok(!meter_has(m, "bob", 10, 60000, 11, 1000), "more than all at once never fits");
	ok(meter_has(m, "ann", 10, 60000, 10, 61000), "whole again after the minute");
	meter_take(m, "fast", 100000, 1000, 99999, 1000);
	ok(meter_has(m, "fast", 100000, 1000, 1, 1000) && !meter_has(m, "fast", 100000, 1000, 2, 1000), "fast rates are exact");
	for (int i = 0; i < 99; i++) {
		snprintf(name, sizeof name, "n%d", i);
		meter_take(m, name, 1, 60000, 1, 1000);
	}
	ok(!meter_has(m, "n98", 1, 60000, 1, 1000) && meter_has(m, "ann", 10, 60000, 10, 1000),
	    "the one not used for longest makes room");
	meter_free(m);
	meter_free(NULL);
	return tap_done();
}
