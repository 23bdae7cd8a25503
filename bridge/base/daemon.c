/*
 * daemon.c - what the daemons have in common.
 */
#include "bridge/base/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/conf.h"
#include "bridge/base/log.h"
#include "bridge/base/verdict.h"

#define AT(field) offsetof(struct daemon_settings, field)

const struct setting daemon_rows[] = {
	{ "hostname", CONF_STRING, AT(hostname), "", NULL, NULL,
	    "this host's name in mail and logs; empty: the machine's own" },
	{ "state_dir", CONF_STRING, AT(state_dir), "/var/lib/trivium", NULL, NULL,
	    "directory of what must last" },
	{ "user", CONF_STRING, AT(user), "trivium", NULL, NULL,
	    "user whom the daemons become when started as root; empty: none" },
	{ "log", CONF_CHOICE, AT(log), "syslog", "syslog stderr", NULL, "where log lines go" },
	{ "log_numbers", CONF_CHOICE, AT(log_numbers), "full", "full masked", NULL,
	    "how the log shows phone numbers; masked: without the digits in their middle" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

static void
usage(FILE *to, const char *program)
{
	fprintf(to,
	    "usage: %s [-c FILE] [-d] [-n] | -h | -V\n"
	    "  -c FILE  read this configuration (default %s/trivium.conf)\n"
	    "  -d       go to the background\n"
	    "  -n       check the configuration and exit: 0 when it is good, else 1\n"
	    "  -h, -V   show this, or the version\n",
	    program, SYSCONFDIR);
}

void
daemon_options(struct daemon *d, const char *program, int argc, char **argv)
{
	int option;

	*d = (struct daemon){ .conf = SYSCONFDIR "/trivium.conf", .waiting = -1 };
	while ((option = getopt(argc, argv, "c:dhnV")) != -1) {
		switch (option) {
		case 'c':
			d->conf = optarg;
			break;
		case 'd':
			d->background = true;
			break;
		case 'n':
			d->check = true;
			break;
		case 'V':
			printf("%s %s\n", program, TRIVIUM_VERSION);
			exit(0);
		case 'h':
			usage(stdout, program);
			exit(0);
		default:
			usage(stderr, program);
			exit(EX_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: what is \"%s\"?\n", program, argv[optind]);
		usage(stderr, program);
		exit(EX_USAGE);
	}
}

void
daemon_log(const struct daemon_settings *s, const char *program)
{
	log_open(program, s->log == DAEMON_SYSLOG);
	if (s->log_numbers == DAEMON_MASKED)
		log_mask();
}

void
daemon_hostname(const struct daemon_settings *s, char *name, size_t room)
{
	if (*s->hostname) {
		snprintf(name, room, "%s", s->hostname);
		return;
	}
	if (gethostname(name, room) != 0 || room == 0)
		snprintf(name, room, "localhost");
	else
		name[room - 1] = '\0';
}

/* Wait in the process that was called for a byte that says "ready", or for the child's end. */
static _Noreturn void
wait_for(pid_t child, int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(0);
	waitpid(child, NULL, 0);
	_exit(1);
}

int
daemon_background(struct daemon *d, const struct daemon_settings *s, struct verdict *v)
{
	static char conf[PATH_MAX];
	int fds[2], null;
	pid_t child;

	if (!d->background)
		return 0;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || pipe2(fds, O_CLOEXEC) != 0)
		return later(v, "4.3.0", "go to the background: %s", strerror(errno));
	child = fork();
	if (child < 0)
		return later(v, "4.3.0", "go to the background: %s", strerror(errno));
	if (child > 0) {
		close(fds[1]);
		wait_for(child, fds[0]);
	}
	close(fds[0]);
	setsid();
	/* No directory is kept busy; so paths in the configuration should be absolute. Its own is made so. */
	if (*d->conf != '/' && realpath(d->conf, conf))
		d->conf = conf;
	if (chdir("/") != 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return later(v, "4.3.0", "go to the background: %s", strerror(errno));
	if (null > STDERR_FILENO)
		close(null);
	d->waiting = fds[1];
	d->quiet = s->log == DAEMON_SYSLOG;
	return 0;
}

int
daemon_drop_root(const char *user, struct verdict *v)
{
	const struct passwd *pw;

	if (!*user || geteuid() != 0)
		return 0;
	errno = 0;
	pw = getpwnam(user);
	if (!pw)
		return never(v, "5.3.5", "user \"%s\": %s", user,
		    errno ? strerror(errno) : "there is no such user; create it, or name another");
	if (pw->pw_uid == 0)
		return never(
		    v, "5.3.5", "user \"%s\" is root; set user = \"\" when that is meant", user);
	if (initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return never(v, "5.3.5", "become user \"%s\": %s", user, strerror(errno));
	if (setuid(0) == 0 || geteuid() != pw->pw_uid || getegid() != pw->pw_gid)
		return never(v, "5.3.5", "become user \"%s\": root can still be had", user);
	return 0;
}

void
daemon_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len > sizeof to.sun_path || (*path != '/' && *path != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (*path == '@') /* Linux's abstract names begin with NUL. */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Without a reader there is no one to tell; that must not disturb the work. */
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		log_warn("tell systemd \"%s\": %s", state, strerror(errno));
	close(fd);
}

void
daemon_ready(struct daemon *d)
{
	int null;

	daemon_notify("READY=1");
	if (d->waiting < 0)
		return;
	if (write(d->waiting, "", 1) != 1)
		log_warn("who called this program has gone");
	close(d->waiting);
	d->waiting = -1;
	if (!d->quiet)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
}
