/*
 * u-httpd.c - the HTTP server: answers now and later, limits, clients that go or misbehave, unix
 * sockets, TLS. Server and clients (http.h, and raw sockets for what no good client does) share one
 * loop.
 */
#include "bridge/base/httpd.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/http.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/sock.h"
#include "bridge/base/verdict.h"
#include "t/tap.h"

enum { MAX_BODY = 10000, PATIENCE_MS = 20000 };

static struct loop *loop;
static struct http *http;
static char folder[] = "/tmp/u-httpd.XXXXXX";
static char socket_path[64];

static struct httpd_request *held[8]; /* of /hold */
static int nheld, requests;
static char seen[1000]; /* of the last request */

struct wait {
	struct timer timer;
	struct httpd_request *request;
};

/* The loop is run in short turns until something is so, or for so long that it will never be. */

static void
on_turn(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void
turn(int64_t ms)
{
	struct timer t = { 0 };

	timer_set(loop, &t, ms, on_turn, NULL);
	loop_run(loop);
	timer_clear(loop, &t);
}

#define RUN_UNTIL(so)                                   \
	do {                                            \
		int64_t last = loop_ms() + PATIENCE_MS; \
		while (!(so) && loop_ms() < last)       \
			turn(2);                        \
	} while (0)

/* The server's side. */

static void
echo(struct httpd_request *r)
{
	size_t len;
	const char *body = httpd_body(r, &len);

	httpd_answer(r, 200, "text/plain", body, len);
}

static void
on_late(void *arg)
{
	struct wait *w = arg;

	echo(w->request);
	free(w);
}

static void
on_request(void *arg, struct httpd_request *r)
{
	const char *path = httpd_path(r), *query = httpd_query(r, "q"), *name;
	struct wait *w;
	size_t len;

	(void)arg;
	requests++;
	httpd_body(r, &len);
	name = httpd_header(r, "x-test");
	snprintf(seen, sizeof seen, "%s %s q=%s flag=%s x=%s len=%zu peer=%s", httpd_method(r),
	    path, query ? query : "-", httpd_query(r, "flag") ? "yes" : "no", name ? name : "-",
	    len, httpd_peer(r));
	if (strcmp(path, "/late") == 0) {
		w = xcalloc(1, sizeof *w);
		w->request = r;
		timer_set(loop, &w->timer, 5 + requests % 7, on_late, w);
	} else if (strcmp(path, "/hold") == 0) {
		held[nheld++] = r;
	} else if (strcmp(path, "/trust") == 0) {
		httpd_trust(r);
		echo(r);
	} else if (strcmp(path, "/drop") == 0) {
		httpd_drop(r);
	} else if (strcmp(path, "/evil") == 0) {
		httpd_answer_header(r, "X-Good", "1");
		httpd_answer_header(r, "X-Evil", "1\r\nX-Second: 2");
		echo(r);
	} else {
		echo(r);
	}
}

static struct httpd *
serve(const char *listen, unsigned connections, unsigned idle_s)
{
	struct httpd_settings s = { .listen = listen,
		.mode = 0660,
		.max_body = MAX_BODY,
		.max_connections = connections,
		.idle_s = idle_s };
	struct verdict v = { 0 };
	struct httpd *h = httpd_open(loop, &s, on_request, NULL, &v);

	if (!h) {
		printf("Bail out! %s: %s\n", listen, v.text);
		exit(1);
	}
	requests = nheld = 0;
	seen[0] = '\0';
	return h;
}

/* A good client's side. */

struct call {
	enum http_end end;
	int status;
	bool ended, same;
	char body[40];
};

static int ended;

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct call *c = arg;

	c->end = a->end;
	c->status = a->status;
	c->same = strcmp(a->body, c->body) == 0;
	c->ended = true;
	ended++;
}

static void
call(
    struct call *c, const char *url, const char *path, const char *ca, const char *body, size_t len)
{
	struct http_request r = { .url = url,
		.unix_socket = path,
		.ca_file = ca,
		.body = body,
		.len = len,
		.content_type = "text/plain",
		.timeout_ms = PATIENCE_MS,
		.connect_timeout_ms = PATIENCE_MS,
		.max_answer = 2 * MAX_BODY };

	c->ended = false;
	http_send(http, &r, on_answer, c);
}

/* One exchange with a body of that length; its status, or 0. */
static int
status_of(const char *url, const char *path, const char *ca, size_t len)
{
	char *body = xcalloc(1, len + 1);
	struct call c = { 0 };

	memset(body, 'x', len);
	call(&c, url, path, ca, body, len);
	free(body);
	RUN_UNTIL(c.ended);
	return c.status;
}

/* A bad client's side: a raw connection. */

static int
dial(const struct httpd *h)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)httpd_port(h)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool tcp = httpd_port(h) != 0;
	int fd = socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof un.sun_path, "%s", socket_path);
	if (tcp ? connect(fd, (struct sockaddr *)&in, sizeof in)
		: connect(fd, (struct sockaddr *)&un, sizeof un)) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* A connection from that address of this host. */
static int
dial_from(const struct httpd *h, const char *from)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)httpd_port(h)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, from, &a.sin_addr);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || connect(fd, (struct sockaddr *)&to, sizeof to))
		printf("# from %s: %s\n", from, strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
say(int fd, const char *bytes)
{
	if (write(fd, bytes, strlen(bytes)) < 0)
		printf("# write: %s\n", strerror(errno));
}

/* Read what there is; whether the end has come. */
static bool
hear(int fd, struct buf *b)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		buf_add(b, bytes, (size_t)n);
	return n == 0 || errno != EAGAIN;
}

/* How often text stands in b. */
static int
times(const struct buf *b, const char *text)
{
	const char *s = buf_str(b);
	int n = 0;

	for (; (s = strstr(s, text)); s++)
		n++;
	return n;
}

static int
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* The tests. */

static void
test_many(const char *listen, const char *path)
{
	enum { MANY = 200 };
	static struct call calls[MANY];
	struct httpd *h = serve(listen, 300, 30);
	char url[60];
	int good = 0, round, i;

	snprintf(url, sizeof url, "http://127.0.0.1:%u/late", path ? 80 : httpd_port(h));
	for (round = 0; round < 3; round++) {
		ended = 0;
		for (i = 0; i < MANY; i++) {
			snprintf(calls[i].body, sizeof calls[i].body, "%d of round %d", i, round);
			call(&calls[i], url, path, NULL, calls[i].body, strlen(calls[i].body));
		}
		RUN_UNTIL(ended == MANY);
		for (i = 0; i < MANY; i++)
			good += calls[i].status == 200 && calls[i].same;
	}
	is_int(good, 3 * MANY, path ? "600 by unix socket" : "600 by TCP");
	ok(strstr(seen, path ? "peer=unix" : "peer=127.0.0.1"), "the peer is named");
	httpd_close(h);
}

/* What a raw client says; how often "HTTP/1.1 STATUS" then comes; how many requests are handed on.
 */
static const struct {
	const char *name, *says, *answer;
	int answers, requests;
	const char *seen;
} rows[] = {
	{ "GET", "GET /a%20b?q=1%262&flag HTTP/1.1\r\nHost: x\r\nX-Test: yes\r\n\r\n", " 200 ", 1,
	    1, "GET /a b q=1&2 flag=yes x=yes len=0 peer=127.0.0.1" },
	{ "an empty parameter", "GET /?q= HTTP/1.1\r\nHost: x\r\n\r\n", " 200 ", 1, 1,
	    "GET / q= flag=no x=- len=0 peer=127.0.0.1" },
	{ "three at once",
	    "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: "
	    "3\r\n\r\nabc"
	    "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n",
	    " 200 ", 3, 3, "GET /3" },
	{ "three at once, answered later",
	    "GET /late HTTP/1.1\r\nHost: x\r\n\r\nGET /late HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /late HTTP/1.1\r\nHost: x\r\n\r\n",
	    " 200 ", 3, 3, "GET /late" },
	{ "chunked",
	    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
	    " 200 ", 1, 1, "POST / q=- flag=no x=- len=5" },
	{ "100-continue",
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
	    " 100 ", 1, 0, "" },
	{ "no 100-continue for a body that is too long",
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10001\r\nExpect: 100-continue\r\n\r\n",
	    " 413 ", 1, 0, "" },
	{ "a length beyond all bounds",
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
	    "too large value", 1, 0, "" },
	{ "a negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
	    "wrong value", 1, 0, "" },
	{ "a chunk beyond all bounds",
	    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	    "chunked\r\n\r\nfffffffffffffffff\r\nab",
	    " 4", 1, 0, "" },
	{ "a path with a NUL", "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", " 200 ", 1, 1,
	    "GET /a q" },
	{ "HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", " 200 ", 1, 1, "GET / " },
};

static void
test_rows(void)
{
	struct httpd *h = serve("127.0.0.1:0", 300, 30);
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd = dial(h);
		struct buf b;

		buf_init(&b, 100000);
		requests = 0;
		seen[0] = '\0';
		say(fd, rows[i].says);
		RUN_UNTIL((hear(fd, &b),
		    times(&b, rows[i].answer) >= rows[i].answers && requests >= rows[i].requests));
		if (!ok(times(&b, rows[i].answer) == rows[i].answers, "raw: %s", rows[i].name))
			printf("# %s\n", buf_str(&b));
		is_int(requests, rows[i].requests, "requests handed on");
		if (!ok(strncmp(seen, rows[i].seen, strlen(rows[i].seen)) == 0, "what was seen"))
			printf("# %s\n", seen);
		close(fd);
		buf_free(&b);
	}
	httpd_close(h);
}

/* Answers with further headers, and no answer at all. */
static void
test_answers(void)
{
	struct httpd *h = serve("127.0.0.1:0", 300, 30);
	int fd = dial(h);
	struct buf b;

	buf_init(&b, 100000);
	say(fd, "POST /evil HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nagain");
	RUN_UNTIL((hear(fd, &b), times(&b, "again")));
	ok(times(&b, "X-Good: 1\r\n") == 1 && times(&b, "X-Second") == 0,
	    "a header with a line end in it makes no second one");
	buf_reset(&b);
	say(fd, "GET /drop HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(hear(fd, &b));
	ok(requests == 2 && b.len == 0, "dropped");
	close(fd);
	buf_free(&b);
	httpd_close(h);
}

static void
test_limits(void)
{
	struct httpd *h = serve("127.0.0.1:0", 300, 30);
	char url[60], line[1100];
	struct buf b;
	int fd, i;

	snprintf(url, sizeof url, "http://127.0.0.1:%u/", httpd_port(h));
	is_int(status_of(url, NULL, NULL, MAX_BODY), 200, "a body just as long as allowed");
	is_int(status_of(url, NULL, NULL, MAX_BODY + 1), 413, "one byte more");
	is_int(status_of(url, NULL, NULL, 2 * MAX_BODY), 413, "twice as much");
	/* The client may be cut off before it reads its 413. */
	ok(status_of(url, NULL, NULL, 5000000) != 200, "far too much");
	is_int(requests, 1, "the long ones were not handed on");

	/* Chunked, so that nobody can know: 15 KB are answered, more is cut off. */
	buf_init(&b, 100000);
	memset(line, 'x', sizeof line);
	memcpy(line, "400\r\n", 5);
	memcpy(line + 5 + 1024, "\r\n", 3);
	fd = dial(h);
	say(fd, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (i = 0; i < 15; i++)
		say(fd, line);
	say(fd, "0\r\n\r\n");
	RUN_UNTIL(hear(fd, &b));
	ok(times(&b, " 413 ") == 1 && requests == 1, "a long chunked body is answered, and closed");
	close(fd);
	buf_reset(&b);
	fd = dial(h);
	say(fd, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (i = 0; i < 40; i++)
		say(fd, line);
	RUN_UNTIL(hear(fd, &b));
	ok(requests == 1, "an endless chunked body is cut off");
	close(fd);

	buf_reset(&b);
	fd = dial(h);
	say(fd, "GET / HTTP/1.1\r\nHost: x\r\n");
	memcpy(line, "X: 12", 5);
	for (i = 0; i < 60; i++)
		say(fd, line);
	RUN_UNTIL(hear(fd, &b));
	ok(requests == 1, "60 KB of headers are refused");
	close(fd);
	buf_free(&b);
	is_int(status_of(url, NULL, NULL, 1), 200, "and the server goes on");
	httpd_close(h);
}

static void
test_gone(void)
{
	struct httpd *h = serve("127.0.0.1:0", 300, 30);
	int before, fd[3], i;
	char url[60];

	snprintf(url, sizeof url, "http://127.0.0.1:%u/", httpd_port(h));
	status_of(url, NULL, NULL, 1);
	before = open_files();
	for (i = 0; i < 3; i++) {
		fd[i] = dial(h);
		say(fd[i], "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
	}
	RUN_UNTIL(nheld == 3);
	close(fd[0]);
	shutdown(fd[1], SHUT_WR);
	setsockopt(fd[2], SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
	close(fd[2]);
	turn(20);
	for (i = 0; i < 3; i++)
		echo(held[i]);
	RUN_UNTIL(open_files() == before + 1);
	is_int(status_of(url, NULL, NULL, 1), 200, "answers for clients that are gone harm nobody");
	close(fd[1]);
	RUN_UNTIL(open_files() == before);
	is_int(open_files(), before, "and their connections are closed");

	fd[0] = dial(h);
	say(fd[0], "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nab");
	turn(20);
	close(fd[0]);
	RUN_UNTIL(open_files() == before);
	is_int(open_files(), before, "a client gone in the middle of its body");
	httpd_close(h);
}

static void
test_connections(void)
{
	struct httpd *h = serve("127.0.0.1:0", 1, 1); /* one is kept, two are taken */
	struct call c = { 0 };
	struct buf b;
	char url[60];
	int a, d;

	snprintf(url, sizeof url, "http://127.0.0.1:%u/", httpd_port(h));
	a = dial(h);
	d = dial(h);
	say(a, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	say(d, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(nheld == 2);
	call(&c, url, NULL, NULL, "x", 1);
	turn(50);
	ok(!c.ended, "one connection too many waits");
	close(a);
	echo(held[0]);
	RUN_UNTIL(c.ended);
	is_int(c.status, 200, "until another is closed");
	turn(1500);
	is_int(nheld, 2, "idle time is not counted while we are to answer");
	buf_init(&b, 10000);
	echo(held[1]);
	RUN_UNTIL(hear(d, &b));
	ok(times(&b, " 200 "), "the answer came, then the idle connection was closed");
	buf_free(&b);
	close(d);
	httpd_close(h);
}

static bool
is_known(void *arg, const char *peer)
{
	(void)arg;
	return strcmp(peer, "127.0.0.9") == 0;
}

/* Whether the server has closed it. */
static bool
is_closed(int fd)
{
	struct buf b;
	bool closed;

	buf_init(&b, 10000);
	closed = hear(fd, &b);
	buf_free(&b);
	return closed;
}

/* Silent clients, from wherever, do not shut out others, and are closed in good order. */
static void
test_crowd(void)
{
	enum { KEPT = 8, SILENT = 100 };
	struct httpd_settings s = { .listen = "127.0.0.1:0",
		.max_body = MAX_BODY,
		.max_connections = KEPT,
		.idle_s = 300,
		.known = is_known };
	struct verdict v;
	struct httpd *h = httpd_open(loop, &s, on_request, NULL, &v);
	int fd[SILENT], known, asks, shown, half, open = 0, before = open_files();
	struct buf b;
	char url[60];

	nheld = requests = 0;
	buf_init(&b, 10000);
	known = dial_from(h, "127.0.0.9");
	asks = dial_from(h, "127.0.0.2");
	say(asks, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	shown = dial_from(h, "127.0.0.3");
	say(shown, "GET /trust HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(nheld == 1 && requests == 2);
	half = dial_from(h, "127.0.0.4");
	say(half, "POST /never HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
	turn(5);
	for (int i = 0; i < SILENT; i++) {
		char from[20];

		snprintf(from, sizeof from, "127.0.1.%d", i / 10);
		fd[i] = dial_from(h, from);
		turn(1);
	}
	RUN_UNTIL(open_files() == before + 4 + SILENT + KEPT);
	is_int(open_files(), before + 4 + SILENT + KEPT, "of very many silent connections some are kept");
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", httpd_port(h));
	is_int(status_of(url, NULL, NULL, 10), 200, "and who comes is served");
	for (int i = 0; i < SILENT; i++)
		open += !is_closed(fd[i]);
	ok(open >= KEPT - 5 && open <= KEPT - 3 && !is_closed(fd[SILENT - 1]), "the oldest are closed, the last is not");
	ok(is_closed(half), "and one that has sent half of a request");
	ok(!is_closed(known) && !is_closed(shown), "but none that is known");
	echo(held[0]);
	RUN_UNTIL((hear(asks, &b), times(&b, " 200 ")));
	is_int(times(&b, " 200 "), 1, "and none that waits for its answer");
	close(known), close(asks), close(shown), close(half);
	for (int i = 0; i < SILENT; i++)
		close(fd[i]);
	buf_free(&b);
	httpd_close(h);
}

static void
test_unix(void)
{
	struct httpd_settings s = {
		.mode = 0600, .max_body = 100, .max_connections = 5, .idle_s = 5
	};
	struct verdict v;
	struct stat st = { 0 };
	char where[80], file[80];
	struct httpd *h;
	int fd;

	snprintf(where, sizeof where, "unix:%s", socket_path);
	s.listen = where;
	h = httpd_open(loop, &s, on_request, NULL, &v);
	stat(socket_path, &st);
	is_int(st.st_mode & 0777, 0600, "its mode");
	is_int(httpd_port(h), 0, "no port");
	ok(!httpd_open(loop, &s, on_request, NULL, &v) && strstr(v.text, "listens"),
	    "a living socket is left alone");
	is_int(status_of("http://x/", socket_path, NULL, 1), 200, "and lives on");
	httpd_close(h);
	ok(access(socket_path, F_OK) != 0, "removed when closed");

	fd = sock_listen(where, 0600, &v);
	close(fd);
	ok(access(socket_path, F_OK) == 0, "a stale socket");
	h = httpd_open(loop, &s, on_request, NULL, &v);
	is_int(status_of("http://x/", socket_path, NULL, 1), 200, "is replaced");
	unlink(socket_path);
	fd = sock_listen(where, 0600, &v);
	httpd_close(h);
	ok(access(socket_path, F_OK) == 0, "another's socket is not removed");
	close(fd);
	unlink(socket_path);

	snprintf(file, sizeof file, "unix:%s/file", folder);
	close(open(file + 5, O_CREAT | O_WRONLY, 0600));
	ok(sock_listen(file, 0600, &v) < 0 && strstr(v.text, "not a socket"),
	    "a file is left alone");
	unlink(file + 5);
	ok(sock_listen("unix:/no/such/folder/s", 0600, &v) < 0, "no such folder");
	ok(sock_listen("unix:", 0600, &v) < 0, "no path");
	ok(sock_listen("127.0.0.1", 0, &v) < 0, "no port");
	ok(sock_listen("::1:80", 0, &v) < 0, "no brackets");
	ok(sock_listen("127.0.0.1:x", 0, &v) < 0, "a port in letters");
	ok(sock_listen(":80", 0, &v) < 0, "no host");
	fd = sock_listen("127.0.0.1:0", 0, &v);
	snprintf(file, sizeof file, "127.0.0.1:%u", sock_port(fd));
	ok(sock_listen(file, 0, &v) < 0 && v.is == NEVER, "a port that is taken");
	close(fd);
}

static void
test_end(void)
{
	struct httpd *h = serve("127.0.0.1:0", 300, 30);
	struct call c = { 0 }, next = { 0 };
	struct buf b;
	char url[60];
	int fd = dial(h), late;

	snprintf(url, sizeof url, "http://127.0.0.1:%u/hold", httpd_port(h));
	call(&c, url, NULL, NULL, "x", 1);
	say(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(nheld == 2);
	httpd_quiesce(h);
	httpd_quiesce(h);
	late = dial(h);
	ok(late < 0, "no new connection once quiesced");
	echo(strstr(seen, "POST") ? held[1] : held[0]);
	RUN_UNTIL(c.ended);
	is_int(c.status, 200, "what is under way is answered");
	call(&next, url, NULL, NULL, "x", 1);
	RUN_UNTIL(nheld == 3);
	is_int(nheld, 3, "a kept connection may ask again");
	httpd_close(h);
	RUN_UNTIL(next.ended);
	is_int(next.status, 503, "what waits when we close is answered 503");
	buf_init(&b, 10000);
	RUN_UNTIL(hear(fd, &b));
	ok(times(&b, " 503 ") == 1, "each of them");
	buf_free(&b);
	close(fd);
}

static void
test_tls(void)
{
	char command[400], cert[80], key[80], none[80], url[60];
	struct httpd_settings s = { .listen = "127.0.0.1:0",
		.tls_cert = cert,
		.tls_key = key,
		.max_body = MAX_BODY,
		.max_connections = 50,
		.idle_s = 30 };
	struct verdict v = { 0 };
	struct httpd *h;
	int before = open_files();

	snprintf(cert, sizeof cert, "%s/cert", folder);
	snprintf(key, sizeof key, "%s/key", folder);
	snprintf(none, sizeof none, "%s/none", folder);
	snprintf(command, sizeof command,
	    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout %s -out %s -subj /CN=x "
	    "-addext subjectAltName=IP:127.0.0.1 2>/dev/null",
	    key, cert);
	is_int(system(command), 0, "a certificate");
	h = httpd_open(loop, &s, on_request, NULL, &v);
	ok(h, "TLS");
	snprintf(url, sizeof url, "https://127.0.0.1:%u/late", h ? httpd_port(h) : 1);
	is_int(status_of(url, NULL, cert, MAX_BODY), 200, "answered later");
	is_int(status_of(url, NULL, cert, MAX_BODY), 200, "and again");
	is_int(status_of(url, NULL, cert, 2 * MAX_BODY), 413, "too long");
	httpd_close(h);
	s.tls_key = cert;
	ok(!httpd_open(loop, &s, on_request, NULL, &v) && v.is == NEVER, "a key that is none");
	s.tls_key = none;
	ok(!httpd_open(loop, &s, on_request, NULL, &v) && strstr(v.text, none), "no such key");
	is_int(open_files() - before, 0, "no descriptor is left");
	unlink(cert);
	unlink(key);
}

int
main(void)
{
	char where[80];
	int before;

	if (!mkdtemp(folder))
		return 1;
	snprintf(socket_path, sizeof socket_path, "%s/sock", folder);
	snprintf(where, sizeof where, "unix:%s", socket_path);
	before = open_files();
	loop = loop_new();
	http = http_new(loop, 300);
	test_many("127.0.0.1:0", NULL);
	test_many(where, socket_path);
	test_rows();
	test_answers();
	test_limits();
	test_gone();
	test_connections();
	test_crowd();
	test_unix();
	test_end();
	http_free(http);
	http = http_new(loop, 1);
	test_tls();
	http_free(http);
	loop_free(loop);
	rmdir(folder);
	is_int(open_files(), before, "no descriptor is left at the end");
	return tap_done();
}
