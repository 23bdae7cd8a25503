/*
 * trivium-milter.c - the milter: reads its settings, opens its socket, lets libmilter call, and on
 * SIGTERM waits for what is under way. (libmilter takes SIGHUP, too, for "stop".)
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "bridge/base/conf.h"
#include "bridge/base/daemon.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/networks.h"
#include "bridge/base/verdict.h"
#include "bridge/message/addr.h"
#include "bridge/message/mime.h"
#include "bridge/store/scan.h"
#include "bridge/store/settings.h"
#include "bridge/store/table.h"
#include "milter/callback.h"
#include "milter/milter.h"
#include "milter/submit.h"

enum {
	BACKLOG = 256,
	DRAIN_MS = 60 * 1000,
	DRAIN_STEP_MS = 20,
	LAST_REPLY_MS = 300, /* a callback has returned a little before its reply is written */
};

static const char program[] = "trivium-milter";

/* The program, put together. */
struct gate {
	struct daemon daemon;
	struct daemon_settings settings;
	struct bridge_settings bridge;
	struct tables_settings tables;
	struct scan_settings scan;
	struct milter milter;
	struct conf *conf;
};

static int
read_conf(struct gate *g)
{
	static const struct setting rest[] = {
		{ CONF_REST, CONF_STRING, 0, "", NULL, NULL, "what only the bridge reads" },
		{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
	};
	static const struct setting *const top[] = { daemon_rows, addr_settings, NULL };
	static const struct setting *const milter[] = { milter_rows, milter_place_rows, content_rows, NULL };
	static const struct setting *const bridge[] = { bridge_rows, rest, NULL };
	static const struct setting *const tables[] = { tables_rows, rest, NULL };
	static const struct setting *const scan[] = { scan_rows, NULL };
	static const struct conf_kind kinds[] = {
		{ "", false, top, NULL },
		{ "milter", false, milter, NULL },
		{ "bridge", false, bridge, NULL },
		{ "tables", false, tables, NULL },
		{ "scan", false, scan, NULL },
		{ NULL, false, NULL, NULL },
	};

	if (!(g->conf = conf_read(g->daemon.conf, kinds, stderr)))
		return -1;
	section_fill(conf_section(g->conf, "", 0), daemon_rows, &g->settings);
	section_fill(conf_section(g->conf, "", 0), addr_settings, &g->milter.rules);
	section_fill(conf_section(g->conf, "milter", 0), milter_rows, &g->milter.settings);
	section_fill(conf_section(g->conf, "milter", 0), milter_place_rows, &g->milter.place);
	section_fill(conf_section(g->conf, "milter", 0), content_rows, &g->milter.content);
	section_fill(conf_section(g->conf, "bridge", 0), bridge_rows, &g->bridge);
	section_fill(conf_section(g->conf, "tables", 0), tables_rows, &g->tables);
	section_fill(conf_section(g->conf, "scan", 0), scan_rows, &g->scan);
	return 0;
}

/* Where a unix socket's path begins in the setting; NULL when it is none. */
static const char *
unix_path(const char *socket)
{
	if (strncmp(socket, "unix:", 5) == 0)
		return socket + 5;
	return strncmp(socket, "local:", 6) == 0 ? socket + 6 : NULL;
}

static int
check_socket(const char *socket, struct verdict *v)
{
	const char *path = unix_path(socket);

	if (path && *path && strlen(path) < sizeof((struct sockaddr_un *)0)->sun_path)
		return 0;
	if (path)
		return never(v, "5.3.5", "socket \"%s\": the path is empty or too long", socket);
	if (strncmp(socket, "inet:", 5) == 0 || strncmp(socket, "inet6:", 6) == 0)
		return 0;
	return never(v, "5.3.5", "socket \"%s\": not \"unix:/path\" or \"inet:port@host\"", socket);
}

/* Make what the settings name. 0, or -1 and *v, which belongs to the section at *where. */
static int
prepare(struct gate *g, const char **where, struct verdict *v)
{
	const struct milter_settings *s = &g->milter.settings;

	*where = section_where(conf_section(g->conf, "", 0));
	if (addr_rules_check(&g->milter.rules, v) < 0)
		return -1;
	*where = section_where(conf_section(g->conf, "milter", 0));
	if (check_socket(g->milter.place.socket, v) < 0 ||
	    !(g->milter.networks = networks_parse(s->networks, v)))
		return -1;
	*where = section_where(conf_section(g->conf, "bridge", 0));
	if (!(g->milter.bridge = submit_open(&g->bridge, s->ca_file, s->wait, v)))
		return -1;
	*where = section_where(conf_section(g->conf, "scan", 0));
	if (!(g->milter.scan = scan_open(&g->scan, v)))
		return -1;
	*where = section_where(conf_section(g->conf, "tables", 0));
	if (*g->tables.users && !(g->milter.users = table_open(g->tables.users, v)))
		return -1;
	return (g->milter.routes = table_open(g->tables.routes, v)) ? 0 : -1;
}

/* A socket on which somebody still answers is not stale: it is another milter's. */
static int
check_free(const char *path, struct verdict *v)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, rc;

	if (lstat(path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return never(v, "5.3.5", "socket %s: there is something else of that name", path);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&a, sizeof a);
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		return never(v, "5.3.5", "socket %s: another milter listens there", path);
	if (unlink(path) != 0)
		return never(
		    v, "5.3.5", "socket %s: remove the old one: %s", path, strerror(errno));
	return 0;
}

/*
 * Open the socket, still as root. A unix socket may be used by its owner and by the group of its
 * directory, so whoever made the directory has said which mail server that is.
 */
static int
open_socket(const char *socket, struct verdict *v)
{
	const char *path = unix_path(socket), *slash;
	char *copy = xstrdup(socket), *dir;
	struct stat st;
	int rc = 0;

	if (path && check_free(path, v) < 0)
		rc = -1;
	umask(0117);
	if (rc == 0 &&
	    (smfi_setconn(copy) != MI_SUCCESS || smfi_setbacklog(BACKLOG) != MI_SUCCESS ||
		smfi_opensocket(true) != MI_SUCCESS))
		rc = later(v, "4.3.0", "socket %s: cannot listen there: %s", socket,
		    errno ? strerror(errno) : "the log may say why");
	umask(077);
	free(copy);
	if (rc < 0 || !path)
		return rc;
	slash = strrchr(path, '/');
	dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
	if (stat(dir, &st) != 0 || chown(path, (uid_t)-1, st.st_gid) != 0)
		log_warn(
		    "socket %s: give it to the group of its directory: %s", path, strerror(errno));
	free(dir);
	return 0;
}

static void
pause_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* libmilter returns from smfi_main() at once, whatever its threads are doing. Mails that wait for
 * the bridge get their answers first. */
static void
drain(void)
{
	long waited = 0;

	while (callback_busy() > 0 && waited < DRAIN_MS) {
		pause_ms(DRAIN_STEP_MS);
		waited += DRAIN_STEP_MS;
	}
	if (callback_busy() > 0)
		log_warn("stopping while %u mails wait for the bridge; their senders try again",
		    callback_busy());
	pause_ms(LAST_REPLY_MS);
}

/* The routes are what we are here for: without them no mail could be told from another. */
static int
check_routes(struct gate *g, struct verdict *v)
{
	char value[TABLE_VALUE];

	return table_get(g->milter.routes, "localhost", value, sizeof value, v) < 0 ? -1 : 0;
}

static int
serve(struct gate *g, struct verdict *v)
{
	if (callback_register(&g->milter, v) < 0 || open_socket(g->milter.place.socket, v) < 0 ||
	    daemon_drop_root(g->settings.user, v) < 0 || check_routes(g, v) < 0 ||
	    scan_start(g->milter.scan, v) < 0)
		return -1;
	mime_start();
	log_info("ready: %s, routes %s, bridge %s", g->milter.place.socket, g->tables.routes,
	    g->bridge.submit);
	daemon_ready(&g->daemon);
	if (smfi_main() != MI_SUCCESS)
		return later(v, "4.3.0", "libmilter gave up; the log may say why");
	log_info("stopping");
	daemon_notify("STOPPING=1");
	drain();
	return 0;
}

static int
run(struct gate *g)
{
	struct verdict v;
	const char *path = unix_path(g->milter.place.socket);

	daemon_log(&g->settings, program);
	if (daemon_background(&g->daemon, &g->settings, &v) < 0 || serve(g, &v) < 0) {
		log_error("%s", v.text);
		return EX_UNAVAILABLE;
	}
	if (path)
		unlink(
		    path); /* may fail: the directory can be another's. The next start does it. */
	log_info("stopped");
	return 0;
}

int
main(int argc, char **argv)
{
	static struct gate gate; /* for as long as libmilter's threads live */
	struct verdict v;
	const char *where = "";

	daemon_options(&gate.daemon, program, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	umask(077);
	if (read_conf(&gate) < 0)
		return gate.daemon.check ? 1 : EX_CONFIG;
	if (prepare(&gate, &where, &v) < 0) {
		fprintf(stderr, "%s: %s\n", where, v.text);
		return gate.daemon.check ? 1 : EX_CONFIG;
	}
	/* The rest is left to the process's end: threads of libmilter's pool may still be in it. */
	return gate.daemon.check ? 0 : run(&gate);
}
