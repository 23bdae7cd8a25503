/*
 * bounce_words.c - by which words a report that is none of RFC 3464 is known, and what they mean.
 *
 * Half of what comes back in practice has no fields for programs: qmail, Exim, Exchange, Domino,
 * GroupWise, Yahoo and the like tell people only. The lists are of phrases that stand in such texts
 * and hardly in others; the first one that fits counts, so the more exact ones come first.
 */
#include "bridge/message/bounce_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/message/bounce.h"
#include "bridge/message/flatten.h"

enum { LINE = 1000, LINES = 200 };

static const char *const reports[] = { "undeliver", "undelivered", "delivery status notification",
	"failure notice", "returned mail", "returned to sender", "mail delivery failed",
	"mail delivery failure", "delivery failure", "delivery failed", "delivery has failed",
	"delivery notification", "delivery report", "delivery problem", "mail system error",
	"nondeliverable", "non-deliverable", "message delivery failure", "could not be delivered",
	"couldn't be delivered", "was not delivered", "wasn't delivered", "not be delivered to",
	"could not deliver", "couldn't deliver", "unable to deliver", "delivery incomplete",
	"message delayed", "qmail-send program", "mail could not be sent", "rejected your message",
	"delivery delayed", "unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen",
	"non remis", "non distribu", "n'a pas pu", "no se pudo entregar", "no entregado",
	"no se ha podido", "non recapitat", "impossibile recapitare", "onbestelbaar", "ej levererat",
	"kunde inte levereras", "niedostarczon", "не доставлено", "не удалось доставить",
	"недоставленн", "teslim edilemedi", "não entregue", "não pôde ser", "退信", "無法傳遞",
	"投递失败", "无法送达", "配信不能", "配信できません", "配達できません", "배달되지 않음", NULL };

static const char *const delays[] = { "will be retried", "still trying", "continue to try",
	"keep trying", "has not yet been delivered", "not yet delivered", "has been delayed",
	"message delayed", "delivery delayed", "delayed mail", "(delay)", "delayed for",
	"temporarily deferred", "delayed 24 hours", "warning: message", "warning: could not send",
	"you do not need to resend", "noch nicht zugestellt", "verzögert", "en retard", NULL };

static const char *const automatics[] = { "automatic reply", "auto-reply", "autoreply",
	"auto reply", "auto:", "auto response", "autoresponse", "out of office", "out of the office",
	"on vacation", "vacation reply", "away from", "abwesenheit", "automatische antwort",
	"réponse automatique", "absence du bureau", "respuesta automática", "fuera de la oficina",
	"risposta automatica", "resposta automática", "automatisch antwoord", "autosvar",
	"автоответ", "自动回复", "自動回覆", "自動応答", "自動返信", "자동 회신", NULL };

static const struct {
	const char *phrase, *dsn;
} reasons[] = {
	{ "mailbox full", "5.2.2" }, { "mailbox is full", "5.2.2" }, { "over quota", "5.2.2" },
	{ "overquota", "5.2.2" }, { "quota exceeded", "5.2.2" }, { "exceeded its quota", "5.2.2" },
	{ "exceeded storage", "5.2.2" }, { "storage allocation", "5.2.2" }, { "postfach voll", "5.2.2" },
	{ "account is disabled", "5.2.1" }, { "account disabled", "5.2.1" },
	{ "mailbox disabled", "5.2.1" }, { "mailbox is disabled", "5.2.1" },
	{ "account is inactive", "5.2.1" }, { "no longer active", "5.2.1" },
	{ "doesn't have a yahoo", "5.1.1" }, { "user unknown", "5.1.1" }, { "unknown user", "5.1.1" },
	{ "no such user", "5.1.1" }, { "user not known", "5.1.1" }, { "user does not exist", "5.1.1" },
	{ "user doesn't exist", "5.1.1" }, { "user not found", "5.1.1" },
	{ "not listed in", "5.1.1" }, { "no mailbox here", "5.1.1" }, { "no such mailbox", "5.1.1" },
	{ "mailbox not found", "5.1.1" }, { "mailbox unavailable", "5.1.1" },
	{ "unknown mailbox", "5.1.1" }, { "invalid mailbox", "5.1.1" },
	{ "unknown recipient", "5.1.1" }, { "recipient unknown", "5.1.1" },
	{ "invalid recipient", "5.1.1" }, { "recipient not found", "5.1.1" },
	{ "recipient address rejected", "5.1.1" }, { "address rejected", "5.1.1" },
	{ "address does not exist", "5.1.1" }, { "address doesn't exist", "5.1.1" },
	{ "e-mail address you entered couldn't be found", "5.1.1" }, { "couldn't be found", "5.1.1" },
	{ "wasn't found", "5.1.1" }, { "was not found", "5.1.1" }, { "does not exist", "5.1.1" },
	{ "doesn't exist", "5.1.1" }, { "unknown address", "5.1.1" }, { "not a valid", "5.1.1" },
	{ "no such person", "5.1.1" }, { "unknown or illegal", "5.1.1" },
	{ "existiert nicht", "5.1.1" }, { "nicht gefunden", "5.1.1" }, { "unbekannt", "5.1.1" },
	{ "n'existe pas", "5.1.1" }, { "introuvable", "5.1.1" }, { "no existe", "5.1.1" },
	{ "não existe", "5.1.1" }, { "non esiste", "5.1.1" }, { "не существует", "5.1.1" },
	{ "不存在", "5.1.1" }, { "存在しません", "5.1.1" }, { "見つかりません", "5.1.1" },
	{ "host not found", "5.1.2" }, { "domain not found", "5.1.2" }, { "host unknown", "5.1.2" },
	{ "unknown host", "5.1.2" }, { "unknown domain", "5.1.2" }, { "no such domain", "5.1.2" },
	{ "couldn't find any host", "5.1.2" }, { "unrouteable", "5.1.2" }, { "unroutable", "5.1.2" },
	{ "name service error", "5.4.4" }, { "no mx", "5.4.4" }, { "unable to route", "5.4.4" },
	{ "too large", "5.3.4" }, { "too big", "5.3.4" }, { "size limit", "5.3.4" },
	{ "message size exceeds", "5.3.4" }, { "too many hops", "5.4.6" }, { "mail loop", "5.4.6" },
	{ "mail forwarding loop", "5.4.6" }, { "retry timeout exceeded", "5.4.7" },
	{ "queue too long", "5.4.7" }, { "delivery time expired", "5.4.7" },
	{ "maximum retry", "5.4.7" }, { "couldn't contact", "5.4.1" }, { "connection refused", "5.4.1" },
	{ "connection timed out", "5.4.1" }, { "no answer from host", "5.4.1" },
	{ "relay", "5.7.1" }, { "blacklist", "5.7.1" }, { "blocklist", "5.7.1" },
	{ "blocked", "5.7.1" }, { "spam", "5.7.1" }, { "access denied", "5.7.1" },
	{ "not authorized", "5.7.1" }, { "not permitted", "5.7.1" }, { "not allowed", "5.7.1" },
	{ "restricted", "5.7.1" }, { "policy", "5.7.1" }, { "content rejected", "5.7.1" },
};

static bool
any_of(const char *const *phrases, const char *text)
{
	for (; *phrases; phrases++)
		if (strstr(text, *phrases))
			return true;
	return false;
}

bool
bounce_words_report(const char *text)
{
	return any_of(reports, text);
}

bool
bounce_words_delay(const char *text)
{
	return any_of(delays, text);
}

bool
bounce_words_automatic(const char *subject)
{
	while (strncmp(subject, "re:", 3) == 0)
		subject += 3 + strspn(subject + 3, " ");
	for (const char *const *p = automatics; *p; p++)
		if (strncmp(subject, *p, strlen(*p)) == 0)
			return true;
	return false;
}

void
bounce_line(const char *text, char *out, unsigned long room)
{
	struct buf line;

	buf_init(&line, room - 1);
	flatten_line(&line, text, strlen(text));
	snprintf(out, room, "%s", buf_str(&line));
	buf_free(&line);
}

/* A code like 5.1.1 at p that is a word of its own: not of an address like 192.5.1.1, nor a version. */
static bool
status_at(const char *text, const char *p, char dsn[12])
{
	unsigned class, subject, detail;
	int n = 0;

	if (p > text && (isalnum((unsigned char)p[-1]) || p[-1] == '.'))
		return false;
	if (sscanf(p, "%1u.%3u.%3u%n", &class, &subject, &detail, &n) != 3 || subject > 7 ||
	    isdigit((unsigned char)p[n]) || (p[n] == '.' && isdigit((unsigned char)p[n + 1])))
		return false;
	snprintf(dsn, 12, "%u.%u.%u", class, subject, detail);
	return true;
}

bool
bounce_words_status(const char *text, char dsn[12])
{
	for (const char *p = text; (p = strpbrk(p, "245")); p++)
		if (p[1] == '.' && status_at(text, p, dsn))
			return true;
	return false;
}

/* The reply of a mail server in the line, "550 5.1.1 …", "550-…", or NULL. */
static const char *
reply_in(const char *line)
{
	for (const char *p = line; (p = strpbrk(p, "45")); p++) {
		bool begins = p == line || !isalnum((unsigned char)p[-1]);

		if (begins && p > line && (p[-1] == '.' || p[-1] == '-'))
			begins = false;
		if (begins && p[1] >= '0' && p[1] <= '7' && isdigit((unsigned char)p[2]) &&
		    (p[3] == ' ' || p[3] == '-') && p[4])
			return p;
	}
	return NULL;
}

/* How much a line tells: 0 nothing; then a phrase, a status code, a server's reply. Fills *b when it
 * is more than `before`. */
static int
weigh_line(const char *line, int before, struct bounce *b)
{
	char lower[LINE], dsn[12];
	const char *reply = reply_in(line), *means = NULL;
	bool status = bounce_words_status(line, dsn) && *dsn != '2';
	int weight;

	snprintf(lower, sizeof lower, "%s", line);
	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (size_t i = 0; !means && i < sizeof reasons / sizeof *reasons; i++)
		if (strstr(lower, reasons[i].phrase))
			means = reasons[i].dsn;
	weight = reply ? 3 : status ? 2 : means ? 1 : 0;
	if (weight <= before)
		return before;
	snprintf(b->dsn, sizeof b->dsn, "%s", status ? dsn : means ? means : "5.0.0");
	bounce_line(line, b->text, sizeof b->text);
	b->code[0] = '\0';
	if (reply) {
		snprintf(b->code, sizeof b->code, "smtp; ");
		bounce_line(reply, b->code + strlen(b->code), sizeof b->code - strlen(b->code));
	}
	return weight;
}

void
bounce_words_reason(const char *text, struct bounce *b)
{
	int weight = 0;

	for (int n = 0; *text && n < LINES; n++) {
		size_t len = strcspn(text, "\n");
		char line[LINE];

		snprintf(line, sizeof line, "%.*s", (int)len, text);
		weight = weigh_line(line, weight, b);
		text += len + (text[len] == '\n');
	}
}
