/*
 * notify.c - loads what takes messages of phones, for t/bench.py:
 *
 *	notify soap PORT PATH N CONNECTIONS [TO]
 *						brings N notifySmsReception to 127.0.0.1, each another one,
 *						the next on a connection when the one before is answered; to
 *						a mailbox, or to TO, in which a # is a number below 100
 *	notify kannel PORT N SINK		writes N messages to a bearerbox's fake SMSC at PORT, and is
 *						the server at port SINK to which its smsbox brings them
 *
 * Prints messages a second, until the last one was answered, or brought.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 1024, INPUT = 8192, EVENTS = 64, GIVE_UP_S = 60, IN_FLIGHT = 64 };

/* A connection, and what has come on it and is not dealt with yet. */
struct end {
	int fd;
	size_t len;
	char in[INPUT];
};

static struct end *ends[CONNECTIONS];
static int watch;
static const char *to = "bea@sink.example";
static unsigned long run; /* so that no message is one of an earlier run */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
fail(const char *what)
{
	fprintf(stderr, "notify: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in
here(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void
add(int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
	int one = 1;

	if (fd < 0 || fd >= CONNECTIONS)
		fail("connection");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	free(ends[fd]);
	ends[fd] = calloc(1, sizeof *ends[fd]);
	ends[fd]->fd = fd;
	epoll_ctl(watch, EPOLL_CTL_ADD, fd, &e);
}

static int
connect_to(const char *port)
{
	struct sockaddr_in peer = here(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof peer) < 0)
		fail("connect");
	return fd;
}

static void
put(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0)
			fail("write");
		bytes += n;
		len -= (size_t)n;
	}
}

static void
bring(int fd, const char *path, unsigned n)
{
	char body[1024], all[2048], whom[100];
	const char *mark = strchr(to, '#');
	int len;

	snprintf(whom, sizeof whom, "%s", to);
	if (mark)
		snprintf(whom, sizeof whom, "%.*s%u%s", (int)(mark - to), to, n % 100, mark + 1);

	len = snprintf(body, sizeof body, "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"http://schemas."
	    "xmlsoap.org/soap/envelope/\" xmlns:n=\"http://www.csapi.org/schema/parlayx/sms/notification/"
	    "v2_2/local\"><e:Body><n:notifySmsReception><n:correlator>r</n:correlator><n:message><message>"
	    "%s Lunch %lx.%u?</message><senderAddress>tel:+49155%08u</senderAddress>"
	    "<smsServiceActivationNumber>tel:10690123</smsServiceActivationNumber><dateTime>2026-11-24T10"
	    ":30:00Z</dateTime></n:message></n:notifySmsReception></e:Body></e:Envelope>", whom, run, n, n);
	len = snprintf(all, sizeof all, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml; "
	    "charset=utf-8\r\nSOAPAction: \"\"\r\nContent-Length: %d\r\n\r\n%s", path, len, body);
	put(fd, all, (size_t)len);
}

/* Is a whole HTTP message there? Its bytes are taken; *status is that of an answer. */
static bool
whole(struct end *e, int *status)
{
	char *head, *length;
	size_t all;

	e->in[e->len] = '\0';
	if (!(head = strstr(e->in, "\r\n\r\n")))
		return false;
	length = strcasestr(e->in, "\r\nContent-Length:");
	all = (size_t)(head + 4 - e->in);
	if (length && length < head)
		all += strtoul(length + 17, NULL, 10);
	if (e->len < all)
		return false;
	*status = atoi(e->in + strcspn(e->in, " "));
	memmove(e->in, e->in + all, e->len - all);
	e->len -= all;
	return true;
}

/* Read what is there; false at the end of the connection. */
static bool
take(struct end *e)
{
	ssize_t n = read(e->fd, e->in + e->len, INPUT - 1 - e->len);

	if (n <= 0)
		return false;
	e->len += (size_t)n;
	return true;
}

static double
soap(const char *port, const char *path, unsigned most, unsigned connections)
{
	unsigned sent = 0, done = 0;
	double begin = now();
	struct epoll_event events[EVENTS];

	for (unsigned i = 0; i < connections; i++) {
		int fd = connect_to(port);

		add(fd);
		bring(fd, path, sent++);
	}
	while (done < most) {
		int n = epoll_wait(watch, events, EVENTS, GIVE_UP_S * 1000);

		if (n <= 0)
			fail("nothing comes");
		for (int i = 0; i < n; i++) {
			struct end *e = ends[events[i].data.fd];
			int status;

			if (!take(e))
				fail("the connection ends");
			while (whole(e, &status)) {
				if (status != 200) {
					fprintf(stderr, "notify: HTTP status %d\n", status);
					exit(1);
				}
				done++;
				if (sent < most)
					bring(e->fd, path, sent++);
			}
		}
	}
	return most / (now() - begin);
}

/* The server that smsbox brings messages to. Its answers have no body, so nothing is sent back. */
static double
kannel(const char *port, unsigned most, const char *sink)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n";
	struct sockaddr_in at = here(sink);
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), smsc = connect_to(port);
	struct epoll_event events[EVENTS], e = { .events = EPOLLIN, .data.fd = listener };
	unsigned done = 0, sent = 0;
	double begin;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 512) < 0)
		fail("listen");
	epoll_ctl(watch, EPOLL_CTL_ADD, listener, &e);
	begin = now();
	while (done < most) {
		int n;

		/* As many under way as by the other way in. */
		for (char line[200]; sent < most && sent < done + IN_FLIGHT; sent++)
			put(smsc, line, (size_t)snprintf(line, sizeof line,
			    "+49155%08u 10690123 text Lunch %lx.%u?\n", sent, run, sent));
		if ((n = epoll_wait(watch, events, EVENTS, GIVE_UP_S * 1000)) <= 0)
			fail("nothing comes");
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd, status;

			if (fd == listener) {
				add(accept(listener, NULL, NULL));
			} else if (!take(ends[fd])) {
				close(fd);
			} else {
				while (whole(ends[fd], &status)) {
					put(fd, answer, sizeof answer - 1);
					done++;
				}
			}
		}
	}
	return most / (now() - begin);
}

int
main(int argc, char **argv)
{
	double rate;

	signal(SIGPIPE, SIG_IGN);
	watch = epoll_create1(0);
	run = (unsigned long)time(NULL) << 16 ^ (unsigned long)getpid();
	if (argc == 7)
		to = argv[6];
	if (argc >= 6 && strcmp(argv[1], "soap") == 0)
		rate = soap(argv[2], argv[3], (unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]));
	else if (argc == 5 && strcmp(argv[1], "kannel") == 0)
		rate = kannel(argv[2], (unsigned)atoi(argv[3]), argv[4]);
	else
		return 2;
	printf("%.0f\n", rate);
	return 0;
}
