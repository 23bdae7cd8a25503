/*
 * u-im.c - addresses and stanzas of XMPP: escaping, what is written, what is taken for a message.
 */
#include <stdlib.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/base/xml.h"
#include "bridge/base/xmlpush.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "im/error.h"
#include "im/fetch.h"
#include "im/jid.h"
#include "im/origin.h"
#include "im/stanza.h"
#include "im/write.h"
#include "t/tap.h"

static const struct addr_rules rules = { "49", "0", "00" };

/* JIDs. */

static const struct {
	const char *plain, *escaped; /* NULL: cannot be */
} locals[] = {
	{ "+4917012345", "+4917012345" },
	{ "alice@example.com", "alice\\40example.com" },
	{ "Alice@Example.COM", "alice\\40example.com" },
	{ "o'hara/fx@x", "o\\27hara\\2ffx\\40x" },
	{ "a b", "a\\20b" },
	{ "\"a:b\"<c>&d", "\\22a\\3ab\\22\\3cc\\3e\\26d" },
	{ "a\\b", "a\\b" },
	{ "a\\40b", "a\\5c40b" },
	{ "a\\5c40", "a\\5c5c40" },
	{ "a\\5C40", "a\\5c5c40" },
	{ "a\\\\40", "a\\\\5c40" },
	{ "\\", "\\" },
	{ "\\2", "\\2" },
	{ "\\2F", "\\5c2f" },
	{ "\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad\xe6\x96\x87" },
	{ " a", NULL },
	{ "a ", NULL },
	{ "", NULL },
	{ "a\nb", NULL },
	{ "a\xff", NULL },
	{ "a\xc0\x80", NULL },
	{ "\xed\xa0\x80", NULL },
	{ "a\xe2\x80\xae", NULL },
};

static void
test_locals(void)
{
	char out[JID_PART], back[JID_PART], lower[JID_PART], name[200];

	for (size_t i = 0; i < sizeof locals / sizeof *locals; i++) {
		bool could = jid_escape(locals[i].plain, out);

		snprintf(name, sizeof name, "escaped: %s", locals[i].plain);
		is_str(could ? out : NULL, locals[i].escaped, name);
		if (!could)
			continue;
		jid_unescape(out, back);
		snprintf(lower, sizeof lower, "%s", locals[i].plain);
		for (char *p = lower; *p; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
		is_str(back, lower, "and back");
	}
	jid_unescape("\\2G\\4\\40\\5c40\\3A\\20", back);
	is_str(back, "\\2G\\4@\\40\\3A ", "only the ten codes are undone, once, from the left");
}

static const struct {
	const char *jid, *want; /* "local|domain|resource"; NULL: none */
} jids[] = {
	{ "juliet@im.test/balcony", "juliet|im.test|balcony" },
	{ "im.test", "|im.test|" },
	{ "im.test/r", "|im.test|r" },
	{ "Juliet@IM.Test/Balcony", "juliet|im.test|Balcony" },
	{ "a@b/c@d/e", "a|b|c@d/e" },
	{ "", NULL },
	{ "@im.test", NULL },
	{ "a@", NULL },
	{ "a@/r", NULL },
	{ "a@b@c", NULL },
	{ "a b@c", NULL },
	{ "a'b@c", NULL },
	{ "a<b@c", NULL },
	{ "a@b c", NULL },
	{ "a\x01@c", NULL },
	{ "a@c/\xff", NULL },
	{ "a@b'/><x", NULL },
};

static void
test_jids(void)
{
	char got[4 * JID_PART], *huge;
	struct jid j;

	for (size_t i = 0; i < sizeof jids / sizeof *jids; i++) {
		if (jid_parse(jids[i].jid, &j))
			snprintf(got, sizeof got, "%s|%s|%s", j.local, j.domain, j.resource);
		is_str(jid_parse(jids[i].jid, &j) ? got : NULL, jids[i].want, jids[i].jid);
	}
	huge = malloc(4000);
	memset(huge, 'a', 4000);
	memcpy(huge + 1023, "@b", 3);
	ok(jid_parse(huge, &j), "a local part of 1023 bytes is one");
	huge[1023] = 'a';
	memcpy(huge + 1024, "@b", 3);
	ok(!jid_parse(huge, &j), "one of 1024 is none");
	huge[1024] = '\0';
	ok(!jid_escape(huge, got), "nor can one be made");
	free(huge);
}

/* Writing. */

static const struct {
	const char *text, *want;
} texts[] = {
	{ "plain", "plain" },
	{ "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&apos;" },
	{ "]]>", "]]&gt;" },
	{ "tab\tlf\ncr\r", "tab\tlf\ncr&#13;" },
	{ "nul-like \x01\x08\x0b\x0c\x1f", "nul-like \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\x7f\xc2\x80", "\x7f\xc2\x80" },
	{ "\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "Latin-1 \xe4", "Latin-1 \xef\xbf\xbd" },
	{ "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf" },
};

static void
test_texts(void)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		buf_reset(&b);
		write_escaped(&b, texts[i].text, SIZE_MAX);
		is_str(buf_str(&b), texts[i].want, texts[i].want);
	}
	buf_reset(&b);
	is_int((long long)write_escaped(&b, "abc&d", 6), 3, "cut");
	is_str(buf_str(&b), "abc", "at a reference that does not fit");
	buf_reset(&b);
	is_int((long long)write_escaped(&b, "ab\xe4\xb8\xad", 4), 2, "cut");
	is_str(buf_str(&b), "ab", "at a character that does not fit");
	buf_free(&b);
}

/* Every text of one and two bytes, within a stanza, is read back by a strict parser. */
static void
test_every_text(void)
{
	struct xmlpush *p = xmlpush_new(1 << 16);
	struct buf b;
	struct verdict v;
	const struct xml *x;
	const struct stanza s = { .kind = "message", .domain = "gw", .to = "a@b" };
	unsigned read = 0;
	int rc = 0;

	buf_init(&b, 4096);
	rc = xmlpush_feed(p, "<s>", 3, &v);
	for (unsigned c = 0x0100; c < 0x10000 && rc == 0; c++) {
		char text[3] = { (char)(c >> 8), (char)c, '\0' };
		struct writer w;

		buf_reset(&b);
		write_begin(&w, &s, &b);
		write_attr(&w, "id", text);
		write_leaf(&w, "body", text);
		write_end(&w);
		rc = xmlpush_feed(p, b.data, b.len, &v);
		for (enum xmlpush_what what; (what = xmlpush_next(p, &x)) != XMLPUSH_NOTHING;)
			read += what == XMLPUSH_TREE && xml_child(x, "body");
	}
	ok(rc == 0 && read == 0x10000 - 0x100, "stanzas of every two bytes are XML (%u)", read);
	buf_free(&b);
	xmlpush_free(p);
}

/* Origins. */

static void
test_origins(void)
{
	static const struct {
		const char *id, *resource, *local, *want;
	} rows[] = {
		{ "abc-1", "phone", "+491701", "<abc-1.phone.=2B491701@gw>" },
		{ "a.b@c<>", "", "x\\40y", "<a=2Eb=40c=3C=3E..x=5C40y@gw>" },
		{ "\xc3\xa4", "r/s=", "", "<=C3=A4.r=2Fs=3D.@gw>" },
	};
	static const char *const bad[] = { "", "<>", "a.b.c@gw", "<.b.c@gw>", "<a.b@gw>", "<a.b.c@other>",
		"<a.b.c@gw", "<a=00.b.c@gw>", "<a=4.b.c@gw>", "<a=zz.b.c@gw>", "<a.b.c@gw>x", "<a" };
	char out[ORIGIN_ROOM];
	struct origin o, back;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(o.id, sizeof o.id, "%s", rows[i].id);
		snprintf(o.resource, sizeof o.resource, "%s", rows[i].resource);
		snprintf(o.local, sizeof o.local, "%s", rows[i].local);
		ok(origin_format(&o, "gw", out), "written");
		is_str(out, rows[i].want, "as a Message-ID");
		ok(origin_parse(out, "gw", &back) && strcmp(back.id, o.id) == 0 &&
		    strcmp(back.resource, o.resource) == 0 && strcmp(back.local, o.local) == 0,
		    "and read back");
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!origin_parse(bad[i], "gw", &back), "no origin: %s", bad[i]);
	ok(!origin_parse(NULL, "gw", &back), "nor is nothing");
	memset(o.resource, 0xff, JID_PART - 1);
	o.resource[JID_PART - 1] = '\0';
	ok(!origin_format(&o, "gw", out), "one that is too long is not written");
}

/* What is taken for a message. */

#define FROM "<message from='juliet@im.test/b' to='+49170555@gw.test' id='id-12345'"
#define BODY "<body>Hi</body>"

static const struct {
	const char *name, *stanza;
	enum stanza_is is;
	const char *to;
} arrivals[] = {
	{ "a chat message", FROM " type='chat'>" BODY "</message>", STANZA_MESSAGE, "tel:+49170555" },
	{ "one without a type", FROM ">" BODY "</message>", STANZA_MESSAGE, "tel:+49170555" },
	{ "one with a chat state", FROM ">" BODY "<active xmlns='http://jabber.org/protocol/chatstates'/>"
	    "</message>", STANZA_MESSAGE, "tel:+49170555" },
	{ "a national number", "<message from='j@im.test' to='0170555123@gw.test'>" BODY "</message>",
	    STANZA_MESSAGE, "tel:+49170555123" },
	{ "to a mail address", "<message from='j@im.test' to='Alice\\40example.com@GW.test'>" BODY
	    "</message>", STANZA_MESSAGE, "mailto:alice@example.com" },
	{ "to the gateway itself", "<message from='j@im.test' to='gw.test'>" BODY "</message>",
	    STANZA_REFUSED, "" },
	{ "to no number", "<message from='j@im.test' to='nobody@gw.test'>" BODY "</message>",
	    STANZA_REFUSED, "" },
	{ "to half a mail address", "<message from='j@im.test' to='a\\40@gw.test'>" BODY "</message>",
	    STANZA_REFUSED, "" },
	{ "an encrypted one", FROM ">" BODY "<encrypted xmlns='eu.siacs.conversations.axolotl'/>"
	    "</message>", STANZA_REFUSED, "" },
	{ "no body", FROM " type='chat'/>", STANZA_NOTHING, "" },
	{ "an empty body", FROM "><body/></message>", STANZA_NOTHING, "" },
	{ "white space", FROM "><body> \n</body></message>", STANZA_NOTHING, "" },
	{ "a chat state", FROM " type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/>"
	    "</message>", STANZA_NOTHING, "" },
	{ "a room's message", FROM " type='groupchat'>" BODY "</message>", STANZA_NOTHING, "" },
	{ "news", FROM " type='headline'>" BODY "</message>", STANZA_NOTHING, "" },
	{ "a private message out of a room", FROM ">" BODY "<x xmlns='http://jabber.org/protocol/muc#user'/>"
	    "</message>", STANZA_NOTHING, "" },
	{ "an invitation", FROM ">" BODY "<x xmlns='jabber:x:conference' jid='a@b'/></message>",
	    STANZA_NOTHING, "" },
	{ "a copy of what was sent", FROM "><sent xmlns='urn:xmpp:carbons:2'><forwarded "
	    "xmlns='urn:xmpp:forward:0'><message>" BODY "</message></forwarded></sent></message>",
	    STANZA_NOTHING, "" },
	{ "a body of another namespace", FROM "><body xmlns='x'>Hi</body></message>", STANZA_NOTHING, "" },
	{ "a bounce with our text in it", FROM " type='error'>" BODY "<error type='cancel'/></message>",
	    STANZA_ERROR, "" },
	{ "a receipt", FROM "><received xmlns='urn:xmpp:receipts' id='x'/></message>", STANZA_RECEIPT, "" },
	{ "our own echo", "<message from='+49@gw.test' to='+49170555@gw.test'>" BODY "</message>",
	    STANZA_NOTHING, "" },
	{ "to another domain", "<message from='j@im.test' to='a@other.test'>" BODY "</message>",
	    STANZA_NOTHING, "" },
	{ "from nobody", "<message to='+49170555@gw.test'>" BODY "</message>", STANZA_NOTHING, "" },
	{ "to nobody", "<message from='j@im.test'>" BODY "</message>", STANZA_NOTHING, "" },
	{ "from no address", "<message from='a@@b' to='+49170555@gw.test'>" BODY "</message>",
	    STANZA_NOTHING, "" },
};

/* The tree of a stanza, lent by *p, which is to be freed. */
static const struct xml *
tree(const char *stanza, struct xmlpush **p)
{
	const struct xml *x = NULL;
	struct verdict v;

	*p = xmlpush_new(1 << 20);
	if (xmlpush_feed(*p, "<s xmlns='jabber:component:accept'>", 35, &v) < 0 ||
	    xmlpush_feed(*p, stanza, strlen(stanza), &v) < 0)
		printf("# %s\n", v.text);
	xmlpush_next(*p, &x);
	xmlpush_next(*p, &x);
	return x;
}

static void
test_arrivals(void)
{
	static struct arrival a;
	struct xmlpush *p;

	for (size_t i = 0; i < sizeof arrivals / sizeof *arrivals; i++) {
		stanza_look(tree(arrivals[i].stanza, &p), "gw.test", &rules, &a);
		is_int(a.is, arrivals[i].is, arrivals[i].name);
		if (a.is == STANZA_MESSAGE)
			is_str(a.to, arrivals[i].to, "whom it is for");
		xmlpush_free(p);
	}
}

static void
test_message(void)
{
	static struct arrival a;
	struct xmlpush *p;
	const struct xml *x = tree(FROM " type='chat'><body>Hi &lt;you&gt;</body><nick "
	    "xmlns='http://jabber.org/protocol/nick'>Juliet C.</nick><request xmlns='urn:xmpp:receipts'/>"
	    "</message>", &p);
	struct msg *m;
	char *once;

	stanza_look(x, "gw.test", &rules, &a);
	m = stanza_message(x, "gw.test", &a);
	is_str(m->from, "xmpp:juliet@im.test", "from the user, whichever client it is");
	is_str(m->rcpts[0].to, "tel:+49170555", "to the phone");
	is_str(m->text, "Hi <you>", "its text");
	is_str(m->name, "Juliet C.", "the name");
	is_str(m->message_id, "<id-12345.b.=2B49170555@gw.test>", "its id keeps what an answer needs");
	is_str(m->rcpts[0].notify, "SUCCESS,FAILURE", "a receipt is wanted");
	once = strdup(m->once);
	msg_free(m);
	m = stanza_message(x, "gw.test", &a);
	is_str(m->once, once, "the same again is known");
	msg_free(m);
	free(once);
	xmlpush_free(p);

	x = tree("<message from='j@im.test' to='+49170555@gw.test' id='7'><body>ok</body></message>", &p);
	stanza_look(x, "gw.test", &rules, &a);
	m = stanza_message(x, "gw.test", &a);
	once = strdup(m->once);
	ok(!m->rcpts[0].notify, "no receipt is wanted");
	msg_free(m);
	m = stanza_message(x, "gw.test", &a);
	ok(strcmp(m->once, once) != 0, "a short id may be a counter: the same again is another message");
	msg_free(m);
	free(once);
	xmlpush_free(p);
}

/* What is written. */

static char *
written(struct msg *m, int *rc)
{
	struct buf b;
	struct verdict v;
	size_t cut;
	char *s;

	buf_init(&b, 1 << 20);
	*rc = stanza_write(m, "gw.test", "juliet@im.test", "ID-0", NULL, false, &b, &cut, &v);
	s = strdup(buf_str(&b));
	buf_free(&b);
	return s;
}

static void
test_written(void)
{
	struct msg *m = msg_new();
	struct xmlpush *p;
	const struct xml *x;
	char *s, *text;
	int rc;

	m->from = "mailto:Alice@example.com";
	m->subject = "Lunch";
	m->text = "short";
	m->full = "At <noon>?";
	m->arrived = time(NULL);
	s = written(m, &rc);
	x = tree(s, &p);
	is_int(rc, 1, "a mail is written");
	is_str(xml_attr(x, "from"), "alice\\40example.com@gw.test", "from its author");
	is_str(xml_attr(x, "type"), "chat", "as chat");
	is_str(xml_child(x, "body")->text, "Lunch\n\nAt <noon>?", "subject and whole text");
	ok(xml_child_ns(x, "request", "urn:xmpp:receipts") != NULL, "asks for a receipt");
	ok(!xml_child(x, "delay"), "is not late");
	xmlpush_free(p);
	free(s);

	m->arrived = 1764036000;
	s = written(m, &rc);
	x = tree(s, &p);
	is_str(xml_attr(xml_child_ns(x, "delay", "urn:xmpp:delay"), "stamp"), "2025-11-25T02:00:00Z",
	    "an old one says when it was written");
	xmlpush_free(p);
	free(s);

	text = malloc(100001);
	memset(text, '&', 100000);
	text[100000] = '\0';
	m->full = text;
	s = written(m, &rc);
	ok(strlen(s) < 64 * 1024 && strstr(s, " more characters are not shown here]</body>"), "a long text is cut (%zu)",
	    strlen(s));
	free(s);
	free(text);

	m->full = NULL;
	m->from = "mailto:";
	s = written(m, &rc);
	ok(rc == 1 && strstr(s, "from='gw.test'"), "the null sender is the gateway itself");
	free(s);
	m->from = "mailto: x";
	s = written(m, &rc);
	ok(rc == -1 && !*s, "a sender without an address is refused, nothing written");
	free(s);
	msg_free(m);
}

static void
test_reports(void)
{
	struct msg *m = msg_new();
	char *s;
	int rc;

	m->from = "mailto:";
	m->about = "01X";
	m->text = "The number is not in use.";
	m->in_reply_to = "<id-12345.b.=2B49170555@gw.test>";
	m->action = "delivered";
	s = written(m, &rc);
	is_str(s, "<message from='+49170555@gw.test' to='juliet@im.test' type='chat' id='ID-0'><received "
	    "xmlns='urn:xmpp:receipts' id='id-12345'/></message>", "delivered: a receipt");
	free(s);
	m->action = "failed";
	s = written(m, &rc);
	ok(strstr(s, "from='+49170555@gw.test' to='juliet@im.test/b' type='error' id='id-12345'>") &&
	    strstr(s, "<recipient-unavailable ") && strstr(s, ">The number is not in use.</text>"),
	    "failed: an error for that client, with the message's own id");
	free(s);
	m->action = "relayed";
	s = written(m, &rc);
	ok(rc == 0 && !*s, "relayed: nothing that IM has words for");
	free(s);
	m->action = "failed";
	m->in_reply_to = "<something@else>";
	s = written(m, &rc);
	ok(rc == 1 && strstr(s, "<body>The number is not in use.</body>"), "failed, and it is not known "
	    "what: said in words");
	free(s);
	msg_free(m);
}

/* Errors. */

static void
test_errors(void)
{
#define ERROR(type, inner) "<message type='error'><body>Hi</body><error type='" type "'>" inner \
    "</error></message>"
#define COND(name) "<" name " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
	static const struct {
		const char *stanza, *code;
		enum verdict_is is;
		const char *dsn;
	} rows[] = {
		{ ERROR("cancel", COND("service-unavailable")), "service-unavailable", NEVER, "5.1.1" },
		{ ERROR("wait", COND("remote-server-timeout")), "remote-server-timeout", LATER, "4.4.1" },
		{ ERROR("wait", "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>x</text>"
		    COND("recipient-unavailable")), "recipient-unavailable", LATER, "4.2.1" },
		{ ERROR("wait", COND("new-one")), "new-one", LATER, "4.0.0" },
		{ ERROR("cancel", COND("new-one")), "new-one", NEVER, "5.0.0" },
		{ ERROR("auth", COND("forbidden")), "forbidden", NEVER, "5.7.1" },
		{ ERROR("cancel", ""), "undefined-condition", NEVER, "5.0.0" },
		{ "<message type='error'/>", "undefined-condition", NEVER, "5.0.0" },
	};
	char code[ERROR_CODE];
	struct xmlpush *p;
	struct verdict v;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		error_read(tree(rows[i].stanza, &p), code, &v);
		is_str(code, rows[i].code, rows[i].code);
		ok(v.is == rows[i].is && strcmp(v.dsn, rows[i].dsn) == 0, "is %s", v.dsn);
		xmlpush_free(p);
	}
}

static void
test_told(void)
{
	static const struct {
		const char *dsn, *want;
	} rows[] = {
		{ "5.1.3", "<error type='modify'><jid-malformed " },
		{ "5.1.1", "<error type='cancel'><item-not-found " },
		{ "5.7.1", "<error type='auth'><forbidden " },
		{ "5.7.2", "<error type='wait'><policy-violation " },
		{ "4.7.1", "<error type='wait'><policy-violation " },
		{ "4.3.1", "<error type='wait'><resource-constraint " },
		{ "4.4.7", "<error type='wait'><remote-server-timeout " },
		{ "5.3.4", "<error type='modify'><not-acceptable " },
		{ "5.4.0", "<error type='cancel'><recipient-unavailable " },
	};
	const struct stanza s = { .kind = "message", .domain = "gw", .to = "a@b", .type = "error" };
	struct writer w;
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buf_reset(&b);
		write_begin(&w, &s, &b);
		error_write_dsn(&w, rows[i].dsn, "why");
		write_end(&w);
		ok(strstr(buf_str(&b), rows[i].want) && strstr(buf_str(&b), ">why</text></error>"),
		    "%s is told as %s", rows[i].dsn, rows[i].want);
	}
	buf_free(&b);
}

/* Where links are fetched from. */

static void
test_private(void)
{
	static const struct {
		const char *address;
		bool private;
	} rows[] = {
		{ "8.8.8.8", false }, { "1.1.1.1", false }, { "223.255.255.254", false },
		{ "172.15.0.1", false }, { "172.32.0.1", false }, { "100.128.0.1", false },
		{ "2606:4700::1111", false }, { "2a00:1450::1", false }, { "2001:4860::8888", false },
		{ "127.0.0.1", true }, { "127.255.0.1", true }, { "0.0.0.0", true }, { "10.1.2.3", true },
		{ "172.16.0.1", true }, { "172.31.255.255", true }, { "192.168.1.1", true },
		{ "169.254.169.254", true }, { "100.64.0.1", true }, { "192.0.2.1", true },
		{ "224.0.0.1", true }, { "255.255.255.255", true }, { "240.0.0.1", true },
		{ "::1", true }, { "::", true }, { "::ffff:10.0.0.1", true }, { "::10.0.0.1", true },
		{ "64:ff9b::a00:1", true }, { "fe80::1", true }, { "fc00::1", true }, { "fd12::1", true },
		{ "ff02::1", true }, { "2002:a00:1::", true }, { "2001::1", true }, { "2001:db8::1", true },
		{ "nonsense", true },
	};
	static const struct fetch_settings settings = { .hosts = "" };
	struct loop *l = loop_new();
	struct fetch *f = fetch_new(l, &settings);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ok(fetch_is_private(f, rows[i].address) == rows[i].private, "%s is %s", rows[i].address,
		    rows[i].private ? "not fetched from" : "public");
	fetch_free(f);
	loop_free(l);
}

int
main(void)
{
	test_private();
	test_locals();
	test_jids();
	test_texts();
	test_every_text();
	test_origins();
	test_arrivals();
	test_message();
	test_written();
	test_reports();
	test_errors();
	test_told();
	return tap_done();
}
