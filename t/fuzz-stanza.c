/*
 * fuzz-stanza.c - any bytes as what an XMPP server sends, cut anywhere. What is made of them is bounded
 * and valid, and whatever is written because of them is read back by the strictest reader there is:
 * a stanza that a server could not read would end everybody's stream.
 */
#include "bridge/base/xmlpush.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "im/error.h"
#include "im/form.h"
#include "im/stanza.h"
#include "im/write.h"
#include "t/fuzz.h"

#define DOMAIN "gw.test"
#define HEADER "<stream:stream xmlns='jabber:component:accept' " \
	"xmlns:stream='http://etherx.jabber.org/streams' id='a'>"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct addr_rules rules = { "49", "0", "00" };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"\x20<message from='a@im.test/r' to='+49170555@gw.test' type='chat' id='i-1'><body>Hi &lt;"
		"</body><request xmlns='urn:xmpp:receipts'/></message>",
		"\x03<message from='a@im.test' to='b\\40c.test@gw.test'><body>x</body><x xmlns='jabber:x:oob'>"
		"<url>https://h/x.png</url></x><nick xmlns='http://jabber.org/protocol/nick'>A</nick></message>",
		"\xff<message type='error' id='01K-0' from='a@b' to='gw.test'><error type='wait'><text "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>t</text><gone "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
		"\x40<message from='a@im.test' to='c@gw.test'><received xmlns='urn:xmpp:receipts' id='x'/></message>"
		"<a b='1'><![CDATA[c]]>&#65;</a></stream:stream>",
		"\x10<iq type='set' from='a@b/c' to='gw.test'><query xmlns='jabber:iq:register'><x "
		"xmlns='jabber:x:data'><field var='phone'><value>1</value></field></x></query></iq>",
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		fuzz_seed(seeds[i], strlen(seeds[i]));
	return 0;
}

/* The bytes are stanzas that a server would read. */
static void
read_back(const struct buf *b, unsigned n)
{
	struct xmlpush *p = xmlpush_new(1 << 22);
	const struct xml *x;
	struct verdict v;
	unsigned trees = 0;
	enum xmlpush_what what;

	assert(!b->over);
	assert(xmlpush_feed(p, HEADER, strlen(HEADER), &v) == 0);
	assert(xmlpush_feed(p, buf_str(b), b->len, &v) == 0);
	while ((what = xmlpush_next(p, &x)) != XMLPUSH_NOTHING) {
		assert(what != XMLPUSH_CLOSED);
		trees += what == XMLPUSH_TREE;
		if (what != XMLPUSH_TREE)
			continue;
		assert(strcmp(x->name, "message") == 0 && xml_attr(x, "from") && *xml_attr(x, "to"));
		assert(strcmp(xml_attr(x, "from") + strlen(xml_attr(x, "from")) - strlen(DOMAIN), DOMAIN) == 0);
	}
	assert(trees == n);
	xmlpush_free(p);
}

/* Write it to somebody, and the reports about it. */
static void
write_all(struct msg *m, const char *to)
{
	struct verdict v;
	struct buf b;
	unsigned n = 0;
	size_t cut;

	buf_init(&b, 1 << 22);
	n += stanza_write(m, DOMAIN, to, "id", NULL, false, &b, &cut, &v) == 1;
	m->about = "01X";
	m->in_reply_to = m->message_id;
	m->action = "delivered";
	n += stanza_write(m, DOMAIN, to, "id", NULL, true, &b, &cut, &v) == 1;
	m->action = "failed";
	n += stanza_write(m, DOMAIN, to, "id", NULL, false, &b, &cut, &v) == 1;
	read_back(&b, n);
	buf_free(&b);
}

static void
handle(const struct xml *x)
{
	static struct arrival a;
	char code[ERROR_CODE], bare[2 * JID_PART];
	struct verdict v;
	struct msg *m;

	error_read(x, code, &v);
	form_value(x->first, "phone");
	stanza_look(x, DOMAIN, &rules, &a);
	if (a.is != STANZA_MESSAGE)
		return;
	m = stanza_message(x, DOMAIN, &a);
	assert(m->nrcpts == 1 && m->rcpts[0].to && strlen(m->text) <= MSG_MAX_TEXT);
	for (size_t i = 0, n; m->text[i]; i += n)
		assert((n = utf8_valid(m->text + i, strlen(m->text + i))) > 0);
	assert(jid_bare(&a.from, bare, sizeof bare));
	write_all(m, bare);
	m->about = NULL;
	m->from = m->rcpts[0].to;
	write_all(m, bare);
	msg_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xmlpush *p = xmlpush_new(4000);
	const char *bytes = (const char *)data;
	const struct xml *x;
	struct verdict v;
	size_t step;

	if (size < 1) {
		xmlpush_free(p);
		return 0;
	}
	step = (size_t)data[0] + 1;
	assert(xmlpush_feed(p, HEADER, strlen(HEADER), &v) == 0);
	for (size_t at = 1; at < size; at += step) {
		int rc = xmlpush_feed(p, bytes + at, size - at < step ? size - at : step, &v);

		for (enum xmlpush_what what; (what = xmlpush_next(p, &x)) != XMLPUSH_NOTHING;)
			if (what == XMLPUSH_TREE || what == XMLPUSH_CUT)
				handle(x);
		if (rc < 0)
			break;
	}
	xmlpush_free(p);
	return 0;
}
