/*
 * error.c - stanza errors and verdicts.
 */
#include "im/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "im/write.h"

#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"

/*
 * What a condition means. A user that is not there and one whose store of messages is full are told
 * alike by Prosody (service-unavailable), so the text says both.
 */
static const struct {
	const char *condition;
	bool passes; /* another try may succeed */
	const char *dsn, *text;
} meanings[] = {
	{ "service-unavailable", false, "5.1.1", "no such user, or the user takes no more messages" },
	{ "item-not-found", false, "5.1.1", "no such user" },
	{ "gone", false, "5.1.6", "the user has moved" },
	{ "jid-malformed", false, "5.1.3", "no address of instant messages" },
	{ "bad-request", false, "5.1.3", "the server cannot make sense of the address" },
	{ "remote-server-not-found", false, "5.1.2", "there is no such server" },
	{ "remote-server-timeout", true, "4.4.1", "the user's server does not answer" },
	{ "recipient-unavailable", true, "4.2.1", "the user is not there at the moment" },
	{ "resource-constraint", true, "4.2.2", "the server is busy or the user's store is full" },
	{ "internal-server-error", true, "4.3.0", "the server failed" },
	{ "undefined-condition", false, "5.0.0", "the server refused it" },
	{ "forbidden", false, "5.7.1", "the server forbids it" },
	{ "not-allowed", false, "5.7.1", "the server does not allow it" },
	{ "not-authorized", false, "5.7.1", "the server does not allow it" },
	{ "policy-violation", false, "5.7.1", "it is against the server's policy" },
	{ "registration-required", false, "5.7.1", "the user wants messages of known people only" },
	{ "subscription-required", false, "5.7.1", "the user wants messages of known people only" },
	{ "not-acceptable", false, "5.6.0", "the user's server does not accept it" },
	{ "feature-not-implemented", false, "5.3.3", "the user's server cannot do that" },
};

void
error_read(const struct xml *stanza, char code[ERROR_CODE], struct verdict *v)
{
	const struct xml *error = xml_child(stanza, "error");
	const struct xml *text = xml_child_ns(error, "text", NS_STANZAS);
	const struct xml *condition = error ? error->first : NULL;
	const char *type = xml_attr(error, "type");
	const char *said = text ? text->text : "";
	bool passes = type && strcmp(type, "wait") == 0;

	while (condition && (condition == text || strcmp(condition->ns, NS_STANZAS) != 0))
		condition = condition->next;
	snprintf(code, ERROR_CODE, "%s", condition ? condition->name : "undefined-condition");
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (strcmp(meanings[i].condition, code) == 0) {
			(meanings[i].passes ? later : never)(v, meanings[i].dsn, "%s (%s%s%.120s)",
			    meanings[i].text, code, *said ? ": " : "", said);
			return;
		}
	(passes ? later : never)(v, passes ? "4.0.0" : "5.0.0", "the server says %s%s%.120s", code,
	    *said ? ": " : "", said);
}

/* What a status code means to a person's client, the first that fits; of 5.1.3 it is enough that
 * the code begins so. */
static const struct {
	const char *dsn, *type, *condition;
} told[] = {
	{ "4.4.7", "wait", "remote-server-timeout" }, /* we have tried until it was too old */
	{ "4.7", "wait", "policy-violation" },	      /* too many for now */
	{ "4.", "wait", "resource-constraint" },
	{ "5.1.3", "modify", "jid-malformed" },
	{ "5.1", "cancel", "item-not-found" },
	{ "5.2.2", "wait", "resource-constraint" },
	{ "5.3.4", "modify", "not-acceptable" },
	{ "5.6", "modify", "not-acceptable" },
	{ "5.7.2", "wait", "policy-violation" },
	{ "5.7", "auth", "forbidden" },
	{ "", "cancel", "recipient-unavailable" },
};

void
error_write_dsn(struct writer *w, const char *dsn, const char *text)
{
	size_t i = 0;

	while (strncmp(dsn, told[i].dsn, strlen(told[i].dsn)) != 0)
		i++;
	write_open(w, "error", NULL);
	write_attr(w, "type", told[i].type);
	write_empty(w, told[i].condition, NS_STANZAS);
	if (text && *text) {
		write_open(w, "text", NS_STANZAS);
		write_attr(w, "xml:lang", "en");
		write_text(w, text);
		write_close(w);
	}
	write_close(w);
}

void
error_write(struct writer *w, const struct verdict *v)
{
	error_write_dsn(w, v->dsn, v->text);
}
