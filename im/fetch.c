/*
 * fetch.c - a picture that an IM user sent as a link is fetched.
 *
 * Each address is judged when it is connected to, not when its name is looked up: a name that leads to
 * another address the second time gains nothing. No redirect is followed (http.h). What it is, its
 * own first bytes say; the server's word for it counts nothing.
 */
#include "im/fetch.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/http.h"
#include "bridge/base/mem.h"
#include "bridge/base/networks.h"
#include "bridge/base/verdict.h"

enum {
	TIMEOUT_MS = 20 * 1000,
	CONNECT_MS = 5 * 1000,
	MAX_URL = 2000,
	AT_ONCE = 32, /* further links stay links */
	NAME = 64,
};

/*
 * Addresses that are nobody's on the internet, or our own (the registries of RFC 6890): private,
 * loopback, link-local, shared, documentation, multicast. Of IPv6 only 2000::/3 is given out, and in it,
 * as in 64::/16, some prefixes lead back into IPv4. (::ffff:0:0/96 is how IPv4 itself is written here.)
 */
static const char private[] =
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
    "224.0.0.0/3 ::/96 64::/16 100::/8 200::/7 400::/6 800::/5 1000::/4 4000::/2 8000::/1 "
    "2001::/23 2001:db8::/32 2002::/16 3fff::/20";

struct fetch {
	const struct fetch_settings *settings;
	struct networks *private;
	struct http *anywhere, *outside; /* the second one does not connect to what is private */
	unsigned under_way;
};

struct call {
	struct fetch *fetch;
	void (*on_fetched)(void *arg, const struct fetched *what);
	void *arg;
	char name[NAME];
};

struct fetch *
fetch_new(struct loop *l, const struct fetch_settings *s)
{
	struct fetch *f = xcalloc(1, sizeof *f);
	struct verdict v;

	f->settings = s;
	f->private = networks_parse(private, &v);
	f->anywhere = http_new(l, 4);
	f->outside = http_new(l, 4);
	http_avoid(f->outside, f->private);
	return f;
}

void
fetch_free(struct fetch *f)
{
	if (!f)
		return;
	http_free(f->anywhere);
	http_free(f->outside);
	networks_free(f->private);
	free(f);
}

bool
fetch_is_private(const struct fetch *f, const char *address)
{
	struct in6_addr a;

	return !network_address(address, &a) || networks_have(f->private, &a);
}

/* What the first bytes say that it is; NULL: nothing that is passed on. */
static const char *
type_of(const char *b, size_t n)
{
	static const struct {
		const char *type;
		size_t at;
		const char *bytes;
		size_t len;
	} marks[] = {
		{ "image/jpeg", 0, "\xff\xd8\xff", 3 },
		{ "image/png", 0, "\x89PNG\r\n\x1a\n", 8 },
		{ "image/gif", 0, "GIF8", 4 },
		{ "image/webp", 8, "WEBP", 4 },
		{ "image/heic", 4, "ftyphei", 7 },
		{ "video/3gpp", 4, "ftyp3g", 6 },
		{ "audio/mp4", 4, "ftypM4A", 7 },
		{ "video/mp4", 4, "ftyp", 4 },
		{ "audio/ogg", 0, "OggS", 4 },
		{ "audio/amr", 0, "#!AMR", 5 },
		{ "audio/mpeg", 0, "ID3", 3 },
		{ "audio/wav", 8, "WAVE", 4 },
		{ "video/webm", 0, "\x1a\x45\xdf\xa3", 4 },
	};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (n >= marks[i].at + marks[i].len &&
		    memcmp(b + marks[i].at, marks[i].bytes, marks[i].len) == 0)
			return marks[i].type;
	return NULL;
}

static void
tell(struct call *c, const struct fetched *what)
{
	c->on_fetched(c->arg, what);
	free(c);
}

static void
tell_why(struct call *c, const char *why)
{
	const struct fetched nothing = { .why = why };

	tell(c, &nothing);
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct call *c = arg;
	struct fetched what = { .name = c->name, .bytes = a->body, .len = a->len };
	char why[80];

	c->fetch->under_way--;
	what.type = type_of(a->body, a->len);
	if (a->end == HTTP_ANSWERED && a->status != 200)
		snprintf(why, sizeof why, "HTTP status %d", a->status);
	else
		snprintf(why, sizeof why, "%s", *a->error ? a->error : "no picture, sound or video");
	if (a->end == HTTP_ANSWERED && a->status == 200 && what.type)
		tell(c, &what);
	else
		tell_why(c, why);
}

/* Is the host in the list? */
static bool
is_listed(const char *list, const char *host, size_t len)
{
	while (*(list += strspn(list, " ,\t"))) {
		size_t n = strcspn(list, " ,\t");

		if (n == len && strncasecmp(list, host, n) == 0)
			return true;
		list += n;
	}
	return false;
}

/* Cut a link to its host. NULL, or what is wrong with it. Only what looks the same to everybody who reads
 * it: no login, no backslash, no blank, nothing beyond ASCII. */
static const char *
take_host(const char *url, const char **host, size_t *len, bool *secure)
{
	size_t n;

	*secure = strncasecmp(url, "https://", 8) == 0;
	if (!*secure && strncasecmp(url, "http://", 7) != 0)
		return "the link is not https";
	if (strlen(url) > MAX_URL)
		return "the link is too long";
	for (const char *p = url; *p; p++)
		if (!isgraph((unsigned char)*p) || strchr("\\\"<>^`{|}", *p))
			return "the link has characters that no link has";
	*host = url + (*secure ? 8 : 7);
	n = strcspn(*host, "/?#");
	if (memchr(*host, '@', n))
		return "the link holds a login";
	*len = **host == '[' ? strcspn(*host, "]") + 1 : strcspn(*host, ":/?#");
	return *len == 0 || *len > n ? "the link has no host" : NULL;
}

/* The file's name in a link, as far as it is harmless. */
static void
take_name(const char *path, char name[NAME])
{
	size_t end = strcspn(path, "?#"), start = end, n = 0;

	while (start > 0 && path[start - 1] != '/')
		start--;
	for (; start < end && n < NAME - 1; start++)
		if (isalnum((unsigned char)path[start]) || (n && strchr(".-_", path[start])))
			name[n++] = path[start];
	name[n] = '\0';
}

void
fetch_link(struct fetch *f, const char *url,
    void (*on_fetched)(void *arg, const struct fetched *what), void *arg)
{
	struct call *c = xcalloc(1, sizeof *c);
	struct http_request r = { .url = url, .timeout_ms = TIMEOUT_MS, .connect_timeout_ms = CONNECT_MS,
		.max_answer = (size_t)f->settings->size, .ca_file = f->settings->ca_file };
	const char *host = "", *wrong;
	bool secure, listed;
	size_t len = 0;

	c->fetch = f;
	c->on_fetched = on_fetched;
	c->arg = arg;
	wrong = f->settings->from == FETCH_NONE ? "links are not fetched"
						: take_host(url, &host, &len, &secure);
	listed = !wrong && is_listed(f->settings->hosts, host, len);
	if (!wrong && !listed && (!secure || f->settings->from != FETCH_PUBLIC))
		wrong = secure ? "its host is not in fetch_hosts" : "the link is not https";
	if (!wrong && f->under_way >= AT_ONCE)
		wrong = "too many are being fetched";
	if (wrong) {
		tell_why(c, wrong);
		return;
	}
	take_name(host + len, c->name);
	f->under_way++;
	http_send(listed ? f->anywhere : f->outside, &r, on_answer, c);
}
