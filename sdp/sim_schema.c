/*
 * sim_schema.c - a walk along a sequence and its table, side by side.
 */
#include "sdp/sim_schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/xml.h"

static const struct sim_part charging[] = {
	{ "description", false, false, NULL },
	{ "currency", true, false, NULL },
	{ "amount", true, false, NULL },
	{ "code", true, false, NULL },
	{ NULL, false, false, NULL },
};
static const struct sim_part reference[] = {
	{ "endpoint", false, false, NULL },
	{ "interfaceName", false, false, NULL },
	{ "correlator", false, false, NULL },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_send_parts[] = {
	{ "addresses", false, true, NULL },
	{ "senderName", true, false, NULL },
	{ "charging", true, false, charging },
	{ "message", false, false, NULL },
	{ "receiptRequest", true, false, reference },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_status_parts[] = {
	{ "requestIdentifier", false, false, NULL },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_received_parts[] = {
	{ "registrationIdentifier", false, false, NULL },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_start_parts[] = {
	{ "reference", false, false, reference },
	{ "smsServiceActivationNumber", false, false, NULL },
	{ "criteria", true, false, NULL },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_stop_parts[] = {
	{ "correlator", false, false, NULL },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_send_message_parts[] = {
	{ "addresses", false, true, NULL },
	{ "senderAddress", true, false, NULL },
	{ "subject", true, false, NULL },
	{ "priority", true, false, NULL },
	{ "charging", true, false, charging },
	{ "receiptRequest", true, false, reference },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_received_messages_parts[] = {
	{ "registrationIdentifier", false, false, NULL },
	{ "priority", true, false, NULL },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_get_message_parts[] = {
	{ "messageRefIdentifier", false, false, NULL },
	{ NULL, false, false, NULL },
};
const struct sim_part sim_start_message_parts[] = {
	{ "reference", false, false, reference },
	{ "messageServiceActivationNumber", false, false, NULL },
	{ "criteria", true, false, NULL },
	{ NULL, false, false, NULL },
};

/* What is looked at, and where complaints go. */
struct walk {
	const char **part;
	char *why;
	size_t room;
	bool outside; /* among the operation's own parts, not inside one of them */
};

__attribute__((format(printf, 3, 4))) static int
wrong(const struct walk *w, const char *part, const char *format, ...)
{
	va_list ap;

	/* A fault names parts of the message; what is inside them is told in words. */
	if (w->outside)
		*w->part = part;
	va_start(ap, format);
	vsnprintf(w->why, w->room, format, ap);
	va_end(ap);
	return -1;
}

static bool
blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static int walk(
    const struct walk *w, const struct xml *x, const struct sim_part *parts, const char *ns);

/* x has the name of p; is it p in all else? */
static int
check_one(const struct walk *w, const struct xml *x, const struct sim_part *p, const char *ns)
{
	struct walk inner = *w;

	if (strcmp(x->ns, ns) != 0)
		return wrong(w, p->name, "element %s must be in %s%s", p->name,
		    *ns ? "namespace " : "no namespace", ns);
	if (!p->inside)
		return x->first ? wrong(w, p->name, "element %s cannot hold elements", p->name) : 0;
	if (w->outside)
		*w->part = p->name;
	inner.outside = false;
	return walk(&inner, x, p->inside, "");
}

static int
walk(const struct walk *w, const struct xml *x, const struct sim_part *parts, const char *ns)
{
	const struct xml *child = x->first;
	const struct sim_part *p;

	if (!blank(x->text))
		return wrong(w, x->name, "element %.60s cannot hold text", x->name);
	for (p = parts; p->name; p++) {
		bool seen = false;

		while (child && strcmp(child->name, p->name) == 0 && (p->many || !seen)) {
			if (check_one(w, child, p, ns) < 0)
				return -1;
			seen = true;
			child = child->next;
		}
		if (!seen && !p->optional)
			return child ? wrong(w, p->name, "element %s expected, not %.60s", p->name,
					   child->name)
				     : wrong(w, p->name, "element %s is missing", p->name);
	}
	if (child)
		return wrong(w, child->name, "unexpected element %.60s", child->name);
	return 0;
}

int
sim_schema_check(const struct xml *operation, const struct sim_part *parts, const char *ns,
    const char **part, char *why, size_t room)
{
	const struct walk w = { part, why, room, true };

	*part = operation->name;
	return walk(&w, operation, parts, ns);
}
