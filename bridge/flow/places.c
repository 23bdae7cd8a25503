/*
 * places.c - what the configuration names, looked at as the user who will need it.
 */
#include "bridge/flow/places.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/cert.h"
#include "bridge/base/conf.h"
#include "bridge/base/daemon.h"
#include "bridge/base/place.h"
#include "bridge/base/sock.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/control.h"
#include "bridge/flow/door.h"
#include "bridge/store/settings.h"

struct look {
	const struct conf *conf;
	const struct bridge_settings *bridge;
	FILE *errors;
	int rc;
};

static void
complain(struct look *l, const struct section *s, const char *key, const char *text)
{
	fprintf(l->errors, "%s: key \"%s\": %s\n", section_key_where(s, key), key, text);
	l->rc = -1;
}

/* Addresses. */

struct address {
	const char *key, *where; /* where "": there is none, or it is wrong */
	bool used;               /* somebody listens there */
};

enum { SUBMIT, CONTROL, LISTEN, ADMIN, ADDRESSES };

static void
look_at(struct look *l, struct address *a)
{
	struct verdict v;
	int rc = *a->where ? place_listen(a->where, &v) : 0;

	a->used = rc == 1;
	if (rc >= 0)
		return;
	complain(l, conf_section(l->conf, "bridge", 0), a->key, v.text);
	a->where = "";
}

/* Is the address one of those before it? */
static bool
stands_twice(struct look *l, const struct address *all, const struct address *a)
{
	struct verdict v;

	for (const struct address *b = all; *a->where && b < a; b++) {
		if (!*b->where || !place_same(a->where, b->where))
			continue;
		never(&v, "5.3.5", "%s is taken by \"%s\" already", a->where, b->key);
		complain(l, conf_section(l->conf, "bridge", 0), a->key, v.text);
		return true;
	}
	return false;
}

static void
look_at_addresses(struct look *l)
{
	const struct section *s = conf_section(l->conf, "bridge", 0);
	struct address all[ADDRESSES] = {
		[SUBMIT] = { .key = "submit", .where = door_where(l->bridge) },
		[CONTROL] = { .key = "control", .where = l->bridge->control },
		[LISTEN] = { .key = "listen", .where = l->bridge->listen },
		[ADMIN] = { .key = "admin", .where = l->bridge->admin },
	};
	struct verdict v;
	bool running;

	if (door_check(l->bridge, &v) < 0) {
		complain(l, s, "submit", v.text);
		all[SUBMIT].where = "";
	}
	if (control_check(l->bridge->control, &v) < 0) {
		complain(l, s, "control", v.text);
		all[CONTROL].where = "";
	}
	for (struct address *a = all; a < all + ADDRESSES; a++)
		look_at(l, a);
	running = all[CONTROL].used || (all[SUBMIT].used && sock_path(all[SUBMIT].where));
	for (struct address *a = all; a < all + ADDRESSES; a++) {
		if (stands_twice(l, all, a) || !a->used || running)
			continue;
		never(&v, "5.3.5", "%s: another program listens there", a->where);
		complain(l, s, a->key, v.text);
	}
}

/* Certificates. */

static void
look_at_pair(struct look *l, const char *cert_key, const char *cert, const char *key_key, const char *key)
{
	const struct section *s = conf_section(l->conf, "bridge", 0);
	struct verdict v;

	if (!*cert && *key)
		complain(l, s, key_key, "there is no certificate to it");
	else if (*cert && cert_check(cert, &v) < 0)
		complain(l, s, cert_key, v.text);
	else if (*cert && !*key)
		complain(l, s, cert_key, "there is no key to it");
	else if (*cert && cert_check_key(cert, key, &v) < 0)
		complain(l, s, key_key, v.text);
}

/* The certificates that a transport trusts instead of the system's. */
static void
look_at_trusted(struct look *l, const char *kind)
{
	const struct section *s;
	struct verdict v;

	for (size_t i = 0; (s = conf_section(l->conf, kind, i)); i++) {
		const char *file = section_text(s, "ca_file");

		if (file && *file && cert_check(file, &v) < 0)
			complain(l, s, "ca_file", v.text);
	}
}

/* Folders. */

static void
look_at_state(struct look *l, const char *state, const char *queue)
{
	struct verdict v;

	/* The queue is made when it is not there. */
	if (place_folder(state, &v) < 0 || (access(queue, F_OK) == 0 && place_folder(queue, &v) < 0))
		complain(l, conf_section(l->conf, "", 0), "state_dir", v.text);
}

int
places_check(const struct conf *c, const struct daemon_settings *d, const struct bridge_settings *b,
    const char *queue, FILE *errors)
{
	struct look l = { .conf = c, .bridge = b, .errors = errors };
	struct verdict v;

	if (daemon_drop_root(d->user, &v) < 0) {
		complain(&l, conf_section(c, "", 0), "user", v.text);
		return -1;
	}
	look_at_addresses(&l);
	look_at_pair(&l, "submit_cert", b->submit_cert, "submit_key", b->submit_key);
	look_at_pair(&l, "listen_cert", b->listen_cert, "listen_key", b->listen_key);
	look_at_trusted(&l, "mail");
	look_at_trusted(&l, "sdp");
	look_at_trusted(&l, "im");
	look_at_state(&l, d->state_dir, queue);
	return l.rc;
}
