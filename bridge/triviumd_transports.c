/*
 * triviumd_transports.c - the transports that the configuration names, each with its pump.
 */
#include "bridge/triviumd_transports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/heartbeat.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/transport_mail.h"

enum { NAME_MOST = 63 };

static bool
is_taken(const struct transports *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->one[i]->transport.name, name) == 0)
			return true;
	return false;
}

/* Open the transport and take it among all, or free it. 0, or -1; said on stderr. */
static int
open_transport(struct transports *all, struct one_transport *one, const struct section *section)
{
	struct transport *t = &one->transport;
	struct verdict v;

	t->loop = all->loop;
	if (!t->driver) {
		never(&v, "5.3.5", "there is no driver \"%s\"", one->live.pump.driver);
	} else if (strcmp(one->live.kind, "mail") != 0 && strcmp(t->name, "mail") == 0) {
		never(&v, "5.3.5", "\"mail\" is the name of the section mail's transport");
	} else if (is_taken(all, t->name)) {
		never(&v, "5.3.5", "the name \"%s\" is taken: another section has it", t->name);
	} else if (strlen(t->name) > NAME_MOST || all->n == TRANSPORTS_MOST) {
		never(&v, "5.3.5", "\"%s\": a name has %d characters at most, and there are %d transports at most",
		    t->name, NAME_MOST, TRANSPORTS_MOST);
	} else if (t->driver->open(t, section, &v) == 0) {
		if (space_init(&t->space, t->sender ? t->sender : "", one->live.pump.extensions,
			one->live.pump.numbers, &v) == 0) {
			all->one[all->n++] = one;
			return 0;
		}
		t->driver->close(t);
	}
	fprintf(stderr, "%s: %s\n", section_where(section), v.text);
	free(one);
	return -1;
}

/* Let the platform of the transport added last call, if it may. */
static int
add_callback(struct transports *all, const struct section *section)
{
	struct one_transport *one = all->one[all->n - 1];
	struct verdict v;

	section_fill(section, callback_rows, &one->callback);
	if (callbacks_add(all->callbacks, &one->transport, &one->callback, &v) == 0)
		return 0;
	fprintf(stderr, "%s: callback_from: %s\n", section_where(section), v.text);
	return -1;
}

static int
add_transport(struct transports *all, const char *kind, const struct section *section,
    const struct transport_driver *const *drivers)
{
	struct one_transport *one = xcalloc(1, sizeof *one);
	struct verdict v;

	one->live.kind = kind;
	one->transport.name = one->live.name = section_title(section);
	if (live_fill_transport(&one->live, section, &v) < 0) {
		fprintf(stderr, "%s: %s\n", section_where(section), v.text);
		free(one);
		return -1;
	}
	one->transport.driver = transport_driver_find(drivers, one->live.pump.driver);
	return open_transport(all, one, section);
}

/* The mail server is a transport, too, where there is a relay. */
static int
add_mail(struct transports *all, const struct section *section)
{
	struct one_transport *one;

	if (!mail_is_wanted(section))
		return 0;
	one = xcalloc(1, sizeof *one);
	one->live.kind = one->live.name = one->transport.name = "mail";
	mail_pump_settings(section, &one->live.pump);
	one->transport.driver = &transport_mail;
	if (open_transport(all, one, section) < 0)
		return -1;
	all->to_mail = &one->transport;
	return 0;
}

int
transports_open(struct transports *all, struct loop *l, struct callbacks *callbacks, const struct conf *c)
{
	const struct section *s;
	int bad;

	all->loop = l;
	all->callbacks = callbacks;
	bad = add_mail(all, conf_section(c, "mail", 0));
	for (size_t i = 0; (s = conf_section(c, "sdp", i)); i++)
		bad |= add_transport(all, "sdp", s, sdp_drivers) < 0 || add_callback(all, s) < 0 ? -1 : 0;
	for (size_t i = 0; (s = conf_section(c, "im", i)); i++)
		bad |= add_transport(all, "im", s, im_drivers);
	return bad;
}

void
transports_pump(struct transports *all, struct queue *q, const struct retry *retry)
{
	for (size_t i = 0; i < all->n; i++)
		all->pumps[i] = pump_new(all->loop, q, &all->one[i]->transport, &all->one[i]->live.pump, retry);
}

void
transports_start(struct transports *all, const struct intake *in)
{
	for (size_t i = 0; i < all->n; i++) {
		struct one_transport *one = all->one[i];

		pump_start(all->pumps[i]);
		if (one->transport.driver->start)
			one->transport.driver->start(&one->transport);
		one->heartbeat = heartbeat_new(all->loop, in, all->pumps[i], &one->live.heartbeat);
	}
}

void
transports_wake(struct transports *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!name || strcmp(all->one[i]->transport.name, name) == 0)
			pump_wake(all->pumps[i]);
}

void
transports_returned(struct transports *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->one[i]->transport.name, name) == 0)
			pump_returned(all->pumps[i]);
}

void
transports_stop(struct transports *all)
{
	for (size_t i = 0; i < all->n; i++)
		pump_stop(all->pumps[i]);
}

static bool
is_quiet(struct transport *t)
{
	return !t->driver->quiet || t->driver->quiet(t);
}

size_t
transports_busy(struct transports *all)
{
	size_t busy = 0;

	for (size_t i = 0; i < all->n; i++)
		busy += pump_busy(all->pumps[i]);
	for (size_t i = 0; busy == 0 && i < all->n; i++)
		busy += !is_quiet(&all->one[i]->transport);
	return busy;
}

void
transports_close(struct transports *all)
{
	for (size_t i = 0; i < all->n; i++)
		all->one[i]->transport.driver->close(&all->one[i]->transport);
}

void
transports_free(struct transports *all)
{
	for (size_t i = 0; i < all->n; i++) {
		heartbeat_free(all->one[i]->heartbeat);
		pump_free(all->pumps[i]);
		space_free(&all->one[i]->transport.space);
		free(all->one[i]);
	}
	all->n = 0;
}
