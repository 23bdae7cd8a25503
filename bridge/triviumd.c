/*
 * triviumd.c - the bridge: puts the rooms together, and takes them apart in good order.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/conf.h"
#include "bridge/base/daemon.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/callback.h"
#include "bridge/flow/admin.h"
#include "bridge/flow/alive.h"
#include "bridge/flow/authorise.h"
#include "bridge/flow/await.h"
#include "bridge/flow/control.h"
#include "bridge/flow/door.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/links.h"
#include "bridge/flow/listener.h"
#include "bridge/flow/live.h"
#include "bridge/flow/notice.h"
#include "bridge/flow/places.h"
#include "bridge/flow/pumping.h"
#include "bridge/flow/recent.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/screen.h"
#include "bridge/flow/transport.h"
#include "bridge/flow/transport_mail.h"
#include "bridge/message/addr.h"
#include "bridge/message/returnpath.h"
#include "bridge/store/binding.h"
#include "bridge/store/queue.h"
#include "bridge/store/retry.h"
#include "bridge/store/scan.h"
#include "bridge/store/settings.h"
#include "bridge/store/table.h"
#include "bridge/triviumd_conf.h"
#include "bridge/triviumd_transports.h"

enum {
	DRAIN_MS = 60 * 1000, /* how long a stop waits for what is under way */
	DRAIN_STEP = 20,
};

static const char program[] = "triviumd";

struct bridge {
	struct daemon daemon;
	struct conf **confs; /* that were in use, the last one is */
	size_t nconfs;
	struct daemon_settings settings;
	struct bridge_settings doors;
	struct tables_settings tables;
	struct queue_settings queue_settings;
	struct live live;
	struct scan_settings scan_settings;

	struct loop *loop;
	struct queue *queue;
	struct intake in;
	struct table *policy;
	struct scan *scan;
	struct screen *screen;
	struct receive *receive;
	struct door *door;
	struct listener *listener;
	struct callbacks *callbacks;
	struct control *control;
	struct admin *admin;
	struct links *links;
	struct await *await;
	struct alive *alive;
	struct notice *notice;
	char hostname[256];
	struct returnpath *returnpath;
	struct transports all;
	struct timer drain;
	int64_t drain_until;
};

/* Strings of each configuration that was in use are lent to whoever has them from then. */
static void
keep_conf(struct bridge *b, struct conf *c)
{
	b->confs = xrealloc(b->confs, (b->nconfs + 1) * sizeof(struct conf *));
	b->confs[b->nconfs++] = c;
}

static void
fill(struct bridge *b, const struct conf *c)
{
	section_fill(conf_section(c, "", 0), daemon_rows, &b->settings);
	section_fill(conf_section(c, "", 0), addr_settings, &b->in.rules);
	section_fill(conf_section(c, "bridge", 0), bridge_rows, &b->doors);
	section_fill(conf_section(c, "bridge", 0), queue_rows, &b->queue_settings);
	section_fill(conf_section(c, "tables", 0), tables_rows, &b->tables);
	section_fill(conf_section(c, "scan", 0), scan_rows, &b->scan_settings);
	live_fill(&b->live, c);
	b->in.lifetime = b->live.retry.lifetime;
}

static void
on_news(void *arg, const char *transport)
{
	struct bridge *b = arg;

	transports_wake(&b->all, transport);
}

static void
on_back(void *arg, const char *transport)
{
	struct bridge *b = arg;

	transports_returned(&b->all, transport);
}

/* Stopping: nobody new comes in, nothing new goes out, what is under way is waited for. */

static void
on_drain(void *arg)
{
	struct bridge *b = arg;
	size_t busy = door_waiting(b->door) + listener_waiting(b->listener) +
	    screen_waiting(b->screen) + transports_busy(&b->all);

	if (busy == 0 || loop_ms() >= b->drain_until) {
		if (busy)
			log_warn("stopping while %zu messages are under way; their outcome is "
			    "settled at the next start", busy);
		loop_stop(b->loop);
		return;
	}
	timer_set(b->loop, &b->drain, DRAIN_STEP, on_drain, b);
}

static void
on_terminate(void *arg)
{
	struct bridge *b = arg;

	if (b->drain_until) { /* asked twice: at once */
		loop_stop(b->loop);
		return;
	}
	log_info("stopping");
	daemon_notify("STOPPING=1");
	b->drain_until = loop_ms() + DRAIN_MS;
	door_quiesce(b->door);
	admin_ready(b->admin, false);
	listener_quiesce(b->listener);
	await_stop(b->await);
	notice_stop(b->notice);
	transports_stop(&b->all);
	on_drain(b);
}

/* The configuration is read anew. */

/* Log what was said, a line each. */
static void
log_errors(char *said)
{
	char *line;

	while ((line = strsep(&said, "\n")))
		if (*line)
			log_error("reload: %s", line);
	log_error("reload: the configuration of before stays in use");
}

static void
log_renewed(const char *key, int rc, const struct verdict *v)
{
	if (rc > 0)
		log_info("reload: %s and its key are read anew", key);
	else if (rc < 0)
		log_error("reload: %s: %s; that of before stays in use", key, v->text);
}

/* Certificates change more often than configurations. */
static void
renew(struct bridge *b)
{
	struct verdict v;

	if (!b->door || b->drain_until)
		return;
	log_renewed("listen_cert", listener_renew(b->listener, &v), &v);
	log_renewed("submit_cert", door_renew(b->door, &v), &v);
}

static void
on_hangup(void *arg)
{
	struct bridge *b = arg;
	struct live_transport *all[TRANSPORTS_MOST];
	char *said = NULL;
	size_t len;
	FILE *errors = open_memstream(&said, &len);
	struct conf *c = errors ? triviumd_conf(b->daemon.conf, errors) : NULL;

	for (size_t i = 0; i < b->all.n; i++)
		all[i] = &b->all.one[i]->live;
	if (c && live_change(&b->live, all, b->all.n, b->confs[0], b->confs[b->nconfs - 1], c, errors) < 0) {
		conf_free(c);
		c = NULL;
	}
	if (errors)
		fclose(errors);
	if (!c) {
		log_errors(said);
	} else {
		b->in.lifetime = b->live.retry.lifetime;
		keep_conf(b, c);
		transports_wake(&b->all, NULL); /* a limit may be higher now */
		renew(b);
	}
	free(said);
}

/* Starting. */

/* The mails that go out get return paths of ours. */
static int
sign_mail(struct bridge *b, struct verdict *v)
{
	char *path;

	b->in.mail_domain = b->all.to_mail ? transport_mail_settings(b->all.to_mail)->domain : "";
	if (!b->all.to_mail)
		return 0;
	path = xasprintf("%s/returnpath.secret", b->settings.state_dir);
	b->returnpath = returnpath_open(path, v);
	free(path);
	if (!b->returnpath)
		return -1;
	b->in.returnpath = b->returnpath;
	transport_mail_sign(b->all.to_mail, b->returnpath);
	return 0;
}

/* 0: *t is that table, or NULL when it is named "". */
static int
open_table(const char *name, struct table **t, struct verdict *v)
{
	return *name && !(*t = table_open(name, v)) ? -1 : 0;
}

/* The books are read: everybody may come in. */
static void
open_doors(void *arg)
{
	struct bridge *b = arg;
	char *path = xasprintf("%s/alive", b->settings.state_dir);

	transports_start(&b->all, &b->in);
	b->alive = alive_new(b->loop, &b->in, path);
	free(path);
	await_start(b->await);
	notice_start(b->notice);
	door_serve(b->door);
	listener_serve(b->listener);
	admin_ready(b->admin, true);
	log_info("ready: %llu messages in the queue, %zu transports",
	    (unsigned long long)queue_counts(b->queue).jobs, b->all.n);
	daemon_ready(&b->daemon);
}

static int
serve(struct bridge *b, struct verdict *v)
{
	b->in.pumps = b->all.pumps;
	if (sign_mail(b, v) < 0 || open_table(b->tables.routes, &b->in.routes, v) < 0 ||
	    open_table(b->tables.users, &b->in.users, v) < 0 ||
	    open_table(b->tables.inbound, &b->in.inbound, v) < 0 ||
	    open_table(b->tables.policy, &b->policy, v) < 0 ||
	    !(b->queue = queue_open(b->loop, &b->queue_settings, v)))
		return -1;
	b->in.queue = b->queue;
	b->in.links = b->links = links_new(b->queue, &b->live.links);
	b->in.pumping = pumping_new(&b->live.pumping, b->in.rules.country_code, time(NULL));
	b->in.postmaster = b->all.to_mail ? transport_mail_settings(b->all.to_mail)->postmaster : "";
	b->in.recent = recent_new();
	b->in.bindings = bindings_new();
	b->in.people = (struct people){ b->in.users, b->in.bindings };
	b->in.authorise = authorise_new(&b->in.people, b->in.bindings, b->policy, b->in.rules.country_code);
	transports_pump(&b->all, b->queue, &b->live.retry);
	b->in.npumps = b->all.n;
	if (scan_start(b->scan, v) < 0)
		return -1;
	b->screen = screen_new(b->loop, b->scan);
	b->receive = receive_new(&b->in, &b->live.optout, b->screen);
	for (size_t i = 0; i < b->all.n; i++)
		b->all.one[i]->transport.receive = b->receive;
	queue_watch(b->queue, on_news, on_back, b);
	if (!(b->door = door_open(b->loop, &b->doors, &b->in, v)) ||
	    !(b->listener = listener_open(b->loop, &b->doors, v)) ||
	    !(b->admin = admin_open(b->loop, b->doors.admin, b->queue, b->all.pumps, b->all.n, v)) ||
	    !(b->control = control_open(b->loop, b->doors.control, &b->in, v)))
		return -1;
	listener_add(b->listener, LINKS_PREFIX, links_called, b->links);
	listener_add(b->listener, CALLBACK_PREFIX, callbacks_called, b->callbacks);
	listener_know(b->listener, callbacks_know, b->callbacks);
	daemon_hostname(&b->settings, b->hostname, sizeof b->hostname);
	b->await = await_new(b->loop, b->queue, b->all.pumps, b->all.n, b->queue_settings.report_wait);
	b->notice = notice_new(b->loop, &b->in, b->hostname);
	authorise_recall(b->in.authorise, b->loop, b->queue, open_doors, b);
	loop_run(b->loop);
	return 0;
}

static void
take_apart(struct bridge *b)
{
	control_close(b->control);
	admin_close(b->admin);
	alive_free(b->alive, b->drain_until != 0);
	transports_close(&b->all); /* which gives back what is lent, so the queue is still there */
	listener_close(b->listener);
	door_close(b->door);
	queue_close(b->queue);
	await_free(b->await);
	notice_free(b->notice);
	screen_free(b->screen);
	receive_free(b->receive);
	links_free(b->links);
	transports_free(&b->all);
	table_close(b->in.routes);
	table_close(b->in.users);
	table_close(b->in.inbound);
	table_close(b->policy);
	authorise_free(b->in.authorise);
	recent_free(b->in.recent);
	bindings_free(b->in.bindings);
	pumping_free(b->in.pumping);
	returnpath_close(b->returnpath);
	loop_free(b->loop);
}

static int
run(struct bridge *b)
{
	struct verdict v;
	int rc = EX_OSERR;

	daemon_log(&b->settings, program);
	if (daemon_background(&b->daemon, &b->settings, &v) == 0 &&
	    daemon_drop_root(b->settings.user, &v) == 0) {
		/* Not before: a signalfd that is watched before a fork tells of the parent's
		 * signals only. */
		loop_signal(b->loop, SIGTERM, on_terminate, b);
		loop_signal(b->loop, SIGINT, on_terminate, b);
		loop_signal(b->loop, SIGHUP, on_hangup, b);
		rc = serve(b, &v) < 0 ? EX_UNAVAILABLE : 0;
	}
	if (rc != 0)
		log_error("%s", v.text);
	take_apart(b);
	if (rc == 0)
		log_info("stopped");
	return rc;
}

/* With -n: what a start would only find when it comes to it. 0, or -1; said on stderr. */
static int
check_places(struct bridge *b, const struct conf *c)
{
	return b->daemon.check
	    ? places_check(c, &b->settings, &b->doors, b->queue_settings.dir, stderr) : 0;
}

/* What each value alone does not show. 0, or -1 when something is wrong; said on stderr. */
static int
check(struct bridge *b, const struct conf *c)
{
	const struct section *at = conf_section(c, "", 0);
	const char *const names[] = { b->tables.routes, b->tables.users, b->tables.policy,
		b->tables.inbound };
	static const char *const keys[] = { "routes", "users", "policy", "inbound" };
	char key[40] = "";
	struct verdict v;
	int rc = addr_rules_check(&b->in.rules, &v);

	if (rc < 0) /* it begins with the key */
		snprintf(key, sizeof key, "%.*s", (int)strcspn(v.text, " "), v.text);
	if (rc == 0 && !(b->scan = scan_open(&b->scan_settings, &v))) {
		at = conf_section(c, "scan", 0);
		rc = -1;
	}
	for (size_t i = 0; rc == 0 && i < sizeof names / sizeof *names; i++) {
		struct table *table = *names[i] ? table_open(names[i], &v) : NULL;

		at = conf_section(c, "tables", 0);
		snprintf(key, sizeof key, "%s", keys[i]);
		rc = table || !*names[i] ? 0 : -1;
		table_close(table);
	}
	if (rc < 0)
		fprintf(stderr, "%s: %s\n", section_key_where(at, key), v.text);
	if (transports_open(&b->all, b->loop, b->callbacks, c) < 0)
		rc = -1;
	return check_places(b, c) < 0 ? -1 : rc;
}

int
main(int argc, char **argv)
{
	struct bridge *b = xcalloc(1, sizeof *b);
	char *dir;
	struct conf *c;
	int rc = 1;

	daemon_options(&b->daemon, program, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	if (!(c = triviumd_conf(b->daemon.conf, stderr))) {
		rc = b->daemon.check ? 1 : EX_CONFIG;
		free(b);
		return rc;
	}
	keep_conf(b, c);
	fill(b, c);
	dir = xasprintf("%s/queue", b->settings.state_dir);
	b->queue_settings.dir = dir;
	b->loop = loop_new();
	b->callbacks = callbacks_new();
	if (check(b, c) < 0) {
		rc = b->daemon.check ? 1 : EX_CONFIG;
		transports_close(&b->all);
		transports_free(&b->all);
		loop_free(b->loop);
	} else if (b->daemon.check) {
		transports_close(&b->all);
		transports_free(&b->all);
		loop_free(b->loop);
		rc = 0;
	} else {
		rc = run(b);
	}
	scan_close(b->scan);
	callbacks_free(b->callbacks);
	while (b->nconfs)
		conf_free(b->confs[--b->nconfs]);
	free(b->confs);
	free(dir);
	free(b);
	return rc;
}
