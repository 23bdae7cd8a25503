/*
 * scan.c - screening: which bytes of a message are shown to which scanner, and what comes of it.
 *
 * What the phone will be shown is looked at beside the mail itself, since a scanner may take a mail
 * apart in another way than we do, or not at all. A scanner that cannot tell is never taken for one
 * that has found nothing.
 */
#include "bridge/store/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"

#define AT(field) offsetof(struct scan_settings, field)

const struct setting scan_rows[] = {
	{ "antivirus", CONF_STRING, AT(antivirus), "none", NULL, NULL,
	    "who looks for viruses: \"clamd:/path\", \"libclamav:\", \"icap://host:port/service\", "
	    "\"none\"" },
	{ "antispam", CONF_STRING, AT(antispam), "none", NULL, NULL,
	    "who looks for spam: \"spamd:host:port\", \"rspamd:http://host:port\", \"none\"" },
	{ "away", CONF_CHOICE, AT(away), "tempfail", "tempfail pass", NULL,
	    "what becomes of messages while a scanner cannot tell" },
	{ "timeout", CONF_TIME, AT(timeout), "30 s", "100 ms", "4 m",
	    "how long all scanners together may take for a message" },
	{ "size", CONF_SIZE, AT(size), "25 MB", "1 kB", "1 GB",
	    "the longest that scanners are shown" },
	{ "spam_size", CONF_SIZE, AT(spam_size), "500 kB", "1 kB", "100 MB",
	    "the longest mail that is looked at for spam" },
	{ 0 },
};

const struct scan_driver *const scan_drivers[] = {
	&scan_clamd,
	&scan_clamav,
	&scan_icap,
	&scan_spamd,
	&scan_rspamd,
	NULL,
};

struct scanner {
	const struct scan_driver *driver; /* NULL: none */
	void *state;
	const char *name;
};

struct scan {
	const struct scan_settings *settings;
	struct scanner virus, spam;
};

/* 0, or -1 and *v. */
static int
open_scanner(struct scanner *s, const char *key, const char *name, const struct scan_settings *set,
    struct verdict *v)
{
	size_t len = strcspn(name, ":");

	s->name = name;
	if (strcmp(name, "none") == 0 || !*name)
		return 0;
	for (const struct scan_driver *const *d = scan_drivers; *d; d++) {
		if (name[len] != ':' || strlen((*d)->name) != len ||
		    strncmp((*d)->name, name, len) != 0)
			continue;
		if (!(s->state = (*d)->open(name + len + 1, set, v)))
			return -1;
		s->driver = *d;
		return 0;
	}
	return never(v, "5.3.5", "%s = \"%s\": there is no such scanner", key, name);
}

struct scan *
scan_open(const struct scan_settings *set, struct verdict *v)
{
	struct scan *s = xcalloc(1, sizeof *s);

	s->settings = set;
	if (open_scanner(&s->virus, "antivirus", set->antivirus, set, v) == 0 &&
	    open_scanner(&s->spam, "antispam", set->antispam, set, v) == 0)
		return s;
	scan_close(s);
	return NULL;
}

static int
start_scanner(const struct scanner *s, struct verdict *v)
{
	return s->driver && s->driver->start ? s->driver->start(s->state, v) : 0;
}

int
scan_start(struct scan *s, struct verdict *v)
{
	return start_scanner(&s->virus, v) < 0 ? -1 : start_scanner(&s->spam, v);
}

void
scan_close(struct scan *s)
{
	if (!s)
		return;
	if (s->virus.driver)
		s->virus.driver->close(s->virus.state);
	if (s->spam.driver)
		s->spam.driver->close(s->spam.state);
	free(s);
}

static bool
is_phones(const struct msg *m)
{
	return strncmp(m->from, "tel:", 4) == 0;
}

bool
scan_wants(const struct scan *s, const struct msg *m, bool mail)
{
	return s && (s->spam.driver || (s->virus.driver && (mail || m->nparts || !is_phones(m))));
}

/* Whom the log means. */
static const char *
id_of(const struct msg *m)
{
	return m->mta_id ? m->mta_id : *m->id ? m->id : NULL;
}

static void
log_unscanned(const struct scanner *by, const struct scan_part *part, const char *why)
{
	log_event(id_of(part->msg), "from=<%s>, size=%zu, scanner=%s, status=unscanned (%s)",
	    part->msg->from, part->len, by->name, why);
}

/* The scanner could not tell: 0 when the message may pass all the same, or -1 and *v. */
static int
is_away(
    const struct scan *s, const struct scanner *by, const struct scan_part *part, struct verdict *v)
{
	char why[sizeof v->text];

	memcpy(why, v->text, sizeof why);
	if (s->settings->away == SCAN_PASS) {
		log_unscanned(by, part, why);
		return 0;
	}
	if (s->settings->candid)
		return later(v, "4.7.1", "%s", why);
	log_warn("scanner %s could not tell: %s", by->name, why);
	/* Which scanner, and why, is nothing that a stranger needs to know. */
	return later(v, "4.7.1", "the message could not be scanned for now; it is taken later");
}

/* What a scanner named may be a stranger's text, and goes into replies and short messages. */
static void
clean_name(char *found)
{
	for (char *p = found; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static int
look(
    const struct scan *s, const struct scanner *by, const struct scan_part *part, struct verdict *v)
{
	char found[SCAN_NAME] = "", why[sizeof v->text];

	switch (by->driver->look(by->state, part, found, v)) {
	case SCAN_CLEAN:
		return 0;
	case SCAN_FOUND:
		clean_name(found);
		return never(v, "5.7.1", "a scanner found %s in the message",
		    *found ? found : "what it refuses");
	case SCAN_LATER:
		memcpy(why, v->text, sizeof why);
		return later(v, "4.7.1", "%s", why);
	case SCAN_SKIPPED:
		log_unscanned(by, part, v->text);
		return 0;
	case SCAN_AWAY:
		break;
	}
	return is_away(s, by, part, v);
}

/* Bytes in memory as a file, for the drivers' sake. Its fd, or -1 and *v. */
static int
file_of(const char *bytes, size_t len, struct verdict *v)
{
	int fd = memfd_create("part", MFD_CLOEXEC);

	while (fd >= 0 && len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			fd = -1;
			break;
		}
		bytes += n;
		len -= (size_t)n;
	}
	if (fd < 0)
		later(v, "4.3.0", "no memory for what is to be scanned");
	return fd;
}

static int
look_at_bytes(const struct scan *s, const struct scanner *by, struct scan_part part,
    const char *bytes, struct verdict *v)
{
	int rc;

	if (part.len > (size_t)s->settings->size)
		return never(v, "5.3.4",
		    "a part is longer than %ld bytes, which is the most that is scanned",
		    s->settings->size);
	if ((part.fd = file_of(bytes, part.len, v)) < 0)
		return -1;
	rc = look(s, by, &part, v);
	close(part.fd);
	return rc;
}

/* Was one of the first i parts the same? Then what was said of it is known. */
static bool
is_repeated(const struct msg *m, size_t i, unsigned char (*digests)[DIGEST_MOST])
{
	digest_of(DIGEST_SHA256, m->parts[i].bytes, m->parts[i].len, digests[i]);
	for (size_t k = 0; k < i; k++)
		if (memcmp(digests[k], digests[i], DIGEST_MOST) == 0)
			return true;
	return false;
}

static int
look_at_parts(const struct scan *s, struct scan_part part, struct verdict *v)
{
	const struct msg *m = part.msg;
	unsigned char(*digests)[DIGEST_MOST] = xcalloc(m->nparts + 1, sizeof *digests);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->nparts; i++) {
		if (is_repeated(m, i, digests))
			continue;
		part.type = m->parts[i].type;
		part.len = m->parts[i].len;
		rc = look_at_bytes(s, &s->virus, part, m->parts[i].bytes, v);
	}
	free(digests);
	return rc;
}

/* A value on a line of its own. */
static void
add_line(struct buf *mail, const char *name, const char *value)
{
	buf_addf(mail, "%s: ", name);
	for (; *value; value++)
		if ((unsigned char)*value >= ' ')
			buf_add(mail, value, 1);
	buf_adds(mail, "\r\n");
}

/* What a phone or an IM user wrote, in the form that looks like a mail to scanners for spam. */
static int
look_for_spam(const struct scan *s, struct scan_part part, struct verdict *v)
{
	const struct msg *m = part.msg;
	const char *from = strchr(m->from, ':');
	char *sender;
	struct buf mail;
	int rc;

	buf_init(&mail, (size_t)s->settings->spam_size);
	sender = xasprintf("%s%s", from ? from + 1 : m->from, is_phones(m) ? "@phone.invalid" : "");
	add_line(&mail, "From", sender);
	free(sender);
	add_line(&mail, "Subject", m->subject ? m->subject : "");
	if (m->message_id)
		add_line(&mail, "Message-ID", m->message_id);
	if (m->date)
		add_line(&mail, "Date", m->date);
	buf_adds(&mail, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
			"Content-Transfer-Encoding: 8bit\r\n\r\n");
	/* What does not fit was cut by the sender's own choice of length: its beginning is judged.
	 */
	if (buf_adds(&mail, m->text) < 0)
		buf_add(&mail, m->text, mail.max - mail.len);
	part.type = "message/rfc822";
	part.len = mail.len;
	rc = look_at_bytes(s, &s->spam, part, buf_str(&mail), v);
	buf_free(&mail);
	return rc;
}

/* A mail, whole. */
static int
look_at_mail(const struct scan *s, struct scan_part part, struct verdict *v)
{
	if (s->virus.driver && part.len > (size_t)s->settings->size)
		return never(v, "5.3.4",
		    "the mail is longer than %ld bytes, which is the most that is scanned",
		    s->settings->size);
	if (s->virus.driver && look(s, &s->virus, &part, v) < 0)
		return -1;
	if (!s->spam.driver)
		return 0;
	if (part.len <= (size_t)s->settings->spam_size)
		return look(s, &s->spam, &part, v);
	log_event(id_of(part.msg),
	    "from=<%s>, size=%zu, scanner=%s, status=unscanned (longer than spam_size)",
	    part.msg->from, part.len, s->spam.name);
	return 0;
}

/* A message that came as no mail. */
static int
look_at_text(const struct scan *s, struct scan_part part, struct verdict *v)
{
	const struct msg *m = part.msg;

	part.type = "text/plain";
	part.len = strlen(m->text);
	if (s->virus.driver && part.len && (m->nparts || !is_phones(m)) &&
	    look_at_bytes(s, &s->virus, part, m->text, v) < 0)
		return -1;
	return s->spam.driver ? look_for_spam(s, part, v) : 0;
}

int
scan_message(struct scan *s, const struct msg *m, int mail_fd, size_t mail_size, struct verdict *v)
{
	struct scan_part part = { .fd = mail_fd,
		.len = mail_size,
		.type = "message/rfc822",
		.msg = m,
		.until = loop_ms() + s->settings->timeout };

	if ((mail_fd >= 0 ? look_at_mail : look_at_text)(s, part, v) < 0)
		return -1;
	return s->virus.driver ? look_at_parts(s, part, v) : 0;
}
