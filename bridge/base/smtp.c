/*
 * smtp.c - mail out by SMTP, on libcurl.
 *
 * libcurl knows the protocol, but tells little of where it failed. So the commands it writes and the
 * replies it reads are looked at as they pass: which command was said last, and what the relay
 * answered to it, settle the verdict.
 */
#include "bridge/base/smtp.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/wire.h"

enum {
	IDLE_S = 30, /* a kept connection older than that is not used: the relay may be about to close it */
	REPLY = 280, /* bytes kept of a reply */
};

/* How far a mail came. */
enum stage { GREETING, SENDER, RECIPIENT, BODY, END };

struct call {
	struct call *next, **link; /* of those under way */
	struct smtp *smtp;
	CURL *easy;
	struct curl_slist *to;
	char *from;
	struct smtp_mail mail;
	struct timer refused;
	size_t at; /* bytes handed to libcurl */
	enum stage stage;
	int code;	   /* of the reply to the last command; 0: none yet */
	bool reply_ended;  /* the next line begins another reply */
	bool leaving;	   /* QUIT is said */
	bool heard;	   /* the relay has said anything at all */
	bool again;	   /* it is the second attempt */
	char reply[REPLY]; /* all of its lines, as one */
	char error[CURL_ERROR_SIZE];
	void (*on_end)(void *arg, const struct verdict *v);
	void *arg;
};

struct smtp {
	struct loop *loop;
	struct wire *wire;
	const struct smtp_relay *relay;
	char *url;
	struct call *under_way;
};

static void
call_free(struct call *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	timer_clear(c->smtp->loop, &c->refused);
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->to);
	free(c->from);
	free(c);
}

/* What libcurl calls. */

static size_t
on_read(char *into, size_t size, size_t n, void *arg)
{
	struct call *c = arg;
	size_t left = c->mail.len - c->at, len = size * n < left ? size * n : left;

	memcpy(into, c->mail.bytes + c->at, len);
	c->at += len;
	/* libcurl does not always ask once more to hear that there is no more. */
	c->stage = c->at == c->mail.len ? END : BODY;
	c->code = 0;
	return len;
}

static int
on_debug(CURL *easy, curl_infotype type, char *bytes, size_t len, void *arg)
{
	struct call *c = arg;

	(void)easy;
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	/* It takes leave, too, when a mail was refused; what counts is what was answered before. */
	c->leaving = len >= 4 && memcmp(bytes, "QUIT", 4) == 0;
	if (!c->leaving)
		c->code = 0;
	if (len >= 5 && memcmp(bytes, "MAIL ", 5) == 0)
		c->stage = SENDER;
	else if (len >= 5 && memcmp(bytes, "RCPT ", 5) == 0)
		c->stage = RECIPIENT;
	return 0;
}

/* The length of an enhanced status code at the start of s, 0 when there is none. */
static size_t
status_length(const char *s)
{
	size_t n = strspn(s, "245"), part;

	if (n != 1)
		return 0;
	for (int i = 0; i < 2; i++) {
		part = s[n] == '.' ? strspn(s + n + 1, "0123456789") : 0;
		if (part < 1 || part > 3)
			return 0;
		n += 1 + part;
	}
	return n;
}

/* Add a line's text to the reply. Behind the first line its status code is only repeated. */
static void
add_text(struct call *c, const char *text, size_t len)
{
	size_t at = strlen(c->reply), skip;
	char line[REPLY];

	snprintf(line, sizeof line, "%.*s", (int)(len < REPLY ? len : REPLY - 1), text);
	skip = at ? status_length(line) : 0;
	if (skip)
		skip += strspn(line + skip, " ");
	if (!at)
		at = (size_t)snprintf(c->reply, REPLY, "%d", c->code);
	if (line[skip])
		snprintf(c->reply + at, REPLY - at, " %s", line + skip);
	for (char *p = c->reply; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
}

/* A line of a reply (RFC 5321 4.2): three digits, '-' when more follow, text. */
static size_t
on_reply(char *line, size_t size, size_t n, void *arg)
{
	struct call *c = arg;
	size_t len = size * n, text;

	c->heard = true;
	while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	if (c->leaving || len < 3 || !isdigit((unsigned char)line[0]) || !isdigit((unsigned char)line[1]) ||
	    !isdigit((unsigned char)line[2]))
		return size * n;
	if (c->reply_ended)
		c->reply[0] = '\0';
	c->reply_ended = len == 3 || line[3] != '-';
	c->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
	text = len > 3 ? 4 : 3;
	add_text(c, line + text, len - text);
	return size * n;
}

/* The verdict. */

/* What the relay's refusal means: RFC 5321 4.2.1, and RFC 4954 section 6 for logins. */
static void
judge_reply(const struct call *c, struct verdict *v)
{
	const char *text = strchr(c->reply, ' ');
	size_t n = text ? status_length(text + 1) : 0;
	bool login = c->code == 530 || c->code == 534 || c->code == 535 || c->code == 538;
	bool whole = c->stage == GREETING || c->code == 421 || login;
	char dsn[sizeof v->dsn] = "";

	if (n && n < sizeof dsn)
		snprintf(dsn, sizeof dsn, "%.*s", (int)n, text + 1);
	/* What is refused because of the login or the host may be mended there. A code of another
	 * class than the verdict's would turn it around. */
	if (whole && *dsn == '5')
		*dsn = '4';
	if (whole || c->code < 500)
		later(v, *dsn == '4' ? dsn : whole ? "4.3.0" : "4.0.0", "%s", c->reply);
	else
		never(v, *dsn == '5' ? dsn : "5.0.0", "%s", c->reply);
	v->whole = whole;
}

static void
judge(const struct call *c, CURLcode rc, struct verdict *v)
{
	const char *error = *c->error ? c->error : curl_easy_strerror(rc);

	if (rc == CURLE_OK)
		done(v, "2.0.0", "%s", c->reply);
	else if (c->code >= 400)
		judge_reply(c, v);
	else if (c->stage == END && rc != CURLE_SEND_ERROR)
		unknown(v, "4.4.2", "no reply to the end of the mail: %s", error);
	else if (wire_is_tls((int)rc))
		later(v, "4.7.5", "%s", error);
	else
		later(v, c->stage == GREETING ? "4.4.1" : "4.4.2", "%s", error);
	if (rc != CURLE_OK && c->code < 400)
		v->whole = c->stage == GREETING;
}

/* A kept connection that the relay closed at the same moment: nothing was said on it. */
static bool
was_stale(const struct call *c, CURLcode rc)
{
	long connects = 1;

	curl_easy_getinfo(c->easy, CURLINFO_NUM_CONNECTS, &connects);
	return rc != CURLE_OK && connects == 0 && !c->heard && c->stage <= SENDER && !c->again;
}

static void
end(struct call *c, const struct verdict *v)
{
	void (*on_end)(void *, const struct verdict *) = c->on_end;
	void *arg = c->arg;

	call_free(c);
	on_end(arg, v);
}

static void start(struct call *c);

static void
on_call_end(void *arg, int code)
{
	struct call *c = arg;
	struct verdict v;

	if (was_stale(c, (CURLcode)code)) {
		c->again = true;
		curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, 1L);
		start(c);
		return;
	}
	judge(c, (CURLcode)code, &v);
	end(c, &v);
}

/* Starting. */

static void
set_trust(struct call *c)
{
	const struct smtp_relay *r = c->smtp->relay;
	bool verify = r->tls != SMTP_TLS_AUTO || strncmp(r->url, "smtps:", 6) == 0 || *r->ca_file;

	curl_easy_setopt(c->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c->easy, CURLOPT_USE_SSL,
	    (long)(r->tls == SMTP_TLS_ALWAYS	 ? CURLUSESSL_ALL
		   : r->tls == SMTP_TLS_NEVER ? CURLUSESSL_NONE
						 : CURLUSESSL_TRY));
	curl_easy_setopt(c->easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	curl_easy_setopt(c->easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	if (*r->ca_file) {
		curl_easy_setopt(c->easy, CURLOPT_CAINFO, r->ca_file);
		curl_easy_setopt(c->easy, CURLOPT_CAPATH, NULL);
	}
	if (*r->username) {
		curl_easy_setopt(c->easy, CURLOPT_USERNAME, r->username);
		curl_easy_setopt(c->easy, CURLOPT_PASSWORD, r->password);
	}
}

static void
set_mail(struct call *c)
{
	CURL *e = c->easy;

	curl_easy_setopt(e, CURLOPT_MAIL_FROM, *c->from ? c->from : NULL);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT, c->to);
	curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)c->mail.len);
	curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(e, CURLOPT_READDATA, c);
}

static void
set(struct call *c)
{
	const struct smtp_relay *r = c->smtp->relay;
	CURL *e = c->easy;

	curl_easy_setopt(e, CURLOPT_URL, c->smtp->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, r->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, r->connect_timeout_ms);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_reply);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(e, CURLOPT_DEBUGDATA, c);
	curl_easy_setopt(e, CURLOPT_VERBOSE, 1L); /* else on_debug() is not called */
	curl_easy_setopt(e, CURLOPT_PRIVATE, c);
	set_trust(c);
	set_mail(c);
}

static void
start(struct call *c)
{
	c->at = 0;
	c->stage = GREETING;
	c->code = 0;
	c->reply_ended = true;
	c->leaving = false;
	c->error[0] = c->reply[0] = '\0';
	wire_start(c->smtp->wire, c->easy);
}

/* An address that says more than itself would be a command of its own. */
static void
on_refused(void *arg)
{
	struct call *c = arg;
	struct verdict v;

	never(&v, "5.1.3", "the address cannot be said in SMTP");
	end(c, &v);
}

/* May the address stand in a command? Only in quotes may it hold a blank or a bracket. */
static bool
can_be_said(const char *address)
{
	bool quoted = address[0] == '"';

	for (const char *p = address; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || (!quoted && strchr(" <>", *p)))
			return false;
	return true;
}

void
smtp_send(struct smtp *s, const struct smtp_mail *m,
    void (*on_end)(void *arg, const struct verdict *v), void *arg)
{
	struct call *c = xcalloc(1, sizeof *c);

	bool good = *m->to && can_be_said(m->from) && can_be_said(m->to);

	c->smtp = s;
	c->mail = *m;
	c->from = xstrdup(m->from);
	c->to = curl_slist_append(NULL, m->to);
	c->easy = curl_easy_init();
	if (!c->to || !c->easy) {
		log_error("libcurl has no handle for us");
		abort();
	}
	c->on_end = on_end;
	c->arg = arg;
	c->next = s->under_way;
	c->link = &s->under_way;
	if (c->next)
		c->next->link = &c->next;
	s->under_way = c;
	if (good) {
		set(c);
		start(c);
	} else {
		timer_set(s->loop, &c->refused, 0, on_refused, c);
	}
}

struct smtp *
smtp_new(struct loop *l, const struct smtp_relay *relay, long max_idle)
{
	struct smtp *s = xcalloc(1, sizeof *s);
	size_t len = strlen(relay->url);

	s->loop = l;
	s->wire = wire_new(l, max_idle, on_call_end);
	s->relay = relay;
	/* libcurl takes the path for our name in EHLO. */
	s->url = xasprintf("%s%s%s", relay->url, len && relay->url[len - 1] == '/' ? "" : "/",
	    relay->hello);
	return s;
}

void
smtp_free(struct smtp *s)
{
	struct call *c;

	if (!s)
		return;
	while ((c = s->under_way)) {
		snprintf(c->error, sizeof c->error, "given up");
		c->again = true;
		c->code = 0;
		wire_stop(s->wire, c->easy);
		on_call_end(c, CURLE_ABORTED_BY_CALLBACK);
	}
	wire_free(s->wire);
	free(s->url);
	free(s);
}
