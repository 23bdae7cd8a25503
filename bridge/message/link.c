/*
 * link.c - is a link of a page worth to be shown beside its text?
 */
#include "bridge/message/link.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"

enum {
	URL = 2000,    /* bytes looked at */
	LONGEST = 150, /* of a URL that a person can use */
	TEXT = 300,    /* a longer text is no link's name */
	TOKEN = 24,    /* letters and digits in a row, mixed: a counter's ticket */
};

static bool
starts(const char *s, const char *what)
{
	return strncasecmp(s, what, strlen(what)) == 0;
}

static int
hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

/* The page behind one that only passes on, where that is a parameter: "…?url=https%3A%2F%2F…". */
static bool
unwrap(const char *href, struct buf *url)
{
	static const char *const names[] = {
		"url=", "u=", "q=", "target=", "redirect=", "to=", "dest=", "link="
	};
	const char *query = strchr(href, '?');

	for (const char *p = query; p; p = strpbrk(p + 1, "&?")) {
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			const char *v = p + 1 + strlen(names[i]);

			if (!starts(p + 1, names[i]) ||
			    !(starts(v, "http%3a") || starts(v, "https%3a") || starts(v, "http:") ||
				starts(v, "https:")))
				continue;
			for (; *v && *v != '&'; v++) {
				char c = *v;

				if (c == '%' && hex(v[1]) >= 0 && hex(v[2]) >= 0) {
					c = (char)(hex(v[1]) << 4 | hex(v[2]));
					v += 2;
				}
				buf_add(url, &c, 1);
			}
			return true;
		}
	}
	return false;
}

/* Copy a URL without the parameters that only count readers, without blanks and controls. */
static void
copy(const char *s, struct buf *url)
{
	static const char *const counters[] = { "utm_", "mc_cid=", "mc_eid=", "fbclid=", "gclid=",
		"mkt_tok=", "_hsenc=", "_hsmi=", "trk=", "trkemail=", "ref=email", "yclid=" };
	char before = '?';
	bool query = false;

	while (*s) {
		size_t n = 1;
		bool counts = false;

		if (*s == '?' || (query && *s == '&')) {
			query = true;
			n = 1 + strcspn(s + 1, "&#");
			for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
				counts |= starts(s + 1, counters[i]);
			if (!counts) {
				buf_add(url, &before, 1);
				before = '&';
				s++;
				n--;
			}
		}
		for (size_t i = 0; i < n && !counts; i++)
			if (s[i] > ' ' || (s[i] & 0x80))
				buf_add(url, s + i, 1);
		s += n;
	}
}

/* The URL without what is not needed to know it by: scheme, "www.", a slash at its end. */
static const char *
bare(const char *s, size_t *len)
{
	const char *from = s;

	if (starts(s, "http://"))
		s += 7;
	else if (starts(s, "https://"))
		s += 8;
	if (starts(s, "www."))
		s += 4;
	*len -= (size_t)(s - from);
	while (*len && strchr("/ .:", s[*len - 1]))
		--*len;
	return s;
}

/* Is it there to be rid of the mail, to see it elsewhere, or to share it? */
static bool
is_service(const char *url, const char *text)
{
	static const char *const words[] = { "unsubscribe", "unsub", "optout", "opt-out", "opt_out",
		"abmelden", "abbestellen", "desabonn", "désabonn", "desinscri", "désinscri",
		"cancelar", "darse de baja", "disiscri", "cancella", "afmelden", "uitschrijv",
		"avregistrer", "odhlásit", "wypisz", "отпис", "退订", "退訂", "配信停止",
		"수신거부", "preferences", "list-manage", "viewonline", "view-online",
		"view online", "webversion", "web version", "view in browser", "in your browser",
		"im browser", "facebook.com/sharer", "twitter.com/intent", "twitter.com/share",
		"forward-to-friend", "forward to a friend" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(url, words[i]) || strcasestr(text, words[i]))
			return true;
	return false;
}

/* Does it pass through a counter of clicks? */
static bool
is_counter(const char *url)
{
	static const char *const hosts[] = { "click.", "clicks.", "track.", "tracking.", "trk.",
		"trck.", "links.", "link.", "lnk.", "email.", "mailtrack.", "t.", "r.", "e.", "em.",
		"ct.", "go.", "url", "sendgrid.", "mandrillapp.", "mailgun.", "awstrack." };
	static const char *const paths[] = { "/track", "/click", "/ls/click", "/wf/click", "/cl0/",
		"/open/", "/redirect", "/redir", "/trk", "/r/?", "/e/c/", "/c/e", "/ss/c/",
		"/tr/cl/", "/f/a/" };
	const char *host = url + strcspn(url, ":") + 3, *path = host + strcspn(host, "/?#");
	size_t run = 0, digits = 0, letters = 0;
	bool ticket = false;

	for (const char *p = path; *p; p++) {
		run = isalnum((unsigned char)*p) || strchr("_-=%", *p) ? run + 1 : 0;
		if (!run)
			digits = letters = 0;
		digits += isdigit((unsigned char)*p) != 0;
		letters += isalpha((unsigned char)*p) && !strchr("-_", *p);
		/* Words joined by dashes have no digits among them. */
		ticket |= run >= TOKEN && digits >= 3 && letters >= 3 && digits * 6 > run;
	}
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (starts(host, hosts[i]) && (ticket || strlen(path) > 40))
			return true;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (strcasestr(path, paths[i]) && (ticket || strlen(path) > 30))
			return true;
	return ticket;
}

bool
link_worth(const char *href, const char *text, size_t len, struct buf *url)
{
	char name[TEXT + 1];
	struct buf target;
	size_t nurl, ntext = len;
	const char *a, *b;
	bool worth = false;

	href += strspn(href, " \t\r\n");
	if (!(starts(href, "http://") || starts(href, "https://")) || len == 0 || len > TEXT ||
	    strlen(href) > URL)
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	buf_init(&target, URL);
	if (unwrap(href, &target))
		href = buf_str(&target);
	copy(href, url);
	nurl = url->len;
	a = bare(buf_str(url), &nurl);
	b = bare(name, &ntext);
	/* A text that is the beginning of the URL, "example.com" or "https://example.com/a…", says
	 * where it leads. */
	if (!(nurl >= ntext && ntext && strncasecmp(a, b, ntext) == 0 &&
		(nurl == ntext || strchr("/?#", a[ntext]))) &&
	    nurl)
		worth = url->len <= LONGEST && !is_service(buf_str(url), name) &&
			!is_counter(buf_str(url));
	if (memmem(name, len, "\n", 1))
		worth = false;
	buf_free(&target);
	return worth;
}
