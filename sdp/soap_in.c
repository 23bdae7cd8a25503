/*
 * soap_in.c - what Parlay X platforms bring.
 *
 * Platforms put namespaces where the schemas have none, and leave out what the schemas demand; so
 * names are matched without their namespaces, and only what nothing can be done without is demanded.
 */
#include "sdp/soap_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/message/msg.h"

#define ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"

static const char *const operations[] = {
	[SOAP_SMS_RECEPTION] = "notifySmsReception",
	[SOAP_SMS_RECEIPT] = "notifySmsDeliveryReceipt",
	[SOAP_MESSAGE_RECEPTION] = "notifyMessageReception",
	[SOAP_MESSAGE_RECEIPT] = "notifyMessageDeliveryReceipt",
};

/* The first of the two children that is there, trimmed; "" when neither is. */
static const char *
either(struct arena *a, const struct xml *x, const char *name, const char *other)
{
	const struct xml *child = xml_child(x, name);

	return xml_trimmed(a, child ? child : xml_child(x, other));
}

int
soap_message_parse(struct arena *a, const struct xml *x, struct soap_message *m, struct verdict *v)
{
	const struct xml *text = xml_child(x, "message");

	m->identifier = xml_trimmed(a, xml_child(x, "messageIdentifier"));
	m->sender = xml_trimmed(a, xml_child(x, "senderAddress"));
	m->number = either(a, x, "smsServiceActivationNumber", "messageServiceActivationNumber");
	m->subject = xml_trimmed(a, xml_child(x, "subject"));
	m->text = text ? text->text : "";
	m->date = xml_trimmed(a, xml_child(x, "dateTime"));
	if (!*m->sender)
		return never(v, "5.6.0", "senderAddress is missing");
	if (!*m->number)
		return never(v, "5.6.0", "the service activation number is missing");
	return 0;
}

static int
parse_receipt(struct arena *a, const struct xml *x, struct soap_call *c, struct verdict *v)
{
	const struct xml *status = xml_child(x, "deliveryStatus");

	c->address = xml_trimmed(a, xml_child(status, "address"));
	c->status = xml_trimmed(a, xml_child(status, "deliveryStatus"));
	if (!*c->correlator)
		return never(v, "5.6.0", "correlator is missing");
	if (!*c->status)
		return never(v, "5.6.0", "deliveryStatus is missing");
	return 0;
}

static void
parse_header(struct arena *a, const struct xml *header, struct soap_call *c)
{
	const struct xml *x = xml_child(header, "NotifySOAPHeader");

	c->rev_id = xml_trimmed(a, xml_child(x, "spRevId"));
	c->rev_password = xml_trimmed(a, xml_child(x, "spRevpassword"));
	c->time_stamp = xml_trimmed(a, xml_child(x, "timeStamp"));
	c->link_id = either(a, x, "linkid", "linkId");
	c->trace_id = xml_trimmed(a, xml_child(x, "traceUniqueID"));
}

/* Which operation; -1: none that is known. */
static int
operation_named(const char *name)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (strcmp(name, operations[i]) == 0)
			return (int)i;
	return -1;
}

static int
parse_operation(struct arena *a, const struct xml *x, struct soap_call *c, struct verdict *v)
{
	const struct xml *message = xml_child(x, "message");

	c->correlator = xml_trimmed(a, xml_child(x, "correlator"));
	if (c->is == SOAP_SMS_RECEIPT || c->is == SOAP_MESSAGE_RECEIPT)
		return parse_receipt(a, x, c, v);
	if (!message)
		return never(v, "5.6.0", "message is missing");
	return soap_message_parse(a, message, &c->message, v);
}

int
soap_call_parse(struct arena *a, const char *bytes, size_t len, struct soap_call *c,
    struct verdict *v)
{
	static const struct soap_message nothing = { "", "", "", "", "", "" };
	const struct xml *root = xml_parse(a, bytes, len, v), *x;
	int is;

	if (!root)
		return -1;
	*c = (struct soap_call){ .message = nothing, .address = "", .status = "" };
	if (strcmp(root->name, "Envelope") != 0 || !(x = xml_child(root, "Body"))) {
		never(v, "5.6.0", "this is no SOAP envelope with a body");
		return 0;
	}
	if (!(x = x->first)) {
		never(v, "5.6.0", "the body is empty");
		return 0;
	}
	if ((is = operation_named(x->name)) < 0) {
		never(v, "5.6.0", "no operation \"%.100s\" is known here", x->name);
		return 0;
	}
	c->is = (enum soap_operation)is;
	c->name = operations[is];
	c->ns = x->ns;
	parse_header(a, xml_child(root, "Header"), c);
	return parse_operation(a, x, c, v) == 0;
}

static struct xml_writer *
begin(struct buf *out)
{
	struct xml_writer *w = xml_new_document(out);

	xml_open(w, "e:Envelope");
	xml_attribute(w, "xmlns:e", ENVELOPE);
	xml_open(w, "e:Body");
	return w;
}

void
soap_call_answer(const struct soap_call *c, struct buf *out)
{
	struct xml_writer *w = begin(out);
	char name[64];

	/* A prefix can be bound to a namespace only (XML namespaces 1.0, section 2.2). */
	snprintf(name, sizeof name, "%s%sResponse", *c->ns ? "n:" : "", c->name);
	xml_open(w, name);
	if (*c->ns)
		xml_attribute(w, "xmlns:n", c->ns);
	xml_end_document(w);
}

void
soap_call_fault(const char *who, const char *why, struct buf *out)
{
	struct xml_writer *w = begin(out);
	char code[32];

	snprintf(code, sizeof code, "e:%s", who);
	xml_open(w, "e:Fault");
	xml_element(w, "faultcode", code);
	xml_element(w, "faultstring", why);
	xml_end_document(w);
}

/* XML keeps a CR that was written as &#13;; elsewhere a line ends in LF. */
char *
soap_text(struct arena *a, const char *text)
{
	size_t len = strlen(text), n = 0;
	char *out;

	if (len > MSG_MAX_TEXT)
		for (len = MSG_MAX_TEXT; ((unsigned char)text[len] & 0xc0) == 0x80;)
			len--;
	out = arena_alloc(a, len + 1);
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\r' || text[i + 1] != '\n')
			out[n++] = text[i] == '\r' ? '\n' : text[i];
	return out;
}

/* The zone behind the seconds (and their fraction) as RFC 5322 has it; false when it is none. */
static bool
read_zone(const char *s, char out[8])
{
	int hours, minutes, end = 0;

	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	if (!*s)
		return strcpy(out, "-0000"), true;
	if (strcmp(s, "Z") == 0)
		return strcpy(out, "+0000"), true;
	if ((*s != '+' && *s != '-') || sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 ||
	    s[1 + end] || hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
		return false;
	snprintf(out, 8, "%c%02d%02d", *s, hours, minutes);
	return true;
}

bool
soap_date(const char *text, char out[SOAP_DATE])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	int y, m, d, hour, minute, second, end = 0;
	struct tm tm, same;
	time_t t;
	char zone[8];

	*out = '\0';
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &y, &m, &d, &hour, &minute, &second, &end) !=
		6 || !read_zone(text + end, zone) || y < 1970)
		return false;
	tm = (struct tm){ .tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d, .tm_hour = hour,
		.tm_min = minute, .tm_sec = second };
	same = tm;
	/* timegm() carries what is too much, such as February 30th, into another day. */
	t = timegm(&same);
	if (t < 0 || same.tm_mday != tm.tm_mday || same.tm_mon != tm.tm_mon ||
	    same.tm_hour != hour || same.tm_min != minute || same.tm_sec != second)
		return false;
	snprintf(out, SOAP_DATE, "%s, %d %s %d %02d:%02d:%02d %s", days[same.tm_wday], d,
	    months[same.tm_mon], y, hour, minute, second, zone);
	return true;
}
